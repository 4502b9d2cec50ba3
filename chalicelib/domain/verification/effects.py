"""Which changes in the audit are actions that can need another person's approval, and on what."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.audit.record import Record
from chalicelib.domain.ledger.general_ledger import is_returns

State = Mapping[str, Any]
"""The fields of an item that the audit has, after a record."""
SYSTEM = "system"
"""The actor of what no user requests."""
MONEY: Mapping[str, ActionName] = {
    "transfer": "transfer",
    "withdrawal": "withdraw",
    "deposit": "deposit",
    "reversal": "reverse",
    "funding": "branch_funding",
    "vault_movement": "vault_movement",
    "clearing_fee": "clearing.fee",
}
"""Types of transactions that are actions."""
AMOUNTS = frozenset({*MONEY.values(), "overdraft_limit", "standing_order"})
"""Actions whose amount the audit has."""
OF_CASH = frozenset({"branch_funding", "vault_movement"})
"""Actions that move the bank's cash, and whose approvals name a branch."""
OF_CUSTOMERS = frozenset({"pin_reset", "customer.erase"})
"""Actions that customers do alone with their own things. Any other is the bank's, whoever is written as its actor."""
ORDER_FIELDS = frozenset(
    "from_account_id to_account_id amount first_amount final_amount unit every day weekday start business_days".split()
)
"""What a second person decides about at an order, beside the payee at another bank and a later end."""
PAYEE_FIELDS = frozenset({"to_iban", "to_name"})
"""Who that payee is: of these the audit knows only that they changed."""
KYC_FIELDS = frozenset({"kyc_status", "kyc_reviewed_at", "kyc_expires_on"})
"""What a review sets. A customer is verified by any of them: the status, the review, or a later end."""
ENDPOINT_FIELDS = frozenset({"url", "description", "events", "format", "responsible_id"})
"""What a second person decides about at an endpoint of the bank. An endpoint is ended alone.

To rotate a secret, two people let one of them do so, which is the effect: `rotation_for`. Earlier releases let each
manager rotate alone, so a rotation that nobody was let do cannot be judged."""
ANNOUNCEMENT_FIELDS = frozenset({"title", "message", "audience", "published_from", "published_until"})
"""What a second person decides about at an announcement to customers. It is withdrawn alone."""
ENDS_BY_HAND: Mapping[str, ActionName] = {"settled": "payment.settle", "rejected": "payment.void"}
"""States to which only the clearing, or two people, take a submitted payment."""
SETTINGS: Mapping[str, ActionName] = {
    "interest_rate": "interest_rate",
    "risk_thresholds": "risk_thresholds",
    "approval_policy": "approval_policy",
    "authority": "authority",
}
"""Kinds of items that are set by an action: the current one, and each in its history."""


class Effect(NamedTuple):
    """An action, what it was done to (an approval's `resource_id`), and the request in which it was done."""

    action: ActionName
    resource_id: str
    request_id: str


def effects_of(record: Record, state: State) -> list[Effect]:
    """Return the actions that a change is, of those that can need approval.

    What only takes rights is none: one person may lower a limit, reject or disable somebody, and end a holding.
    """
    actions = _actions_of(record, state)
    return [Effect(action, _resource_of(record, state, action), record.request_id) for action in actions]


def _actions_of(record: Record, state: State) -> Iterator[ActionName]:
    """Yield every action that one change of an item is: it may be several."""
    kind, after = record.kind, record.after
    is_new = record.event.endswith(".created")
    if kind in SETTINGS:
        yield SETTINGS[kind]
    elif kind == "transaction":
        yield from _actions_on_transaction(record, state)
    elif kind == "account":
        yield from _actions_on_account(record.before, after)
    elif kind == "customer":
        yield from _actions_on_customer(record.before, after, state)
    elif kind == "pin" and not is_new and "pin_hash" in record.touched:
        yield "pin_reset"
    elif kind == "user" and is_new:
        yield "user.create"
    elif kind == "user":
        yield from _actions_on_user(record)
    else:
        yield from _actions_on_other(record, state)


def _actions_on_other(record: Record, state: State) -> Iterator[ActionName]:
    if changes_order_terms(record, state):
        yield "standing_order"
    elif record.kind == "announcement" and state.get("audience") != "staff":
        if ANNOUNCEMENT_FIELDS & record.touched:
            yield "announcement"
    elif record.kind == "webhook_endpoint" and state.get("scope") == "bank":
        yield from _actions_on_endpoint(record, state)
    elif record.kind == "invitation" and "invited_at" in record.after:
        yield "customer.invite"
    elif record.kind == "clearing_payment" and record.actor != SYSTEM:
        yield from _actions_on_payment(record)


