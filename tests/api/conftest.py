"""A bank in this process for each test, and people who are signed in to it."""

import io
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from random import Random
from types import SimpleNamespace
from typing import Any

import boto3
import jwt
import pytest

from chalicelib import clock
from chalicelib.domain import ids
from chalicelib.handlers.functions import scheduled_run_task
from chalicelib.models.ledger import shards
from chalicelib.observability import logger
from chalicelib.services import reference_cache
from chalicelib.services.crypto import data_keys
from chalicelib.services.identity import totp
from chalicelib.services.operations import bootstrap
from tests import midnight
from tests.api.helpers import cloud, export_machine
from tests.api.helpers import recorder as recorder_module
from tests.api.helpers.archive import Archive, digest_key, new_archive
from tests.api.helpers.bank import STAGE, Api, User, forget, make_keys, make_tables
from tests.api.helpers.cloud import Saved
from tests.api.helpers.log_watch import LogWatch, watched_log
from tests.api.helpers.machine import Machine
from tests.api.helpers.mailbox import SENDER, Mailbox, open_mailbox
from tests.api.helpers.november import DUE, November, have_partitions
from tests.api.helpers.prepared_banks import PEOPLE, People, StandingBanks
from tests.api.helpers.recorder import Recorder
from tests.api.helpers.run_machine import ARN as INTEREST_ARN
from tests.api.helpers.run_machine import STATEMENTS_ARN, RunMachine, running_machine
from tests.api.helpers.statement_function import NAME as STATEMENT_FUNCTION
from tests.api.helpers.statement_function import StatementFunction, new_bucket, running_function
from tests.api.helpers.stream import switched_on
from tests.api.helpers.workflow import ARN, running_workflow

PASSWORD = "correct horse battery staple"
ADMIN_EMAIL = "root@florin.example"
numbers = count()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    midnight.keep_off()


@pytest.fixture(scope="package")
def aws() -> Iterator[Any]:
    """AWS in this process, with keys. Passwords are hashed as cheaply as argon2 can, for tests hash a lot."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {"FLORIN_STAGE": STAGE, "ARGON2_MEMORY_KIB": "8", "ARGON2_PASSES": "1"}.items():
            environment.setenv(name, value)
        cloud.serve(environment)
        forget()
        make_keys()
        environment.setenv("STATEMENT_BUCKET_NAME", new_bucket())
        environment.setenv("EXPORT_BUCKET_NAME", export_machine.new_bucket().name)
        yield boto3.client("dynamodb")
        forget()


@pytest.fixture(scope="package")
def empty_tables(aws: Any) -> Saved:
    """The tables of a bank before its first item."""
    make_tables(aws)
    return cloud.save()


@pytest.fixture(scope="package")
def beginnings(empty_tables: Saved) -> dict[str, Callable[[], None]]:
    """How a bank begins, by the fixture that asks for it."""
    return {
        "": partial(begin_anew, empty_tables),
        "streamed_bank": partial(begin_streamed, empty_tables),
        "wholly_streamed_bank": partial(begin_wholly_streamed, empty_tables),
    }


@pytest.fixture(scope="package")
def standing_banks(
    beginnings: dict[str, Callable[[], None]], client: Api, log_in: Callable[[str], User]
) -> dict[str, StandingBanks]:
    """Banks with people, which all files share, by how they began."""

    def made(name: str, others: People) -> User:
        if name == "admin":
            return log_in(ADMIN_EMAIL)
        return register(client, log_in) if name.endswith("customer") else hire(client, log_in, others["admin"], name)

    return {name: StandingBanks(begin, made) for name, begin in beginnings.items()}


def begin_streamed(empty_tables: Saved) -> None:
    """The same, and what comes after them is in the stream."""
    begin_anew(empty_tables)
    switched_on()


def begin_wholly_streamed(empty_tables: Saved) -> None:
    """The same, with them in the stream."""
    cloud.restore(empty_tables)
    switched_on()
    reference_cache.forget()
    data_keys.cache.clear()
    bootstrap.ensure_head_office_and_admin(ADMIN_EMAIL, PASSWORD)


def begin_anew(empty_tables: Saved, password: str = PASSWORD) -> None:
    """A head office and the first admin, made just now."""
    cloud.restore(empty_tables)
    reference_cache.forget()
    data_keys.cache.clear()
    bootstrap.ensure_head_office_and_admin(ADMIN_EMAIL, password)


@pytest.fixture(autouse=True)
def bank(
    beginnings: dict[str, Callable[[], None]], standing_banks: dict[str, StandingBanks], request: pytest.FixtureRequest
) -> People:
    """A bank of each test's own: a head office, an admin, and whomever the test names."""
    beginning = next((name for name in beginnings if name in request.fixturenames), "")
    if "empty_bank" in request.fixturenames:
        beginnings[beginning]()
        return {}
    return standing_banks[beginning].put_back(tuple(name for name in PEOPLE if name in request.fixturenames))


@pytest.fixture
def empty_bank() -> None:
    """For what must stand before anybody comes, or counts from when they come, or from when the bank began: all of it
    is made when it is asked for, and not put back."""


@pytest.fixture
def streamed_bank() -> None:
    """For what reads the stream from before there are people: they are put back with all that it says of them."""


@pytest.fixture
def wholly_streamed_bank() -> None:
    """For what reads the stream from the first item of the bank."""


