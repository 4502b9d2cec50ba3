"""Four eyes, proven from the audit: what a policy held back was approved by enough other people before its effect.

An approval's step to `executed` commits with the effect, in one request. So for each effect that a policy of its time
covers there is an audit record of an approval for the same action on the same thing, executed in the same request.

A payment of an order may rest on the approval of the order instead: executed before, with the payment's payer, payee
and amount.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.approvals.policy import Policy
from chalicelib.domain.audit.record import Record
from chalicelib.domain.ledger.idempotency import derive_key
from chalicelib.domain.ledger.recall_return import key_of_return
from chalicelib.domain.orders import execution
from chalicelib.domain.verification.checks import Broken, require
from chalicelib.domain.verification.ranks import Ranks, values_around

MONEY: Mapping[str, ActionName] = {
    "transfer": "transfer",
    "withdrawal": "withdraw",
    "deposit": "deposit",
    "reversal": "reverse",
    "funding": "branch_funding",
    "vault_movement": "vault_movement",
}
"""Types of transactions that are actions."""


class Effect(NamedTuple):
    """An action, what it was done to (an approval's `resource_id`), and the request in which it was done."""

    action: ActionName
    resource_id: str
    request_id: str


class OrderPayment(NamedTuple):
    """A payment that the terms of an order allow; the amount is in minor units."""

    order_id: str
    payer_id: str
    payee_id: str
    currency: str
    amount: int


State = Mapping[str, Any]
"""The fields of an item that the audit has, after a record."""


@dataclass(frozen=True)
class Supervision:
    """Facts about what needed approval: the policies of each action by the moment (UTC) when they were set, and staff.

    A policy that was set less than `grace` before may not have been known yet. What is set, or who is hired, from
    `as_of` on is not known here. The first admin has created the second alone.
    """

    policies: Mapping[ActionName, Sequence[tuple[str, Policy]]] = field(default_factory=dict)
    staff_ids: frozenset[str] = frozenset()
    grace: timedelta = timedelta()
    second_admin_id: str | None = None
    as_of: str | None = None
    ranks: Ranks = field(default_factory=Ranks)

    def policies_around(self, action: ActionName, at: str) -> list[Policy | None]:
        """Return the policies that may have been known at a moment; None for a time before the first was set."""
        return values_around(self.policies.get(action, ()), at, self.grace)

    def needing_approval(self, record: Record, state: State) -> list[Effect]:
        """Return the actions of a record that a policy of its time held back, or its actor's ceiling, or whose payment
        had to wait."""
        found = effects_of(record, state)
        return [one for one in found if not self._may_do_alone(one.action, record, state)]

    def _may_do_alone(self, action: ActionName, record: Record, state: State) -> bool:
        if action in OF_CUSTOMERS and record.actor not in self.staff_ids:
            return True
        if state.get("approval_required") and record.kind == "transaction":
            return False
        if action == "user.create" and (record.entity_id == self.second_admin_id or _is_made_without_staff(record)):
            return True
        if _is_standard_policy(record, state):
            return True
        amount = _amount_of(action, state)
        known, currency = self.policies_around(action, record.at), state.get("currency")
        is_free = any(one is None or one.judge(currency, amount) == "free" for one in known)
        return is_free and self._is_within_ceiling(action, amount, currency, record)

    def _is_within_ceiling(self, action: ActionName, amount: int, currency: str | None, record: Record) -> bool:
        """Return whether the actor could do this much alone at that moment."""
        if self._is_later(record.at):
            return True
        return self.ranks.may_alone(record.actor, action, amount, currency, record.at, self.grace)

    def require_covered(self, record: Record, state: State) -> None:
        """Check that a new approval is decided by roles whose ceiling covers its amount.

        A payment that waits for nothing but a review of its risk may be above every ceiling.
        """
        if state.get("amount") is None or state["reasons"] == ["risk_review"] or self._is_later(record.at):
            return
        for role in state["roles"]:
            amount, currency = int(state["amount"]), state.get("currency")
            if not self.ranks.covers(role, state["action"], amount, currency, record.at, self.grace):
                where = f"audit of {', '.join(record.key)}: roles"
                raise Broken(where, f"roles whose ceiling covers {amount} {currency}", role)

    def find_counting(self, state: State, at: str) -> set[str]:
        """Return who approved a request and could still decide about it at the moment of its effect."""
        people = {one["by"] for one in state["decisions"]}
        if self._is_later(at):
            return people
        return {one for one in people if self.ranks.had_role(one, state["roles"], at, self.grace)}

    def require_known(self, record: Record, state: State) -> None:
        """Check that a new approval was made under a policy that was known at the time."""
        around = self.policies_around(state["action"], record.at)
        known = [one.to_json() for one in around if one]
        if known and state["policy"] not in known and None not in around and not self._is_later(record.at):
            raise Broken(f"audit of {', '.join(record.key)}: policy", str(known[-1]), str(state["policy"]))

    def require_staff(self, where: str, decision: Mapping[str, Any]) -> None:
        """Check that a decision is one of a member of staff, in the role that he or she had."""
        if decision["by"] not in self.staff_ids and not self._is_later(decision["at"]):
            raise Broken(f"{where}: decisions", "people who work for the bank", decision["by"])
        if self._is_later(decision["at"]):
            return
        if not self.ranks.had_role(decision["by"], [decision["role"]], decision["at"], self.grace):
            raise Broken(f"{where}: decisions", f"the role that {decision['by']} had", decision["role"])

    def _is_later(self, at: str) -> bool:
        return self.as_of is not None and at >= self.as_of

    def to_json(self) -> dict[str, Any]:
        policies = {
            action: [[set_at, policy.to_json()] for set_at, policy in timeline]
            for action, timeline in self.policies.items()
        }
        seconds = self.grace.total_seconds()
        return {
            "policies": policies,
            "staff_ids": sorted(self.staff_ids),
            "grace_seconds": seconds,
            "second_admin_id": self.second_admin_id,
            "as_of": self.as_of,
            "ranks": self.ranks.to_json(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Supervision":
        policies = {
            action: [(set_at, Policy.from_json(action, policy)) for set_at, policy in timeline]
            for action, timeline in stored["policies"].items()
        }
        grace = timedelta(seconds=stored["grace_seconds"])
        ranks = Ranks.from_json(stored["ranks"]) if "ranks" in stored else Ranks()
        return cls(policies, frozenset(stored["staff_ids"]), grace, stored["second_admin_id"], stored["as_of"], ranks)


AMOUNTS = frozenset({*MONEY.values(), "overdraft_limit", "standing_order"})
"""Actions whose amount the audit has."""
OF_CASH = frozenset({"branch_funding", "vault_movement"})
"""Actions that move the bank's cash, and whose approvals name a branch."""
OF_CUSTOMERS = frozenset({"pin_reset", "customer.erase"})
"""Actions that customers do alone with their own things. Any other is the bank's, whoever is written as its actor."""


@dataclass
class FourEyes:
    """Effects that needed an approval, with where each was found, and the effects of executed approvals.

    `paid` are those effects that are payments of orders, with their moments (UTC). `terms` are payments that orders
    with an approval allow, with the request that set the terms, and when.
    """

    supervision: Supervision
    needed: dict[Effect, str] = field(default_factory=dict)
    executed: set[Effect] = field(default_factory=set)
    paid: dict[Effect, tuple[OrderPayment, str]] = field(default_factory=dict)
    terms: dict[OrderPayment, list[tuple[str, str]]] = field(default_factory=dict)

    def follow(self, record: Record, state: State) -> None:
        """Take an audit record. Raises Broken for an approval that is not rightful."""
        if record.kind == "approval":
            require_signed(record)
            if record.event == "approval.created":
                self.supervision.require_known(record, state)
                self.supervision.require_covered(record, state)
            elif changed := sorted(FROZEN & record.touched):
                raise Broken(f"audit of {', '.join(record.key)}", "a request as it was made", ", ".join(changed))
            if record.event == "approval.executed":
                require_rightful(record, state, self.supervision)
                self.executed.add(_effect_of_approval(record, state))
            return
        where = f"audit of {', '.join(record.key)}"
        if record.kind == "transaction" and state.get("order_id"):
            require_slot(where, record, state)
        if record.kind == "order" and state.get("approval_id") and ORDER_FIELDS & record.touched:
            for payment in _payments_of(record, state):
                self.terms.setdefault(payment, []).append((record.request_id, record.at))
        for effect in self.supervision.needing_approval(record, state):
            self.needed.setdefault(effect, where)
            if effect.action == "transfer" and state.get("order_id"):
                self.paid[effect] = (_payment_in(state), record.at)

    def merge(self, other: "FourEyes") -> None:
        """Add what was found elsewhere."""
        self.needed |= other.needed
        self.executed |= other.executed
        self.paid |= other.paid
        for payment, since in other.terms.items():
            self.terms.setdefault(payment, []).extend(since)

    def require_all_approved(self) -> None:
        """Raise Broken for the first effect that needed an approval and has none."""
        for effect in sorted(self.needed.keys() - self.executed):
            if self._is_ordered(effect):
                continue
            expected = f"one of {effect.action}, executed in the same request"
            raise Broken(f"{self.needed[effect]}: approval", expected, "none")

    def _is_ordered(self, effect: Effect) -> bool:
        """Return whether an effect is a payment on terms of an order that were approved before."""
        if effect not in self.paid:
            return False
        payment, paid_at = self.paid[effect]
        return any(
            set_at <= paid_at and Effect("standing_order", payment.order_id, request_id) in self.executed
            for request_id, set_at in self.terms.get(payment, ())
        )


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
    if record.kind == "order" and ORDER_FIELDS & record.touched:
        yield "standing_order"
    elif record.kind == "webhook_endpoint" and state.get("scope") == "bank":
        yield from _actions_on_endpoint(record)
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
        if record.actor != SYSTEM and after.get("status") == "posted":
            yield "recall.accept"
    elif state.get("status") == "posted" and "status" in after:
        yield from filter(None, [MONEY.get(state["transaction_type"])])


def _actions_on_payment(record: Record) -> Iterator[ActionName]:
    """Yield the end of a payment that was at the clearing, if people have ended it; the clearing's answers are the
    bank's.
    """
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


def _actions_on_endpoint(record: Record) -> Iterator[ActionName]:
    is_edit = bool(ENDPOINT_FIELDS & record.touched) and record.after.get("status") != "deleted"
    if is_edit or record.after.get("status") == "enabled":
        yield "webhook_endpoint"


def _actions_on_customer(before: State, after: State, state: State) -> Iterator[ActionName]:
    if "kyc_reviewed_at" in after and state["kyc_status"] == "verified":
        yield "kyc"
    if after.get("status") == "erasing":
        yield "customer.erase"
    if "legal_hold_set_at" in before and "legal_hold_set_at" not in after:
        yield "legal_hold"


FROZEN = frozenset(
    "action resource_id resource_version payload_sha256 amount currency parties requested_by reasons policy required"
    " roles decide_until".split()
)
"""What nobody changes of a request once it is made."""
ORDER_FIELDS = frozenset({"from_account_id", "to_account_id", "amount", "first_amount", "final_amount"})
"""What a second person decides about at an order."""
ENDPOINT_FIELDS = frozenset({"url", "description", "events", "format", "responsible_id"})
"""What a second person decides about at an endpoint of the bank. A secret is rotated, and an endpoint ended, alone."""
ENDS_BY_HAND: Mapping[str, ActionName] = {"settled": "payment.settle", "rejected": "payment.void"}
"""States to which only the clearing, or two people, take a submitted payment."""
SETTINGS: Mapping[str, ActionName] = {
    "interest_rate": "interest_rate",
    "risk_thresholds": "risk_thresholds",
    "approval_policy": "approval_policy",
    "authority": "authority",
}
"""Kinds of items that are set by an action: the current one, and each in its history."""


def _effect_of_approval(executed: Record, state: State) -> Effect:
    """Return the effect of an executed approval.

    One of the bank's cash is the transaction that is posted under the approval's own key, so no other can pass for it.
    """
    action, resource_id = state["action"], str(state["resource_id"])
    if action == "recall.accept":
        resource_id = key_of_return(resource_id, 0).transaction_id
    if action in OF_CASH:
        key = derive_key("approval", executed.entity_id, action, state["payload_sha256"])
        resource_id = key.transaction_id
    return Effect(action, resource_id, executed.request_id)


def _resource_of(record: Record, state: State, action: ActionName) -> str:
    """Return what an approval of the action names as its resource."""
    if action == "reverse":
        return str(state.get("reverses"))
    if action == "approval_policy":
        return str(state.get("action"))
    if action == "webhook_endpoint":
        return record.item_key[1].partition("#")[2]
    return record.entity_id or action


def _amount_of(action: ActionName, state: State) -> int:
    """Return the amount of an action by which policies ask, in minor units; 0 for one without."""
    if action == "standing_order":
        return max(_amounts_in(state))
    if action == "overdraft_limit":
        return int(state["overdraft_limit"])
    return int(state["amount"]) if action in AMOUNTS else 0


def _amounts_in(order: State) -> list[int]:
    amounts = (order.get(name) for name in ("amount", "first_amount", "final_amount"))
    return [int(amount) for amount in amounts if amount is not None]


def _payments_of(record: Record, order: State) -> Iterator[OrderPayment]:
    sides = str(order["from_account_id"]), str(order["to_account_id"]), str(order["currency"])
    for amount in _amounts_in(order):
        yield OrderPayment(record.entity_id, *sides, amount)


def _payment_in(transaction: State) -> OrderPayment:
    payer, payee, currency = (str(transaction.get(name)) for name in ("from_account_id", "to_account_id", "currency"))
    return OrderPayment(str(transaction["order_id"]), payer, payee, currency, int(transaction["amount"]))


def require_slot(where: str, record: Record, state: State) -> None:
    """Check that a payment of an order has the only id that its occurrence can have."""
    day = date.fromisoformat(str(state.get("occurrence")))
    require(f"{where}: order_id", execution.transaction_id(str(state["order_id"]), day), record.entity_id)


def _is_made_without_staff(record: Record) -> bool:
    """Return whether a new user is a customer, who signs up, or an admin made by whoever deploys the bank."""
    return record.after.get("role") == "customer" or record.actor == SYSTEM


def _is_standard_policy(record: Record, state: State) -> bool:
    """Return whether a deployment records the standard policy of an action for which none was ever set, or the standard
    ceilings.
    """
    if state.get("number") != 1 or record.actor != SYSTEM:
        return False
    if record.kind == "authority":
        return not state["ceilings"]
    return record.kind == "approval_policy" and state["policy"]["control"] == "require"


SYSTEM = "system"
"""The actor of what no user requests."""


def require_signed(record: Record) -> None:
    """Check that a change of an approval only adds decisions of the person who made it, of its moment."""
    before, after = record.before.get("decisions", []), record.after.get("decisions")
    if after is None:
        return
    where = f"audit of {', '.join(record.key)}: decisions"
    require(where, before, after[: len(before)])
    for one in after[len(before) :]:
        require(where, [record.actor, record.at], [one["by"], one["at"]])


def require_rightful(executed: Record, state: State, supervision: Supervision) -> None:
    """Check that an executed approval has enough approvals by other people, before it, as its policy demanded."""
    where = f"audit of {', '.join(executed.key)}"
    policy = Policy.from_json(state["action"], state["policy"])
    require(f"{where}: required", policy.required, state["required"])
    barred = {state["requested_by"], *state["parties"]}
    for one in state["decisions"]:
        if one["decision"] != "approved":
            raise Broken(f"{where}: decisions", "approvals only", one["decision"])
        if one["by"] in barred:
            raise Broken(f"{where}: decisions", "people who neither asked for it nor are concerned", one["by"])
        supervision.require_staff(where, one)
        if one["role"] not in state["roles"]:
            raise Broken(f"{where}: decisions", " or ".join(state["roles"]), one["role"])
        if one["at"] >= state["decide_until"]:
            raise Broken(f"{where}: decisions", f"before {state['decide_until']}", one["at"])
        if one["at"] > executed.at:
            raise Broken(f"{where}: decisions", f"at {executed.at} or before", one["at"])
    people = supervision.find_counting(state, executed.at)
    if len(people) < policy.required:
        raise Broken(f"{where}: decisions", f"{policy.required} by different people", f"{len(people)}")