def _actions_on_transaction(record: Record, state: State) -> Iterator[ActionName]:
    """Yield the action of a transaction when it is posted; of a payment to another bank, when the clearing gets it.

    That such a payment is posted is what the clearing says. A return that people have posted gives a recalled payment
    back; one that comes from another bank is the bank's.
    """
    after = record.after
    if state["transaction_type"] == "payment":
        if after.get("awaits") == "clearing":
            yield "transfer"
    elif state["transaction_type"] == "payment_return":
        if record.actor != SYSTEM and after.get("status") == "posted" and not _forwards(state):
            yield "recall.accept"
    elif state.get("status") == "posted" and "status" in after:
        yield from filter(None, [MONEY.get(state["transaction_type"])])


def _forwards(state: State) -> bool:
    """Return whether a return takes its money from the bank's own account of returns: one person forwards that to its
    owner, whom `payment_checks.require_forwarded` compares."""
    paying = [one["account_id"] for one in state.get("entries") or [] if one["amount"] < 0]
    return bool(paying) and all(map(is_returns, paying))


def _actions_on_payment(record: Record) -> Iterator[ActionName]:
    """Yield what people have done with a payment at the clearing: its end, or that money of it went to a customer who
    has not paid it. The clearing's answers are the bank's.
    """
    if "forwarded_to" in record.after:
        yield "payment.forward"
    if record.before.get("status") == "submitted":
        yield from filter(None, [ENDS_BY_HAND.get(record.after.get("status", ""))])


def _actions_on_account(before: State, after: State) -> Iterator[ActionName]:
    if after.get("overdraft_limit", 0) > before.get("overdraft_limit", 0):
        yield "overdraft_limit"
    if after.get("holders") and after["holders"].items() - (before.get("holders") or {}).items():
        yield "holder"
    if (before.get("status"), after.get("status")) == ("frozen", "active"):
        yield "unfreeze"


def _actions_on_user(record: Record) -> Iterator[ActionName]:
    is_link = "linked_customer_id" in record.touched
    if is_link or "role" in record.touched or record.after.get("status") == "active":
        yield "user.role"
    if "factors" in record.touched and record.actor != record.entity_id:
        yield "user.factors"


def _actions_on_endpoint(record: Record, state: State) -> Iterator[ActionName]:
    if record.after.get("status") == "deleted":
        return
    let_rotate = record.before.get("rotation_for") or state.get("rotation_for")
    is_of_another = "secret" in record.touched and let_rotate not in (None, record.actor)
    is_edit = bool(ENDPOINT_FIELDS & record.touched) or "rotation_for" in record.after
    if is_edit or is_of_another or record.after.get("status") == "enabled":
        yield "webhook_endpoint"


def _actions_on_customer(before: State, after: State, state: State) -> Iterator[ActionName]:
    if KYC_FIELDS & after.keys() and state.get("kyc_status") == "verified":
        yield "kyc"
    if after.get("status") == "erasing":
        yield "customer.erase"
    if "legal_hold_set_at" in before and "legal_hold_set_at" not in after:
        yield "legal_hold"


def _resource_of(record: Record, state: State, action: ActionName) -> str:
    """Return what an approval of the action names as its resource."""
    if action == "reverse":
        return str(state.get("reverses"))
    if action == "approval_policy":
        return str(state.get("action"))
    if action == "webhook_endpoint":
        return record.item_key[1].partition("#")[2]
    return record.entity_id or action


def amount_of(action: ActionName, state: State) -> int:
    """Return the amount of an action by which policies ask, in minor units; 0 for one without."""
    if action == "standing_order":
        return max(amounts_in(state))
    if action == "overdraft_limit":
        return int(state["overdraft_limit"])
    return int(state["amount"]) if action in AMOUNTS else 0


def changes_order_terms(record: Record, state: State) -> bool:
    """Return whether a change gives an order other terms, of those that a second person decides about.

    The payee's texts go when the customer is erased, from orders that are over and pay nothing more.
    """
    if record.kind != "order":
        return False
    is_open = state.get("status") in ("active", "suspended")
    is_other = bool(ORDER_FIELDS & record.touched) or _ends_later(record.before, record.after)
    return is_other or (is_open and bool(PAYEE_FIELDS & record.touched))


def _ends_later(before: State, after: State) -> bool:
    """Return whether a change takes an order's end away, or puts it off; an order without one ends never."""
    return any(name in before and (name not in after or after[name] > before[name]) for name in ("end", "times"))


def amounts_in(order: State) -> list[int]:
    amounts = (order.get(name) for name in ("amount", "first_amount", "final_amount"))
    return [int(amount) for amount in amounts if amount is not None]
