"""A run of orders over the rules of the domain, on items in memory: what crashes, races and outages do to it.

Each attempt is a generator that pauses between its calls of the tables. So a test interleaves two schedulers, and a
crash is a generator that nobody goes on with. A write has the conditions that the tables have: the order is as it was
read, and a slot of the ledger is taken once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from chalicelib.domain.orders import execution
from chalicelib.domain.orders.amounts import OrderAmounts
from chalicelib.domain.orders.business_calendar import TARGET
from chalicelib.domain.orders.execution import ExecutionStatus, OrderStatus
from chalicelib.domain.orders.recurrence import Occurrence, Schedule


class ConditionFailed(Exception):
    """Somebody else has written the item since it was read."""


@dataclass(frozen=True)
class StoredOrder:
    id: str
    schedule: Schedule
    amounts: OrderAmounts
    next_date: date | None
    next_attempt_at: datetime | None
    status: OrderStatus = "active"
    failures: int = 0
    version: int = 1


@dataclass(frozen=True)
class Slot:
    """What the ledger has recorded under a transaction id."""

    status: Literal["posted", "failed", "closed"]
    at: datetime
    amount: int = 0
    code: str = ""


@dataclass(frozen=True)
class StoredExecution:
    status: ExecutionStatus
    at: datetime
    reason: str = ""


@dataclass
class Bank:
    """One order, its executions and its slots in the ledger. `refusals` says what refuses a payment at a moment.

    `history` has each change of the status, with the date after which it holds: of an execution, or of a resumption.
    """

    zone: tzinfo
    order: StoredOrder
    refusals: "Refusals"
    executions: dict[date, StoredExecution] = field(default_factory=dict)
    ledger: dict[str, Slot] = field(default_factory=dict)
    history: list[tuple[date, OrderStatus]] = field(default_factory=list)

    def today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()

    def pay(self, order: StoredOrder, occurrence: Occurrence, now: datetime, *, is_last_attempt: bool) -> Slot:
        """Post once under the occurrence's id, or return what is there."""
        slot = execution.transaction_id(order.id, occurrence.date)
        if slot in self.ledger:
            return self.ledger[slot]
        self._require_as_read(order)
        code = self.refusals.code(now)
        if code is None:
            self.ledger[slot] = Slot("posted", now, order.amounts.of(occurrence))
            return self.ledger[slot]
        refused = Slot("failed", now, code=code)
        if is_last_attempt or code not in ("insufficient_funds", "limit_exceeded"):
            self.ledger[slot] = refused
        return refused

    def write(self, order: StoredOrder, day: date, outcome: StoredExecution | None, after: StoredOrder) -> None:
        """Write an execution and the order together, if the order is as it was read."""
        self._require_as_read(order)
        if outcome:
            assert day not in self.executions, "an execution is written once"
            self.executions[day] = outcome
        if after.status != order.status:
            self.history.append((day, after.status))
        self.order = replace(after, version=order.version + 1)

    def resume(self, now: datetime) -> None:
        """Resume a suspended order from the first date on that is neither over nor has been executed.

        A date to come may have been: by the rule `preceding` it is paid before it.
        """
        order = self.order
        assert order.status == "suspended"
        assert order.next_date is not None
        over = max(self.today(now), order.next_date) - timedelta(days=1)
        after = step(order, over, self.zone)
        self.history.append((over, after.status))
        self.order = replace(after, failures=0, version=order.version + 1)

    def _require_as_read(self, order: StoredOrder) -> None:
        if self.order.version != order.version:
            raise ConditionFailed


@dataclass(frozen=True)
class Refusals:
    """What refuses payments: a code for each of some days; the money of others comes by noon."""

    codes: dict[date, str]
    late_money: frozenset[date]

    def code(self, now: datetime) -> str | None:
        day = now.date()
        if day in self.late_money and now.hour < 12:
            return "insufficient_funds"
        return self.codes.get(day)


def placed(order_id: str, schedule: Schedule, amounts: OrderAmounts, zone: tzinfo) -> StoredOrder:
    """A new order, due on its first date."""
    first = next(schedule.occurrences())
    return StoredOrder(order_id, schedule, amounts, first.date, first_attempt(schedule, first.date, zone))


def first_attempt(schedule: Schedule, day: date, zone: tzinfo) -> datetime:
    return execution.attempt_moments(schedule.execution_day(day, TARGET), zone)[0]


def step(order: StoredOrder, after: date, zone: tzinfo) -> StoredOrder:
    """The order with its next date after a day, or ended; suspended orders are active again."""
    following = next((one for one in order.schedule.occurrences(after) if one.date > after), None)
    if following is None:
        return replace(order, next_date=None, next_attempt_at=None, status="ended")
    moment = first_attempt(order.schedule, following.date, zone)
    return replace(order, next_date=following.date, next_attempt_at=moment, status="active")


def attempt(bank: Bank, now: datetime) -> Iterator[None]:
    """One attempt of a scheduler at the order, if it is due; it pauses between its calls."""
    order = bank.order
    if order.status != "active" or order.next_date is None or order.next_attempt_at is None:
        return
    if order.next_attempt_at > now:
        return
    yield
    occurrence = order.schedule.find(order.next_date)
    assert occurrence is not None
    day, today = order.schedule.execution_day(occurrence.date, TARGET), bank.today(now)
    if execution.is_too_late(day, today, TARGET) and skip(bank, order, occurrence.date, now):
        return
    attempt_day = max(day, today)
    is_last = execution.next_attempt(attempt_day, bank.zone, now) is None
    slot = bank.pay(order, occurrence, now, is_last_attempt=is_last)
    yield
    settle(bank, order, slot, attempt_day, now)


def skip(bank: Bank, order: StoredOrder, day: date, now: datetime) -> bool:
    """Skip a date that is too late, unless the ledger has decided before: then its answer is what counts."""
    slot = execution.transaction_id(order.id, day)
    if slot in bank.ledger:
        return False
    bank.write(order, day, StoredExecution("skipped", now, "too_late"), step(order, day, bank.zone))
    bank.ledger[slot] = Slot("closed", now)
    return True


def settle(bank: Bank, order: StoredOrder, slot: Slot, attempt_day: date, now: datetime) -> None:
    """Write what the ledger has decided, and what follows for the order."""
    day = order.next_date
    assert day is not None
    after = step(order, day, bank.zone)
    if slot.status == "posted":
        bank.write(order, day, StoredExecution("posted", slot.at), replace(after, failures=0))
        return
    follows = execution.consequence(slot.code, order.failures, attempt_day, bank.zone, now)
    if follows.retry_at:
        bank.write(order, day, None, replace(order, next_attempt_at=follows.retry_at))
        return
    failed = replace(after, failures=order.failures + 1)
    if follows.order == "ended":
        failed = replace(failed, status="ended", next_date=None, next_attempt_at=None)
    elif follows.order and failed.status != "ended":
        failed = replace(failed, status=follows.order)
    bank.write(order, day, StoredExecution("failed", now, slot.code), failed)
