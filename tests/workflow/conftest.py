"""People of the running bank, and this process at its tables."""

from collections.abc import Iterator

import pytest

from chalicelib.models import connection
from tests.stack import Stack
from tests.workflow.bank import Client, log_in, make_staff, register


@pytest.fixture(scope="session")
def admin(stack: Stack) -> Client:
    return log_in(stack.url, stack.admin.email, stack.admin.password)


@pytest.fixture(scope="session")
def teller(admin: Client) -> Client:
    return make_staff(admin, "teller")


@pytest.fixture(scope="session")
def manager(admin: Client) -> Client:
    return make_staff(admin, "manager")


@pytest.fixture(scope="session")
def auditor(admin: Client) -> Client:
    return make_staff(admin, "auditor")


@pytest.fixture
def customer(stack: Stack) -> Client:
    return register(stack.url)


@pytest.fixture
def at_the_tables(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process works on the stack's tables with the account's own credentials."""
    credentials = stack.session.get_credentials()
    assert credentials is not None
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", credentials.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", credentials.secret_key)
    connection.forget()
    if stack.is_on_localstack:
        connection.use_batch_timeouts()
    yield
    connection.forget()
