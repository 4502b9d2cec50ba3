"""What became of an order's occurrences, and what is to come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from chalicelib.domain.orders.execution import ExecutionStatus, state_after_waiting
from chalicelib.domain.orders.upcoming import Upcoming, list_upcoming
from chalicelib.domain.permissions import Caller
from chalicelib.models.batch import get_all
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.orders.execution import Execution
from chalicelib.models.orders.order import Order
from chalicelib.models.paging import Page, Paging
from chalicelib.services.customers import people
from chalicelib.services.customers.people import Revealed
from chalicelib.services.orders import orders
from chalicelib.services.orders.next_occurrence import business_calendar
from chalicelib.services.orders.terms import CheckedTerms

UPCOMING = 3
"""Occurrences to come that an order's view and its list of executions tell."""
ScheduledStatus = Literal["scheduled", "posted", "executed", "pending", "failed", "skipped", "cancelled"]


@dataclass(frozen=True)
class CurrentExecution:
    """An execution as it is now. `waiting` is the payment of one that waited when the execution was written."""

    execution: Execution
    waiting: Transaction | None = None

    @property
    def status(self) -> ExecutionStatus:
        return self._state[0]

    @property
    def reason(self) -> str | None:
        """Return the code of what refused it last, or why it was skipped."""
        return self._state[1]

    @property
    def _state(self) -> tuple[ExecutionStatus, str | None]:
        if self.waiting is None:
            return self.execution.status, self.execution.reason
        waiting = self.waiting
        refusal = (waiting.failure or {}).get("code")
        return state_after_waiting(waiting.status, refusal, is_handed_over=waiting.is_handed_over)


@dataclass(frozen=True)
class ScheduledPayment:
    """A payment on a date with its payee in clear, and what became of it, if it was tried."""

    shown: Revealed[Order]
    execution: CurrentExecution | None

    @property
    def order(self) -> Order:
        return self.shown.item

    @property
    def status(self) -> ScheduledStatus:
        if self.order.status in ("active", "cancelled"):
            return "cancelled" if self.order.status == "cancelled" else "scheduled"
        return self.execution.status if self.execution else "failed"

    @property
    def reason(self) -> str | None:
        """Return the code of what the payment failed by, or why it was skipped."""
        reason = self.execution.reason if self.execution else self.order.reason
        return reason if self.status in ("failed", "skipped") else None

    @property
    def transaction_id(self) -> str | None:
        return self.execution.execution.transaction_id if self.execution else None


def upcoming(order: Order, count: int = UPCOMING) -> list[Upcoming]:
    """Return the next occurrences of an active order."""
    if order.status != "active" or order.next_date is None:
        return []
    since = date.fromisoformat(order.next_date)
    return list(list_upcoming(order.schedule, order.amounts, since, count, business_calendar()))


def preview(checked: CheckedTerms, count: int) -> list[Upcoming]:
    """Return the first occurrences of an order that is not made."""
    since = date.fromisoformat(checked.first_date)
    return list(list_upcoming(checked.terms.schedule, checked.amounts, since, count, business_calendar()))


def page(caller: Caller, order_id: str, paging: Paging) -> Page[CurrentExecution]:
    """List the executions of a standing order, the latest date first. The first page begins with some that are to come.

    Costs one more read of a page on which a payment had to wait. Raises NotFound.
    """
    order = orders.get(caller, order_id, "standing_order")
    found = _page(order, paging)
    return Page(current(found.items), found.next_cursor)


def current(found: Iterable[Execution]) -> list[CurrentExecution]:
    """Return executions as they are now: the payments that had to wait are read, all at once."""
    listed = list(found)
    waiting = [Transaction.key(one.transaction_id) for one in listed if one.status == "pending"]
    payments = {one.id: one for one in get_all(Transaction, waiting)} if waiting else {}
    return [CurrentExecution(one, payments.get(one.transaction_id)) for one in listed]


def _page(order: Order, paging: Paging) -> Page[Execution]:
    order_id = str(order.id)
    if paging.cursor is not None:
        return Execution.page_of_order(order_id, paging)
    to_come = upcoming(order, min(UPCOMING, paging.limit - 1))
    found = Execution.page_of_order(order_id, Paging(paging.limit - len(to_come), None))
    begun = {one.date for one in found.items}
    scheduled = [_expect(order, one) for one in reversed(to_come)]
    return Page([*(one for one in scheduled if one.date not in begun), *found.items], found.next_cursor)


def outcomes_of(listed: Iterable[Order]) -> list[ScheduledPayment]:
    """Return payments on a date with what became of them: a read of all that are over, another of what waited, and one
    for the keys of payees at other banks."""
    found = list(listed)
    over = [Execution.key(one.id, one.start) for one in found if one.status in ("ended", "suspended")]
    executions = {one.execution.order_id: one for one in current(get_all(Execution, over))}
    return [ScheduledPayment(one, executions.get(one.item.id)) for one in people.decrypt_all(found)]


def outcome_of(order: Order) -> ScheduledPayment:
    """Return a payment on a date with what became of it."""
    return outcomes_of([order])[0]


def _expect(order: Order, one: Upcoming) -> Execution:
    """Return an occurrence to come, which no table has yet."""
    day = one.occurrence.date.isoformat()
    return Execution(
        *Execution.key(order.id, day),
        order_id=order.id,
        date=day,
        execution_day=one.execution_day.isoformat(),
        status="scheduled",
        amount=one.amount,
        currency=order.currency,
    )
