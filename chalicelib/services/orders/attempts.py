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
from dataclasses import replace
from datetime import date

from chalicelib import clock, config
from chalicelib.domain.errors import BankError, Conflict
from chalicelib.domain.orders import execution
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.orders.execution import Execution
from chalicelib.models.orders.order import Order
from chalicelib.services.orders import payment
from chalicelib.services.orders.attempt_plan import Attempt, AttemptPlan, Result, plan_attempt
from chalicelib.services.orders.next_occurrence import business_calendar, first_attempt_at
from chalicelib.services.scheduled_runs.partition import INFRASTRUCTURE

TOO_LATE = "too_late"
Commit = Callable[[AttemptPlan], None]
"""Commits an attempt. Raises transact.Cancelled if the order, or the slot, is not as it was read."""


def make_due(order_id: str, until: str, caller: Caller, commit: Commit) -> int:
    """Make the attempts of an order that are due by a moment, oldest occurrence first, and count them.

    Raises LookupError for an order that is none, Contention if others never stop changing it, and what stops a run.
    """
    count = 0
    while order := _make_next(order_id, until, caller, commit):
        count += 1
        if not order.is_due(until):
            break
    return count


def _make_next(order_id: str, until: str, caller: Caller, commit: Commit) -> Order | None:
    """Make the next attempt if it is due, and return the order as it is written then.

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
            return None
        try:
            commit(plan_attempt(order, attempt, result, caller))
        except transact.Cancelled:
            paid = (attempt, result) if result.transaction else None
        else:
            return order
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
    if transaction.is_handed_over:  # the clearing decides, and the transaction tells how
        return Result("executed", transaction, is_recorded=True)
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
