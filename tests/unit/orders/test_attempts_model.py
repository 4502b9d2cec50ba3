"""Random orders paid by the real services on tables in memory, with crashes at any request and rivals in between.

The dates are computed by other means, as in `tests/property/orders/test_order_model.py`. `EXAMPLES=5000 SEED=7` tries
more, or others.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from chalicelib.domain.orders import execution
from chalicelib.domain.orders.execution import LATE_MAX
from chalicelib.domain.permissions import system
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import transact
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.orders.execution import Execution
from chalicelib.models.orders.order import Order
from chalicelib.services.orders import attempts
from chalicelib.services.orders.attempt_plan import AttemptPlan
from tests.fake_dynamodb.tables import Request
from tests.fake_dynamodb.wire import BATCH_GET, GET, WRITE, Answer
from tests.order_runs import executions, made
from tests.small_bank import A, B, SmallBank, customer
from tests.unit.orders import date_oracle

ORDERS = int(os.environ.get("EXAMPLES") or 500) // 125
SEED = int(os.environ.get("SEED") or 0)
ORDER = "sto_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"
BEGIN, END = datetime(2026, 12, 1, tzinfo=UTC), datetime(2028, 12, 1, tzinfo=UTC)
BALANCE, AMOUNT = 100_000_000, 1_000


class Crash(BaseException):
    """The process dies. No code of the bank catches it."""


@dataclass
class Faults:
    """What happens to requests: most are served; some find the process dead before or after, or a rival at work."""

    chance: Random
    rival: Callable[[], None]
    count: int = 0
    is_rival: bool = False

    def step(self, answer: Callable[[], Answer], _: Request) -> Answer:
        drawn = self.chance.random()
        if drawn < 0.03:
            self.count += 1
            raise Crash
        if drawn < 0.07 and not self.is_rival:
            self.count += 1
            self.is_rival = True
            try:
                self.rival()
            finally:
                self.is_rival = False
        found = answer()
        if drawn > 0.97:
            self.count += 1
            raise Crash
        return found


def work(until: datetime) -> None:
    """Let a scheduler make the order's attempts; it may die at it."""

    def commit(planned: AttemptPlan) -> None:
        transact.commit(planned.actions, "run")

    with suppress(Crash):
        attempts.make_due(ORDER, timestamp(until), system("run"), commit)


def read() -> Order:
    found = Order.by_id(ORDER)
    assert found
    return found


def have(bank: SmallBank, *, money: bool, is_frozen: bool) -> None:
    """Set aside the payer's money or not, and freeze the account or not, as the ledger sees it."""
    account = bank.account(A)
    account.held, account.status = 0 if money else account.balance, "frozen" if is_frozen else "active"
    account.ledger_version += 1
    bank.put(account)


def random_order(chance: Random) -> dict[str, Any]:
    """Fields of an order of at most some dozen dates."""
    unit, every = chance.choice([("day", 23), ("week", 3), ("month", 1), ("month", 2)])
    start = (BEGIN + timedelta(days=chance.randrange(90))).date().isoformat()
    day = chance.choice([None, 29, 30, 31]) if unit == "month" else None
    rule = chance.choice(["following", "preceding", "none"])
    return {"unit": unit, "every": every, "start": start, "day": day, "business_days": rule}


def live(bank: SmallBank, chance: Random) -> int:
    """Let two years pass. Returns how often something went wrong."""
    faults = Faults(chance, lambda: work(bank.now))
    while (order := read()).status == "active" and order.next_attempt_at:
        late = timedelta(days=30 * chance.random()) if chance.random() < 0.05 else timedelta(hours=chance.random())
        bank.now = max(bank.now, moment(order.next_attempt_at)) + late
        if bank.now > END:
            break
        have(bank, money=chance.random() > 0.15, is_frozen=chance.random() < 0.05)
        for operation in (GET, BATCH_GET, WRITE):
            bank.dynamodb.from_now_on(operation, faults.step)
        work(bank.now)
        for operation in (GET, BATCH_GET, WRITE):
            bank.dynamodb.from_now_on(operation, lambda answer, _: answer())
    return faults.count


def check(order: Order) -> list[Execution]:
    """Every date that is over has one execution, whose payment the ledger has, or which says why there is none."""
    found = {date.fromisoformat(one.date): one for one in executions(ORDER) if one.status != "scheduled"}
    wanted = date_oracle.dates(order.schedule, END.date() + timedelta(days=200))
    following = date.fromisoformat(order.next_date) if order.next_date else None
    over = [day for day in wanted if following is None or day < following]
    assert list(found) == over[: len(found)]
    assert order.status != "active" or list(found) == over
    for day, one in found.items():
        due, paid = (
            date_oracle.execution_day(order.schedule, day),
            Transaction.by_id(execution.transaction_id(ORDER, day)),
        )
        assert one.execution_day == due.isoformat()
        if one.status == "posted":
            assert paid is not None
            assert (paid.status, paid.amount, paid.to_account_id) == ("posted", AMOUNT, B)
            on = moment(str(paid.posted_at)).date()
            assert due <= on
            assert date_oracle.business_days_late(due, on) <= LATE_MAX
        elif one.status == "skipped":
            assert (paid, one.reason) == (None, "too_late")
            assert date_oracle.business_days_late(due, moment(str(one.updated_at)).date()) > LATE_MAX
        else:
            assert one.status == "failed"
            assert one.reason in ("insufficient_funds", "account_frozen")
            assert paid is None or paid.status == "failed"
    return list(found.values())


@pytest.mark.parametrize("number", range(ORDERS))
def test_the_services_execute_each_date_once(bank: SmallBank, number: int) -> None:
    chance = Random(SEED * 1_000_003 + number)
    bank.open(A, BALANCE)
    bank.open(B, owner=2)
    bank.user(customer())
    bank.now = BEGIN
    bank.put(made(ORDER, from_account_id=A, to_account_id=B, **random_order(chance)).stamp(customer(), bank.now))
    count = live(bank, chance)
    found = check(read())
    unwritten = Transaction.by_id(execution.transaction_id(ORDER, date.fromisoformat(read().next_date or "2000-01-01")))
    posted = sum(one.status == "posted" for one in found) + bool(unwritten and unwritten.status == "posted")
    assert bank.account(B).balance == posted * AMOUNT
    assert bank.account(A).balance == BALANCE - posted * AMOUNT
    assert count > 5
    assert len(found) > 3 or read().status != "active"