@pytest.fixture(autouse=True)
def workflow(bank: People, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """The transfer state machine, which starts when a handler asks Step Functions for it."""
    monkeypatch.setenv("TRANSFER_STATE_MACHINE_ARN", ARN)
    with running_workflow() as workflow:
        yield workflow


@pytest.fixture(autouse=True)
def mailbox(bank: People, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """The mailer, which starts when a mail is ordered, and what it has sent."""
    monkeypatch.setenv("MAIL_SENDER", SENDER)
    with open_mailbox() as mailbox:
        yield mailbox


@pytest.fixture(scope="package")
def signing_key(aws: Any) -> str:
    """The key that signs digests, published."""
    return digest_key()


@pytest.fixture
def archive(bank: People, signing_key: str, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """A new archive of digests, in which entries are sealed as soon as they are written."""
    archive = new_archive()
    monkeypatch.setenv("DIGEST_BUCKET_NAME", archive.bucket)
    monkeypatch.setenv("DIGEST_KEY_ID", signing_key)
    monkeypatch.setenv("DIGEST_DELAY_SECONDS", "0")
    return archive


@pytest.fixture
def interest_machine(bank: People, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunMachine]:
    """The monthly run's state machine; an invocation has time for every account of its partition."""
    monkeypatch.setenv("INTEREST_STATE_MACHINE_ARN", INTEREST_ARN)
    monkeypatch.setattr(scheduled_run_task, "RESERVE_MILLISECONDS", 0)
    with running_machine(INTEREST_ARN, "interest_task") as machine:
        yield machine


@pytest.fixture
def statement_machine(statement_function: StatementFunction, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunMachine]:
    """The state machine of monthly statements."""
    monkeypatch.setenv("STATEMENT_STATE_MACHINE_ARN", STATEMENTS_ARN)
    monkeypatch.setattr(scheduled_run_task, "RESERVE_MILLISECONDS", 0)
    with running_machine(STATEMENTS_ARN, "statement_task") as machine:
        yield machine


@pytest.fixture
def statement_function(bank: People, monkeypatch: pytest.MonkeyPatch) -> Iterator[StatementFunction]:
    """The function that makes statements, which runs when a handler asks Lambda for it, and an empty bucket."""
    monkeypatch.setenv("STATEMENT_FUNCTION_NAME", STATEMENT_FUNCTION)
    new_bucket()
    with running_function() as function:
        yield function


@pytest.fixture(autouse=True)
def log_watch() -> Iterator[LogWatch]:
    """Fail the test if anything about a person, or a secret, is logged."""
    with watched_log() as watch:
        yield watch
    assert not watch.leaks


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, as it is written out."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logger.registered_formatter)
    logger.addHandler(handler)
    yield written
    logging.getLogger(logger.name).removeHandler(handler)


@pytest.fixture
def recorder(
    empty_tables: Saved, empty_bank: None, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Recorder]:
    """A bank with the same moment, ids and people in every run, whose responses become examples of the description."""
    shards.take(0)
    monkeypatch.setattr(ids, "secrets", SimpleNamespace(randbits=Random(7).getrandbits))
    monkeypatch.setattr(totp, "secrets", SimpleNamespace(token_bytes=Random(7).randbytes))
    recorder = Recorder(request.path.parent.name)
    begin_anew(empty_tables, recorder_module.PASSWORD)
    yield recorder
    clock.set_clock(None)


@pytest.fixture
def at_time(empty_bank: None) -> Iterator[Callable[[timedelta], None]]:
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


def register(client: Api, log_in: Callable[[str], User]) -> User:
    email = f"customer-{next(numbers)}@example.com"
    names = {"first_name": "Ada", "last_name": "Lovelace"}
    client.post("/v1/auth/register", {"email": email, "password": PASSWORD, **names}).ok(201)
    return log_in(email)


def hire(client: Api, log_in: Callable[[str], User], admin: User, role: str) -> User:
    email = f"{role}-{next(numbers)}@florin.example"
    wanted = {"email": email, "password": PASSWORD, "role": role, "first_name": "Grace", "last_name": "Hopper"}
    client.post("/v1/users", wanted, token=admin.token).ok(201)
    return log_in(email)


@pytest.fixture(scope="session")
def new_customer(client: Api, log_in: Callable[[str], User]) -> Callable[[], User]:
    """Make one more customer, registered and logged in."""
    return partial(register, client, log_in)


@pytest.fixture
def new_staff(client: Api, admin: User, log_in: Callable[[str], User]) -> Callable[[str], User]:
    """Make one more teller, manager, auditor or admin, logged in."""
    return partial(hire, client, log_in, admin)


@pytest.fixture
def admin(bank: People, log_in: Callable[[str], User]) -> User:
    """The first admin, whom the deploy tool makes."""
    return bank.get("admin") or log_in(ADMIN_EMAIL)


@pytest.fixture
def customer(bank: People, new_customer: Callable[[], User]) -> User:
    return bank.get("customer") or new_customer()


@pytest.fixture
def other_customer(bank: People, new_customer: Callable[[], User]) -> User:
    return bank.get("other_customer") or new_customer()


@pytest.fixture
def teller(bank: People, new_staff: Callable[[str], User]) -> User:
    return bank.get("teller") or new_staff("teller")


@pytest.fixture
def manager(bank: People, new_staff: Callable[[str], User]) -> User:
    return bank.get("manager") or new_staff("manager")


@pytest.fixture
def auditor(bank: People, new_staff: Callable[[str], User]) -> User:
    return bank.get("auditor") or new_staff("auditor")


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
