"""Plans the writes of an attempt: the execution, the order's next step, and that nothing was paid where that is so."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chalicelib import config
from chalicelib.domain.orders import execution
from chalicelib.domain.orders.execution import Consequence, ExecutionStatus
from chalicelib.domain.orders.recurrence import Occurrence
from chalicelib.domain.orders.run_tally import Ending
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment, timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.item import Action, Key
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.orders.execution import Execution
from chalicelib.models.orders.order import Order
from chalicelib.services.orders import payment
from chalicelib.services.orders.next_occurrence import business_calendar, next_values

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
class AttemptPlan:
    """The writes of an attempt: `actions` commit together, with whatever the caller adds.

    `place` is where the order was in the list of due ones. `amount` is in minor units.
    """

    ending: Ending
    place: str
    currency: str
    amount: int
    code: str | None
    actions: list[Action]


def plan_attempt(order: Order, attempt: Attempt, result: Result, caller: Caller) -> AttemptPlan:
    """Return the attempt with all that is to be written. `order` is as it is now: it may have been changed since."""
    at, place = timestamp(attempt.now), attempt.order.place
    holder_ids = _find_holders(order, result)
    actions = [_write_execution(attempt, result, holder_ids, caller, at)]
    if not result.is_recorded:
        actions.append(payment.is_unpaid(attempt.order, attempt.occurrence))
    if order.next_date == attempt.day:
        step = _step(order, attempt, result)
        step |= {"holder_ids": holder_ids} if "status" in step else {}
        actions.append(order.change(step, caller, at))
    paid = result.transaction.amount if result.transaction else attempt.amount
    return AttemptPlan(result.ending, place, str(order.currency), paid, result.code, actions)


def _step(order: Order, attempt: Attempt, result: Result) -> dict[str, Any]:
    """Return the fields of the order after the attempt. A cancelled order has no next date, so it gets none."""
    if result.consequence.retry_at:
        return {"next_attempt_at": timestamp(result.consequence.retry_at)}
    values = next_values(order, attempt.occurrence.date)
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


def _find_holders(order: Order, result: Result) -> list[str] | None:
    """Return the joint holders of the paying account, who are told of it: as the payment saw them, or as they are."""
    if result.transaction:
        return result.transaction.holder_ids(order.from_account_id)
    account = Account.by_id(order.from_account_id)
    return account.holder_ids() if account else None


def _write_execution(attempt: Attempt, result: Result, holder_ids: list[str] | None, caller: Caller, at: str) -> Action:
    status: ExecutionStatus = "scheduled" if result.ending == "retried" else result.ending
    refused = [{"at": at, "code": result.code}] if result.ending in ("retried", "failed") else []
    before = list(attempt.tried.attempts or []) if attempt.tried else []
    values: dict[str, Any] = {
        "status": status,
        "amount": result.transaction.amount if result.transaction else attempt.amount,
        "transaction_id": attempt.slot if result.is_recorded else None,
        "attempts": [*before, *refused] or None,
        "reason": result.code,
        "customer_id": attempt.order.customer_id,
        "holder_ids": holder_ids,
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
