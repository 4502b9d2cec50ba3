"""A bank on moto for each test, and people who are signed in to it."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import timedelta
from itertools import count
from typing import Any

import boto3
import jwt
import pytest
from moto import mock_aws

from chalicelib import clock
from chalicelib.handlers import run_task
from chalicelib.services import bootstrap, data_keys, reference_cache
from tests.api.archive import Archive, digest_key, new_archive
from tests.api.bank import STAGE, Api, User, forget, in_moto, make_keys, make_tables
from tests.api.machine import Machine
from tests.api.mailbox import SENDER, Mailbox, open_mailbox
from tests.api.november import DUE, November, have_partitions
from tests.api.run_machine import ARN as INTEREST_ARN
from tests.api.run_machine import STATEMENTS_ARN, RunMachine, running_machine
from tests.api.statement_function import NAME as STATEMENT_FUNCTION
from tests.api.statement_function import StatementFunction, new_bucket, running_function
from tests.api.workflow import ARN, running_workflow

PASSWORD = "correct horse battery staple"
ADMIN_EMAIL = "root@florin.example"
numbers = count()


@pytest.fixture(scope="package")
def moto() -> Iterator[Any]:
    """Moto in this process, with keys. Passwords are hashed as cheaply as argon2 can, for tests hash a lot."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        for name, value in {"FLORIN_STAGE": STAGE, "ARGON2_MEMORY_KIB": "8", "ARGON2_PASSES": "1"}.items():
            environment.setenv(name, value)
        forget()
        make_keys()
        environment.setenv("STATEMENT_BUCKET_NAME", new_bucket())
        yield boto3.client("dynamodb")
        forget()


@pytest.fixture(scope="package")
def empty_tables(moto: Any) -> Any:
    """As moto keeps them, to be copied: making them anew takes it longer than most tests."""
    make_tables(moto)
    return deepcopy(in_moto().tables)


@pytest.fixture(autouse=True)
def bank(empty_tables: Any) -> None:
    """A new bank for each test: empty tables, a head office and an admin. Moto grows slow with the tables."""
    in_moto().tables = deepcopy(empty_tables)
    reference_cache.forget()
    data_keys.cache.clear()
    bootstrap.ensure_head_office_and_admin(ADMIN_EMAIL, PASSWORD)


@pytest.fixture(autouse=True)
def workflow(bank: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """The transfer state machine, which starts when a handler asks Step Functions for it."""
    monkeypatch.setenv("TRANSFER_STATE_MACHINE_ARN", ARN)
    with running_workflow() as workflow:
        yield workflow


@pytest.fixture(autouse=True)
def mailbox(bank: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """The mailer, which starts when a mail is ordered, and what it has sent."""
    monkeypatch.setenv("MAIL_SENDER", SENDER)
    with open_mailbox() as mailbox:
        yield mailbox


@pytest.fixture(scope="package")
def signing_key(moto: Any) -> str:
    """The key that signs digests, published."""
    return digest_key()


@pytest.fixture
def archive(bank: None, signing_key: str, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """A new archive of digests, in which entries are sealed as soon as they are written."""
    archive = new_archive()
    monkeypatch.setenv("DIGEST_BUCKET_NAME", archive.bucket)
    monkeypatch.setenv("DIGEST_KEY_ID", signing_key)
    monkeypatch.setenv("DIGEST_DELAY_SECONDS", "0")
    return archive


@pytest.fixture
def interest_machine(bank: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunMachine]:
    """The monthly run's state machine; an invocation has time for every account of its partition."""
    monkeypatch.setenv("INTEREST_STATE_MACHINE_ARN", INTEREST_ARN)
    monkeypatch.setattr(run_task, "RESERVE_MILLISECONDS", 0)
    with running_machine(INTEREST_ARN, "interest_task") as machine:
        yield machine


@pytest.fixture
def statement_machine(statement_function: StatementFunction, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunMachine]:
    """The state machine of monthly statements."""
    monkeypatch.setenv("STATEMENT_STATE_MACHINE_ARN", STATEMENTS_ARN)
    monkeypatch.setattr(run_task, "RESERVE_MILLISECONDS", 0)
    with running_machine(STATEMENTS_ARN, "statement_task") as machine:
        yield machine


@pytest.fixture
def statement_function(bank: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[StatementFunction]:
    """The function that makes statements, which runs when a handler asks Lambda for it, and an empty bucket."""
    monkeypatch.setenv("STATEMENT_FUNCTION_NAME", STATEMENT_FUNCTION)
    new_bucket()
    with running_function() as function:
        yield function


@pytest.fixture
def at_time() -> Iterator[Callable[[timedelta], None]]:
    """Set the bank's clock as far from now as told; it stands still there until the test is over."""
    now = clock.now()
    yield lambda distance: clock.set_clock(lambda: now + distance)
    clock.set_clock(None)


@pytest.fixture(scope="session")
def client() -> Api:
    return Api()


@pytest.fixture(scope="session")
def log_in(client: Api) -> Callable[[str], User]:
    """Log somebody in who has the tests' password."""

    def log_in(email: str) -> User:
        tokens = client.post("/v1/auth/login", {"email": email, "password": PASSWORD}).ok()
        claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
        return User(
            claims["sub"], email, PASSWORD, tokens["access_token"], tokens["refresh_token"], claims["customer_id"]
        )

    return log_in


@pytest.fixture(scope="session")
def new_customer(client: Api, log_in: Callable[[str], User]) -> Callable[[], User]:
    """Make one more customer, registered and logged in."""

    def new_customer() -> User:
        email = f"customer-{next(numbers)}@example.com"
        names = {"first_name": "Ada", "last_name": "Lovelace"}
        client.post("/v1/auth/register", {"email": email, "password": PASSWORD, **names}).ok(201)
        return log_in(email)

    return new_customer


@pytest.fixture
def new_staff(client: Api, admin: User, log_in: Callable[[str], User]) -> Callable[[str], User]:
    """Make one more teller, manager, auditor or admin, logged in."""

    def new_staff(role: str) -> User:
        email = f"{role}-{next(numbers)}@florin.example"
        wanted = {"email": email, "password": PASSWORD, "role": role, "first_name": "Grace", "last_name": "Hopper"}
        client.post("/v1/users", wanted, token=admin.token).ok(201)
        return log_in(email)

    return new_staff


@pytest.fixture
def admin(bank: None, log_in: Callable[[str], User]) -> User:
    """The first admin, whom the deploy tool makes."""
    return log_in(ADMIN_EMAIL)


@pytest.fixture
def customer(new_customer: Callable[[], User]) -> User:
    return new_customer()


@pytest.fixture
def other_customer(new_customer: Callable[[], User]) -> User:
    return new_customer()


@pytest.fixture
def teller(new_staff: Callable[[str], User]) -> User:
    return new_staff("teller")


@pytest.fixture
def manager(new_staff: Callable[[str], User]) -> User:
    return new_staff("manager")


@pytest.fixture
def auditor(new_staff: Callable[[str], User]) -> User:
    return new_staff("auditor")


@pytest.fixture
def november(
    client: Api, customer: User, admin: User, interest_machine: RunMachine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[November]:
    """Runs have two partitions, not sixteen as on the running bank in tests/workflow: they are quicker so."""
    have_partitions(monkeypatch, 2)
    clock.set_clock(lambda: DUE)
    yield November(client, customer, admin, interest_machine)
    clock.set_clock(None)


@pytest.fixture
def one_partition(november: November, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that run many times."""
    have_partitions(monkeypatch, 1)
