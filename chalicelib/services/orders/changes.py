"""Changes of orders: edited, suspended, resumed, skipped, ended. Of two at once, or a change and a run, one is made.

Whoever edits or resumes an order is its maker from then on: it is paid with that person's rights.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from chalicelib import aws, clock, config
from chalicelib.domain.errors import Conflict, ValidationFailed
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.orders.execution import SUSPENDED_BY_CUSTOMER
from chalicelib.domain.orders.recurrence import Occurrence
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.item import Action
from chalicelib.models.orders.execution import Execution
from chalicelib.models.orders.order import Order, OrderKind
from chalicelib.models.transact import Extra
from chalicelib.services import idempotency
from chalicelib.services.approvals import gate
from chalicelib.services.customers import customers
from chalicelib.services.identity import verified_email
from chalicelib.services.orders import next_occurrence, orders, payees, payment
from chalicelib.services.orders import terms as order_terms
from chalicelib.services.orders.payees import OrderPayee
from chalicelib.services.orders.terms import CheckedTerms, Terms

SCHEDULE = frozenset({"unit", "every", "day", "weekday", "start", "business_days"})
ENDS = frozenset({"end", "times"})
APPROVED = SCHEDULE | {"to_account_id", "to_iban", "to_name", "amount", "first_amount", "final_amount"}
"""What a second person decides about, where a policy says so; and about an order that ends later than it did."""
SKIPPED = "skipped_by_customer"
Changed = tuple[dict[str, Any], list[Action | Extra]]
"""The fields to set, and what commits with them."""


def edit(
    caller: Caller,
    order_id: str,
    edits: Mapping[str, Any],
    pin: str | None,
    payee: OrderPayee | None = None,
    matching: IfMatch = ANY_VERSION,
) -> Order:
    """Change the terms of a standing order, from the next occurrence on.

    `payee` is another payee. All but the memo needs the PIN. Another start, or another frequency, which needs a start,
    counts anew from there.
    Raises what `orders.make` raises, and Conflict when `matching` (If-Match) is outdated or the order has ended.
    """

    def decide(order: Order) -> Changed:
        anew = {"first_amount": None} if "start" in edits else {}
        terms, used_up = replace(Terms.of(order), **{**anew, **edits}), tuple[Extra, ...]()
        if payee:
            terms, used_up = payees.accept(caller, payee, terms, order.id, order.customer_id, order)
        return _decide_terms(caller, order, terms, pin, used_up)

    return _change(caller, order_id, "standing_order", decide, matching)[0]


def execute(maker: Caller, approval: Approval) -> None:
    """Carry out what was approved: an order is made, or its amounts, payee or dates change."""
    payload, order_id = dict(approval.payload), str(approval.resource_id)
    kind, what = payload.pop("kind"), payload.pop("do")
    terms = Terms(**payload, **(approval.sealed or {}))
    if what == "make":
        orders.make(maker, gate.key_of(approval), kind, terms, None, approved_id=order_id)
    else:
        _change(maker, order_id, kind, lambda order: _decide_terms(maker, order, terms, None))


def suspend(
    caller: Caller, order_id: str, idempotency_key: IdempotencyKey | None, matching: IfMatch
) -> tuple[Order, bool]:
    """Pay nothing until the order is resumed. Suspending it twice is suspending it once.

    Return whether an earlier request under the key had done it, as the other changes do.
    """

    def decide(order: Order) -> Changed:
        if order.status == "suspended":
            return {}, []
        return {"status": "suspended", "reason": SUSPENDED_BY_CUSTOMER, "next_attempt_at": None}, []

    return _change(caller, order_id, "standing_order", decide, matching, idempotency_key)


def resume(
    caller: Caller, order_id: str, pin: str | None, idempotency_key: IdempotencyKey | None, matching: IfMatch
) -> tuple[Order, bool]:
    """Pay again, from the next date on: what was due meanwhile is not paid. Nobody's PIN is needed but for another
    person's order, whose maker the caller becomes.

    Raises what `terms.check` raises, for example for a payee that was closed.
    """

    def decide(order: Order) -> Changed:
        if order.status == "active":
            return {}, []
        checked = order_terms.check(caller, Terms.of(order), since=_not_over(order))
        if caller.user_id != order.made_by:
            verified_email.require_verified(caller)
            orders.prove_pin(caller, order.from_account_id, pin)
        when = {"next_date": checked.first_date, "next_attempt_at": checked.attempt_at}
        return {"status": "active", "reason": None, "failures": 0, "made_by": caller.user_id, **when}, []

    return _change(caller, order_id, "standing_order", decide, matching, idempotency_key)


def skip(
    caller: Caller, order_id: str, day: str | None, idempotency_key: IdempotencyKey | None, matching: IfMatch
) -> tuple[Order, bool]:
    """Leave out the next occurrence. With its date, asking again changes nothing.

    Raises ValidationFailed for a date that is not the next one, Conflict for an order that is not active, or where the
    occurrence is paid already.
    """

    def decide(order: Order) -> Changed:
        skipped = Execution.find(*Execution.key(order.id, day)) if day and day != order.next_date else None
        if skipped and skipped.status == "skipped":
            return {}, []
        if order.status != "active" or order.next_date is None:
            raise Conflict(f"The order is {order.status}: it has no next payment to skip.")
        if day not in (None, order.next_date):
            raise ValidationFailed.of("date", f"is not the next date of the order, which is {order.next_date}")
        return _skip(caller, order)

    return _change(caller, order_id, "standing_order", decide, matching, idempotency_key)


def cancel(caller: Caller, order_id: str, kind: OrderKind, matching: IfMatch) -> Order:
    """End an order for good; what it has paid stays. Ending it twice is ending it once. Raises Conflict for one that
    has ended by itself."""

    def decide(order: Order) -> Changed:
        if order.status == "cancelled":
            return {}, []
        return {"status": "cancelled", "reason": None, "next_date": None, "next_attempt_at": None}, []

    return _change(caller, order_id, kind, decide, matching, also_of=("cancelled",))[0]


@transact.until_committed
def _change(
    caller: Caller,
    order_id: str,
    kind: OrderKind,
    decide: Callable[[Order], Changed],
    matching: IfMatch = ANY_VERSION,
    idempotency_key: IdempotencyKey | None = None,
    also_of: tuple[str, ...] = (),
) -> tuple[Order, bool]:
    """Set what `decide` returns, if the order is still as it was read; return whether an earlier request under the key
    had done it."""
    if idempotency.find_earlier(idempotency_key):
        return orders.get(caller, order_id, kind), True
    order = orders.find_own(caller, order_id, kind)
    matching.require(order.version)
    if order.status not in ("active", "suspended", *also_of):
        raise Conflict(f"The order is {order.status}: it cannot be changed any more. Make a new one.")
    values, also = decide(order)
    if not values:
        return order, False
    at = timestamp(clock.now())
    actions = [*also, order.change({**values, "holder_ids": order.holder_ids}, caller, at)]
    _, replayed = idempotency.commit_once(caller, idempotency_key, order_id, actions, at)
    with aws.unknown_outcome_on_error():
        return orders.get(caller, order_id, kind), replayed


def _decide_terms(
    caller: Caller, order: Order, terms: Terms, pin: str | None, used_up: tuple[Extra, ...] = ()
) -> Changed:
    """Return the changes that give an order other terms, and use a verification up."""
    before = Terms.of(order)
    changed = {name for name in Terms.__dataclass_fields__ if getattr(terms, name) != getattr(before, name)}
    if not changed:
        return {}, []
    if changed == {"memo"}:
        return {"memo": terms.memo}, [customers.unless_erased(order.customer_id)]
    if caller.approval_id is None:
        verified_email.require_verified(caller)
    checked = _check_change(caller, order, terms, changed)
    orders.prove_pin(caller, order.from_account_id, pin)
    values: dict[str, Any] = {**checked.fields(), "made_by": caller.user_id}
    if order.status == "suspended":
        values["next_attempt_at"] = None
    elif not changed & SCHEDULE and checked.first_date == order.next_date:
        values["next_attempt_at"] = order.next_attempt_at  # one was refused today, and the next one keeps its time
    approved: tuple[Extra, ...] = ()
    if changed & APPROVED or (changed & ENDS and not _ends_sooner(before, terms)):
        asked = {"do": "edit", "kind": order.kind}
        approved = orders.require_approval(caller, checked, order.id, asked, order.version, used_up)
        values["approval_id"] = caller.approval_id
    return values, [*approved, *used_up, customers.unless_erased(order.customer_id)]


def _ends_sooner(before: Terms, after: Terms) -> bool:
    """Return whether an order whose dates are the same otherwise has none that it did not have before."""
    is_within_end = before.end is None or (after.end is not None and after.end <= before.end)
    is_within_count = before.times is None or (after.times is not None and after.times <= before.times)
    return is_within_end and is_within_count


def _check_change(caller: Caller, order: Order, terms: Terms, changed: set[str]) -> CheckedTerms:
    """Check other terms. A schedule that changes begins anew, at a start to come, when no payment is under way."""
    if not changed & SCHEDULE:
        return order_terms.check(caller, terms, since=_not_over(order), pays_late=order.status == "active")
    if "start" not in changed:
        raise ValidationFailed.of("start", "is required with another frequency: the first day on which it holds")
    today = clock.now().astimezone(config.timezone()).date()
    if order.status == "active" and order.next_attempt_at and order.next_attempt_at <= timestamp(clock.now()):
        raise Conflict("A payment of this order is under way. Change its dates tomorrow.")
    if caller.approval_id is None and date.fromisoformat(terms.start) <= today:
        raise ValidationFailed.of("start", "is not in the future: dates change from tomorrow on")
    return order_terms.check(caller, terms)


def _not_over(order: Order) -> date:
    """Return the first date of an order that is neither paid nor failed nor skipped."""
    return date.fromisoformat(order.next_date or order.start)


def _skip(caller: Caller, order: Order) -> Changed:
    day, at = date.fromisoformat(str(order.next_date)), timestamp(clock.now())
    occurrence = order.schedule.find(day) or Occurrence(0, day)
    values: dict[str, Any] = next_occurrence.next_values(order, day)
    taken = Conflict("This payment is made already, or has failed. It cannot be skipped any more.")
    slot = Extra(payment.is_unpaid(order, occurrence), taken)
    tried = Execution.find(*Execution.key(order.id, day.isoformat()))
    outcome: dict[str, Any] = {"status": "skipped", "reason": SKIPPED}
    outcome |= {"customer_id": order.customer_id, "holder_ids": order.holder_ids}
    if tried:
        return values, [slot, tried.set_as_read(outcome, caller, at)]
    execution_day = order.schedule.execution_day(day, next_occurrence.business_calendar()).isoformat()
    skipped = Execution(
        *Execution.key(order.id, day.isoformat()),
        order_id=order.id,
        date=day.isoformat(),
        execution_day=execution_day,
        amount=order.amounts.of(occurrence),
        currency=order.currency,
        **outcome,
    )
    return values, [slot, skipped.stamp(caller, at).put_if_absent()]
