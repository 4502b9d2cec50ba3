"""Two workers on one shard of the cash accounts, of which one has a clock that is wrong."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.time import timestamp
from chalicelib.models.ledger import shards
from tests.api.helpers import interest
from tests.api.helpers.accounts import balance, deposit, history, new_key, opened, transfer, withdraw
from tests.api.helpers.bank import Api, Json, Reply, User

NOON = datetime(2027, 1, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Workers:
    """Two functions that serve one API. People sign in with the function that serves them, for tokens expire."""

    client: Api
    log_in: Callable[[str], User]
    now: datetime = NOON

    def by(self, user: User, ahead: timedelta = timedelta(0)) -> User:
        """Let the worker whose clock is so far ahead serve the next requests of a user."""
        clock.set_clock(lambda: self.now + ahead)
        shards.take(5)
        return self.log_in(user.email)

    def deposit(
        self, user: User, account: Json, amount: str, ahead: timedelta = timedelta(0), key: str | None = None
    ) -> Reply:
        return deposit(self.client, self.by(user, ahead), account, amount, key=key or new_key())


@pytest.fixture
def workers(client: Api, log_in: Callable[[str], User], empty_bank: None) -> Iterator[Workers]:
    made = Workers(client, log_in)
    clock.set_clock(lambda: NOON)
    yield made
    clock.set_clock(None)


@pytest.fixture
def theirs(workers: Workers, customer: User) -> Json:
    """Return an account whose deposit was made by the worker that is a day ahead."""
    account = opened(workers.client, workers.by(customer), type="savings")
    workers.deposit(customer, account, "1.00", DAY).ok(201)
    return account


@pytest.fixture
def mine(workers: Workers, other_customer: User) -> Json:
    return opened(workers.client, workers.by(other_customer), type="savings")


def test_deposit_after_a_stranger_s_from_tomorrow_is_dated_now(
    workers: Workers, other_customer: User, theirs: Json, mine: Json
) -> None:
    made = workers.deposit(other_customer, mine, "10000.00").ok(201)
    assert timestamp(NOON) <= made["created_at"] <= timestamp(NOON + timedelta(seconds=1))
    me = workers.by(other_customer)
    path = f"/v1/accounts/{mine['id']}"
    moment = timestamp(NOON + timedelta(seconds=1))
    assert workers.client.get(f"{path}/balance?at={moment}", token=me.token).ok()["balance"] == "10000.00"
    assert len(history(workers.client, me, mine, "to=2027-01-31")["data"]) == 1
    assert len(workers.client.get(f"{path}/statements/2027-01", token=me.token).ok()["entries"]) == 1
    workers.now = NOON + DAY
    earned = interest.pending(workers.client, workers.by(other_customer), mine)
    assert earned["days"] == 1
    assert float(earned["pending"]) > 0


def test_account_of_tomorrow_pays_and_receives_nothing_until_then(
    workers: Workers, customer: User, other_customer: User, theirs: Json, mine: Json
) -> None:
    """503 with the key unused: once its time has come, the same request is served."""
    workers.deposit(other_customer, mine, "5.00").ok(201)
    key = new_key()
    answers = [
        workers.deposit(customer, theirs, "2.00", key=key),
        withdraw(workers.client, workers.by(customer), theirs, "1.00"),
        transfer(workers.client, workers.by(customer), theirs, mine, "1.00"),
        transfer(workers.client, workers.by(other_customer), mine, theirs, "1.00"),
    ]
    for answer in answers:
        assert answer.refused(503, "clock_skew").headers["Retry-After"] == "60"
    assert (balance(theirs), balance(mine)) == (100, 500)
    workers.now = NOON + DAY - timedelta(seconds=5)
    late = workers.deposit(customer, theirs, "2.00", key=key).ok(201)
    assert late["created_at"] == timestamp(NOON + DAY + timedelta(microseconds=1))


def test_worker_that_is_behind_serves_whom_nobody_else_has_served(
    workers: Workers, customer: User, other_customer: User, mine: Json
) -> None:
    theirs = opened(workers.client, workers.by(customer))
    workers.deposit(customer, theirs, "1.00").ok(201)
    late = workers.deposit(other_customer, mine, "1.00", -timedelta(minutes=4)).ok(201)
    assert late["created_at"][:16] == timestamp(NOON - timedelta(minutes=4))[:16]
    workers.deposit(customer, theirs, "1.00", -timedelta(minutes=4)).refused(503, "clock_skew")
    workers.deposit(customer, theirs, "1.00").ok(201)


def test_limit_of_a_day_is_not_reset_where_clocks_differ_at_midnight(
    workers: Workers, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_LIMIT", "100.00")
    workers.now = datetime(2027, 2, 1, tzinfo=UTC) - timedelta(seconds=1)
    account = opened(workers.client, workers.by(customer))
    workers.deposit(customer, account, "500.00").ok(201)
    for number, ahead in enumerate(timedelta(seconds=2 * (number % 2)) for number in range(1, 5)):
        answer = withdraw(workers.client, workers.by(customer, ahead), account, "60.00")
        assert answer.status == 201 if number == 0 else answer.refused(422, "limit_exceeded"), number
    assert balance(account) == 44_000


def test_verification_names_the_entry_that_is_dated_tomorrow(
    workers: Workers, admin: User, theirs: Json, mine: Json
) -> None:
    def broken(account: Json) -> Json:
        asked = f"/v1/audit/verify?account_id={account['id']}"
        return workers.client.get(asked, token=workers.by(admin).token).ok()["broken"] or {}

    found = broken(theirs)
    assert found["where"] == f"{theirs['id']} entry 1: created_at"
    assert found["found"] == timestamp(NOON + DAY)
    workers.now = NOON + DAY - timedelta(minutes=1)
    assert "created_at" not in str(broken(theirs))
