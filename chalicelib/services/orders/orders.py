"""Orders: payments that a customer wants made on dates to come. Made, listed and read here, changed in `changes.py`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib import aws, clock
from chalicelib.domain import errors, ids, money
from chalicelib.domain.errors import Conflict, ValidationFailed
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.orders.execution import OrderStatus
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.accounts.pin import Pin
from chalicelib.models.item import Action
from chalicelib.models.orders.order import PREFIX, Order, OrderKind
from chalicelib.models.paging import Page, Paging
from chalicelib.models.transact import Extra
from chalicelib.services import idempotency
from chalicelib.services.accounts import accounts, pins
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.customers import customers
from chalicelib.services.identity import verified_email
from chalicelib.services.orders import payees
from chalicelib.services.orders import terms as order_terms
from chalicelib.services.orders.payees import OrderPayee
from chalicelib.services.orders.terms import CheckedTerms, Terms

ORDERS_MAX = 100
"""Open ones from the accounts of one customer, so that a run, a forecast and a closing read few."""
NAMES: Mapping[OrderKind, str] = {"standing_order": "standing order", "scheduled_payment": "scheduled payment"}
START_FIELDS: Mapping[OrderKind, str] = {"standing_order": "start", "scheduled_payment": "execution_date"}
_OPEN: tuple[OrderStatus, ...] = ("active", "suspended")


def make(
    caller: Caller,
    idempotency_key: IdempotencyKey | None,
    kind: OrderKind,
    terms: Terms,
    pin: str | None,
    *,
    payee: OrderPayee | None = None,
    approved_id: str | None = None,
) -> tuple[Order, bool]:
    """Make an order, and return whether an earlier request under the same key had made it.

    The terms of a client name no payee: that is `payee`. `approved_id` is the id that an approval names, whose terms
    have the payee. Raises what `terms.check`, `payees.accept` and `pins.prove` raise, Forbidden for a customer without
    a verified e-mail address, and Conflict where the customer has too many open orders.
    """
    earlier = idempotency.find_earlier(idempotency_key)
    if earlier:
        return get(caller, earlier, kind), True
    if caller.approval_id is None:
        verified_email.require_verified(caller)
    if payee:
        terms = replace(terms, **payee.terms())
    checked = order_terms.check(caller, terms, start_field=START_FIELDS[kind])
    owner_id = str(checked.payer.customer_id)
    _require_below_maximum(owner_id)
    prove_pin(caller, terms.from_account_id, pin)
    now = clock.now()
    order_id, at = approved_id or ids.new_id(PREFIX[kind], now), timestamp(now)
    used_up: tuple[Extra, ...] = ()
    if payee:
        terms, used_up = payees.accept(caller, payee, terms, order_id, owner_id)
        checked = replace(checked, terms=terms)
    what = {"do": "make", "kind": kind}
    approved = require_approval(caller, checked, order_id, what, None, used_up, idempotency_key)
    order = _order_of(caller, checked, order_id, kind, at)
    unless_erased = customers.unless_erased(owner_id)
    actions: list[Action | Extra] = [*approved, *used_up, order.put_if_absent(), unless_erased]
    made_id, replayed = idempotency.commit_once(caller, idempotency_key, order_id, actions, at)
    if not replayed:
        return order, False
    with aws.unknown_outcome_on_error():
        return get(caller, made_id, kind), True


def _require_below_maximum(owner_id: str) -> None:
    if Order.count_open(owner_id, ORDERS_MAX) == ORDERS_MAX:
        raise Conflict(f"The owner of the account has {ORDERS_MAX} open orders, the most that can be. End one first.")


def _order_of(caller: Caller, checked: CheckedTerms, order_id: str, kind: OrderKind, at: str) -> Order:
    made = {"customer_id": str(checked.payer.customer_id), "made_by": caller.user_id, "approval_id": caller.approval_id}
    holders = {"holder_ids": checked.payer.holder_ids()}
    return Order.new(order_id, kind, {**checked.fields(), **made, **holders}).stamp(caller, at)


def get(caller: Caller, order_id: str, kind: OrderKind) -> Order:
    """Read an order. Raises NotFound, also for one of an account from which the caller may not pay."""
    order = _find(order_id, kind)
    if caller.sees(order.customer_id):
        return order
    account = Account.by_id(order.from_account_id)
    if account is None or not account.access().lets(caller, "pay"):
        raise errors.unknown(NAMES[kind], order_id)
    return order


def find_own(caller: Caller, order_id: str, kind: OrderKind) -> Order:
    """Read an order that the caller may change, with the joint holders of its account as they are now.

    Raises NotFound, and ConflictOfInterest for staff of the account.
    """
    order = _find(order_id, kind)
    account = Account.by_id(order.from_account_id)
    if account is None or not (caller.sees_everything or account.access().lets(caller, "pay")):
        raise errors.unknown(NAMES[kind], order_id)
    account.access().require(caller, "pay")
    order.holder_ids = account.holder_ids()
    return order


def page(
    caller: Caller,
    kind: OrderKind,
    paging: Paging,
    *,
    account_id: str | None = None,
    customer_id: str | None = None,
    status: OrderStatus | None = None,
) -> Page[Order]:
    """List the orders of a customer's own accounts, or of one account: open ones first, the last made first.

    A filtered page may be short. Raises NotFound for another customer, or an account from which the caller may not pay;
    ValidationFailed for staff and auditors who name neither.
    """
    owner_id = _whose(caller, account_id, customer_id)
    is_open = None if status is None else status in _OPEN
    found = Order.page_of_customer(owner_id, kind, paging, is_open=is_open)
    kept = [one for one in found.items if account_id in (None, one.from_account_id) and status in (None, one.status)]
    return Page(kept, found.next_cursor)


def require_approval(
    caller: Caller,
    checked: CheckedTerms,
    order_id: str,
    what: dict[str, Any],
    version: int | None,
    stored_with_it: tuple[Extra, ...] = (),
    idempotency_key: IdempotencyKey | None = None,
) -> tuple[Extra, ...]:
    """Ask whether one person may order these payments alone: by the largest amount, and only once for all of them."""
    terms, currency = checked.terms, str(checked.payer.currency)
    amount = money.text(checked.largest_amount, currency)
    often = "on" if terms.times == 1 else "from"
    payee = f"account {terms.to_account_id}" if terms.to_account_id else "an account at another bank"
    request = HeldRequest(
        "standing_order",
        f"Pay {amount} {currency} {often} {checked.first_date} from account {terms.from_account_id} to {payee}.",
        resource_id=order_id,
        version=version,
        payload={**what, **terms.to_json()},
        sealed=terms.to_sealed() or None,
        accounts=tuple(filter(None, (terms.from_account_id, terms.to_account_id))),
        amount=checked.largest_amount,
        currency=currency,
    )
    return gate.require(caller, request, idempotency_key, stored_with_it)


def prove_pin(caller: Caller, account_id: str, pin: str | None) -> None:
    """Check the PIN of the paying account, as for a transfer. What was approved proved it when it was asked for."""
    if caller.approval_id is None:
        pins.prove(Pin.find(*Pin.key(account_id)), pin, caller)


def _whose(caller: Caller, account_id: str | None, customer_id: str | None) -> str:
    """Return the customer whose orders are listed."""
    if account_id:
        account = accounts.get(caller, account_id, "view" if caller.sees_everything else "pay")
        return str(account.customer_id)
    owner_id = customer_id or caller.customer_id
    if owner_id is None:
        raise ValidationFailed.of("account_id", "or customer_id is required: whose orders?")
    if not caller.sees(owner_id):
        raise errors.unknown("customer", owner_id)
    return owner_id


def _find(order_id: str, kind: OrderKind) -> Order:
    order = Order.by_id(order_id) if ids.is_id(PREFIX[kind], order_id) else None
    if order is None:
        raise errors.unknown(NAMES[kind], order_id)
    return order
