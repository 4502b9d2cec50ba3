"""Four eyes, proven from the audit: what a policy held back was approved by enough other people before its effect.

An approval's step to `executed` commits with the effect, in one request. So for each effect that a policy of its time
covers there is an audit record of an approval for the same action on the same thing, executed in the same request.

A payment of an order may rest on the approval of the order instead: executed before, with the payment's payer, payee
and amount.
"""

from dataclasses import dataclass, field

from chalicelib.domain.approvals.policy import Policy
from chalicelib.domain.audit.record import Record
from chalicelib.domain.ledger.idempotency import derive_key
from chalicelib.domain.ledger.recall_return import key_of_return
from chalicelib.domain.verification.checks import Broken, require
from chalicelib.domain.verification.effects import OF_CASH, Effect, State, changes_order_terms
from chalicelib.domain.verification.order_payments import OrderPayment, payment_in, payments_of, require_slot
from chalicelib.domain.verification.supervision import Supervision

FROZEN = frozenset(
    "action resource_id resource_version payload_sha256 amount currency parties requested_by reasons policy required"
    " roles decide_until".split()
)
"""What nobody changes of a request once it is made."""


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
        if state.get("approval_id") and changes_order_terms(record, state):
            for payment in payments_of(record, state):
                self.terms.setdefault(payment, []).append((record.request_id, record.at))
        for effect in self.supervision.needing_approval(record, state):
            self.needed.setdefault(effect, where)
            if effect.action == "transfer" and state.get("order_id"):
                self.paid[effect] = (payment_in(state), record.at)

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
