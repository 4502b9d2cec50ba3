"""Makes the attempts that are due at the occurrences of an order, and writes what became of each.

```
read the order ─► too late? skip ─► pay ─► write the execution, the order's next step and the run's progress together
        ▲                                        │  (if the order is as it was read)
        └────────────────────────────────────────┘
```
The ledger decides whether an occurrence is paid. So whoever dies between payment and writing leaves nothing undone: the
next one pays the same slot, is answered with the same transaction, and writes the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from chalicelib import clock, config
from chalicelib.domain.errors import BankError, Conflict
from chalicelib.domain.orders import execution
from chalicelib.domain.orders.execution import Consequence, ExecutionStatus
from chalicelib.domain.orders.recurrence import Occurrence
from chalicelib.domain.orders.run_tally import Ending
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import transact
from chalicelib.models.item import Action, Key
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.orders.execution import Execution
from chalicelib.models.orders.order import Order
from chalicelib.services.orders import payment
from chalicelib.services.orders.next_occurrence import business_calendar, first_attempt_at, next_values
from chalicelib.services.scheduled_runs.partition import INFRASTRUCTURE

TOO_LATE = "too_late"
NOTHING_FOLLOWS = Consequence()


@dataclass(frozen=True)
class Attempt:
    """An order that is due, as it was read, with the occurrence that is next, and its execution if it was tried before.

    `now` is in UTC.
    """

    order: Order
    occurrence: Occurrence
    tried: Execution | None
    now: datetime

    @property
    def day(self) -> str:
        """Return the date of the occurrence, which tells it apart."""
        return self.occurrence.date.isoformat()

    @property
    def key(self) -> Key:
        """Return the key of its execution."""
        return Execution.key(self.order.id, self.day)

    @property
    def slot(self) -> str:
        """Return the id of the only transaction that can pay it."""
        return execution.transaction_id(self.order.id, self.occurrence.date)

    @property
    def execution_day(self) -> date:
        """Return the day on which the occurrence is to be paid."""
        return self.order.schedule.execution_day(self.occurrence.date, business_calendar())

    @property
    def first_day(self) -> date:
        """Return the bank's day of the first attempt: today, unless it was tried before."""
        first = moment(self.tried.attempts[0]["at"]) if self.tried and self.tried.attempts else self.now
        return first.astimezone(config.timezone()).date()

    @property
    def amount(self) -> int:
        return self.order.amounts.of(self.occurrence)


@dataclass(frozen=True)
class Result:
    """The result of an attempt. `code` says why nothing was paid; `consequence` is that of a refusal.

    `is_recorded`: the slot in the ledger has the transaction, or the refusal.
    """

    ending: Ending
    transaction: Transaction | None = None
    code: str | None = None
    consequence: Consequence = NOTHING_FOLLOWS
    is_recorded: bool = False


@dataclass(frozen=True)
class Settled:
    """An attempt whose result is to be written: `actions` commit together, with whatever the caller adds.

    `place` is where the order was in the list of due ones. `amount` is in minor units.
    """

    ending: Ending
    place: str
    currency: str
    amount: int
    code: str | None
    actions: list[Action]


Commit = Callable[[Settled], None]
"""Commits what was settled. Raises transact.Cancelled if the order, or the slot, is not as it was read."""


def make_due(order_id: str, until: str, caller: Caller, commit: Commit) -> int:
    """Make the attempts of an order that are due by a moment, oldest occurrence first, and count them.

    Raises LookupError for an order that is none, Contention if others never stop changing it, and what stops a run.
    """
    count = 0
    while _make_next(order_id, until, caller, commit):
        count += 1
    return count


def _make_next(order_id: str, until: str, caller: Caller, commit: Commit) -> bool:
    """Make the next attempt if it is due, and return whether it was.

    What was paid is written also for an order that was changed since.
    """
    paid: tuple[Attempt, Result] | None = None
    for number in transact.attempts():
        order = _get_order(order_id)
        if paid:
            attempt, result = replace(paid[0], tried=Execution.find(*paid[0].key)), paid[1]
        elif order.is_due(until):
            attempt = _attempt(order, is_first_look=number == 0)
            try:
                result = _try(attempt, caller)
            except Conflict:  # the order was changed since it was read
                continue
        else:
            return False
        try:
            commit(_settle(order, attempt, result, caller))
        except transact.Cancelled:
            paid = (attempt, result) if result.transaction else None
        else:
            return True
    raise transact.gave_up(ambiguous=False)


def _get_order(order_id: str) -> Order:
    order = Order.by_id(order_id)
    if order is None:
        raise LookupError(f"there is no order {order_id}")
    return order


def _attempt(order: Order, *, is_first_look: bool) -> Attempt:
    """Return the attempt that is due. The execution is read where there may be one."""
    day = date.fromisoformat(order.next_date)
    occurrence = order.schedule.find(day)
    if occurrence is None:
        raise LookupError(f"{order.id} is not due on {day} by its schedule")
    may_be_tried = order.next_attempt_at != first_attempt_at(order, day) or not is_first_look
    tried = Execution.find(*Execution.key(order.id, order.next_date)) if may_be_tried else None
    return Attempt(order, occurrence, tried, clock.now())


def _try(attempt: Attempt, caller: Caller) -> Result:
    """Pay, unless it is too late. Raises Conflict if the order was changed, and what stops a run."""
    today = attempt.now.astimezone(config.timezone()).date()
    if execution.is_too_late(attempt.execution_day, today, business_calendar()):
        found = Transaction.by_id(attempt.slot)  # paid before an outage, by a run that died before it could say so
        return _of(attempt, found) if found else Result("skipped", code=TOO_LATE)
    is_last = execution.next_attempt(attempt.first_day, config.timezone(), attempt.now) is None
    try:
        outcome = payment.pay(attempt.order, attempt.occurrence, caller.request_id, is_last_attempt=is_last)
    except (*INFRASTRUCTURE, Conflict):
        raise
    except BankError as refusal:
        return _refuse(attempt, payment.failure_code(attempt.order, refusal))
    return _of(attempt, outcome.transaction)


def _of(attempt: Attempt, transaction: Transaction) -> Result:
    """Return the result that the ledger has recorded. A payment that waited, and was not approved, has failed."""
    if transaction.status == "posted":
        return Result("posted", transaction, is_recorded=True)
    if transaction.status == "pending":
        return Result("pending", transaction, is_recorded=True)
    try:
        Outcome(transaction).raise_refusal()
    except BankError as refusal:
        code = payment.failure_code(attempt.order, refusal)
    else:
        code = str(transaction.status)
    return _refuse(attempt, code, is_recorded=True)


def _refuse(attempt: Attempt, code: str, *, is_recorded: bool = False) -> Result:
    follows = execution.consequence(code, attempt.order.failures, attempt.first_day, config.timezone(), attempt.now)
    if is_recorded:  # another attempt would be refused alike
        follows = replace(follows, retry_at=None)
    return Result("retried" if follows.retry_at else "failed", None, code, follows, is_recorded)


def _settle(order: Order, attempt: Attempt, result: Result, caller: Caller) -> Settled:
    """Return the attempt with all that is to be written. `order` is as it is now: it may have been changed since."""
    at, place = timestamp(attempt.now), attempt.order.place
    actions = [_write_execution(attempt, result, caller, at)]
    if not result.is_recorded:
        actions.append(payment.nothing_paid(attempt.order, attempt.occurrence))
    if order.next_date == attempt.day:
        actions.append(order.change(_step(order, attempt, result), caller, at))
    paid = result.transaction.amount if result.transaction else attempt.amount
    return Settled(result.ending, place, str(order.currency), paid, result.code, actions)


def _step(order: Order, attempt: Attempt, result: Result) -> dict[str, Any]:
    """Return the fields of the order after the attempt."""
    if result.consequence.retry_at:
        return {"next_attempt_at": timestamp(result.consequence.retry_at)}
    values = next_values(order, attempt.occurrence.date)
    if order.status == "cancelled":
        return {"next_date": None, "next_attempt_at": None}
    if result.ending == "failed":
        values["failures"] = order.failures + 1
        if result.consequence.order:
            values["reason"] = result.code
        if result.consequence.order == "ended":
            values |= {"next_date": None, "next_attempt_at": None, "status": "ended"}
        elif result.consequence.order and "status" not in values:
            values["status"] = result.consequence.order
    elif result.ending != "skipped":
        values["failures"] = 0
    return values


def _write_execution(attempt: Attempt, result: Result, caller: Caller, at: str) -> Action:
    status: ExecutionStatus = "scheduled" if result.ending == "retried" else result.ending
    refused = [{"at": at, "code": result.code}] if result.ending in ("retried", "failed") else []
    before = list(attempt.tried.attempts or []) if attempt.tried else []
    values: dict[str, Any] = {
        "status": status,
        "amount": result.transaction.amount if result.transaction else attempt.amount,
        "transaction_id": attempt.slot if result.is_recorded else None,
        "attempts": [*before, *refused] or None,
        "reason": result.code,
    }
    if attempt.tried:
        return attempt.tried.set_as_read(values, caller, at)
    order = attempt.order
    made = Execution(
        *attempt.key,
        order_id=order.id,
        date=attempt.day,
        execution_day=attempt.execution_day.isoformat(),
        currency=order.currency,
        **values,
    )
    return made.stamp(caller, at).put_if_absent()
