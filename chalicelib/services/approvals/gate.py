"""The one place that asks whether an action may be done by one person alone.

The service that does the action calls `require` before its effect, so that no endpoint goes around it. Where a policy,
or the ceiling of the caller's role (`needs.py`), holds the request back, it is stored with everything that its
execution needs, and `HeldForApproval` is raised, which becomes a 202. Once enough people have approved, `execution.py`
calls the same service again, as the maker; the effect and the approval's step to `executed` then commit together, or
neither.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib import clock, trial
from chalicelib.domain import ids
from chalicelib.domain.approvals.action import ActionName
from chalicelib.domain.approvals.decision import Question, refusal_to_decide
from chalicelib.domain.approvals.held import HeldForApproval, WouldWait
from chalicelib.domain.approvals.policy import Policy
from chalicelib.domain.errors import ApprovalStale, Conflict, Contention, NoApprover
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.domain.ledger.idempotency import IdempotencyKey, derive_key
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.approvals.approval_subject import ApprovalSubject
from chalicelib.models.batch import get_all
from chalicelib.models.identity.user import User, walk_staff
from chalicelib.models.item import Action
from chalicelib.models.transact import Extra
from chalicelib.services import idempotency
from chalicelib.services.approvals import needs, votes
from chalicelib.services.approvals.needs import Need


@dataclass(frozen=True)
class HeldRequest:
    """An action as a service is about to do it.

    `payload` is JSON, frozen: with it the same service is called again. `sealed` is the part of it that nobody is
    shown. `version` is the state that was seen: if it differs when the action is carried out, nothing is done.
    `summary` tells deciders what they decide about, without personal data. `parties` are the customers and users
    concerned, who may not decide. So are the owners and holders of `accounts` (ids), which are read only if it waits.
    `amount` in minor units.
    """

    action: ActionName
    summary: str
    resource_id: str | None = None
    version: int | str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    sealed: Mapping[str, Any] | None = None
    parties: Sequence[str] = ()
    accounts: Sequence[str] = ()
    amount: int | None = None
    currency: str | None = None

    @property
    def sha256(self) -> str:
        """Return the hash of what is asked for: action, resource, version and payload."""
        hidden = dict(self.sealed) if self.sealed else None
        return digest([self.action, self.resource_id, self._version_text, dict(self.payload), hidden])

    @property
    def _version_text(self) -> str | None:
        return None if self.version is None else str(self.version)

    def to_approval(self, approval_id: str, need: Need, caller: Caller, at: str) -> Approval:
        """Return the approval to store."""
        return Approval.new(
            approval_id,
            caller,
            at,
            action=self.action,
            resource_id=self.resource_id,
            resource_version=self._version_text,
            payload=dict(self.payload),
            sealed=dict(self.sealed) if self.sealed else None,
            payload_sha256=self.sha256,
            summary=self.summary,
            amount=self.amount,
            currency=self.currency,
            parties=sorted(set(self.parties)),
            reasons=list(need.reasons),
            policy=need.policy.to_json(),
            required=need.policy.required,
            roles=list(need.roles),
            decide_until=need.until,
        )


def require(
    caller: Caller,
    request: HeldRequest,
    idempotency_key: IdempotencyKey | None = None,
    stored_with_it: Sequence[Action | Extra] = (),
) -> tuple[Extra, ...]:
    """Return what must commit with the effect, if the caller may do this alone (nothing) or it was approved.

    Otherwise store the request, and what its execution needs besides (`stored_with_it`), and raise HeldForApproval.
    Raises ActionBlocked where the policy lets nobody do it, and NoApprover where nobody could decide.
    """
    if caller.approval_id:
        return _execute(caller.approval_id, request, caller)
    reasons = needs.find_reasons(caller, request.action, request.currency, request.amount or 0)
    if not reasons:
        return ()
    need = needs.need_of(request.action, request.currency, request.amount or 0, reasons)
    request = _with_people_of_accounts(request)
    require_approver(caller, need.deciding_policy, request.parties)
    if trial.is_on():
        raise WouldWait(need.deciding_policy, reasons)
    at = timestamp(clock.now())
    approval = request.to_approval(ids.new_id("apr", clock.now()), need, caller, at)
    actions = [approval.put_if_absent(), *ApprovalSubject.put_all(approval, caller, at), *stored_with_it]
    led_to, replayed = idempotency.commit_once(caller, idempotency_key, approval.id, actions, at)
    if replayed and ids.is_id("txn", led_to):
        return ()  # posted under this key before the policy held it back: the ledger answers with that
    if replayed:
        raise Contention("The same request was answered a moment ago. Repeat it with its key.", retry_after_seconds=1)
    raise HeldForApproval(approval.id)


def _with_people_of_accounts(request: HeldRequest) -> HeldRequest:
    """Return a request to whose parties the owners and holders of its accounts are added."""
    read = get_all(Account, map(Account.key, request.accounts))
    people = [customer_id for account in read for customer_id in account.access().people()]
    return replace(request, parties=[*request.parties, *people])


def key_of(approval: Approval) -> IdempotencyKey:
    """Return the key under which the effect of an approval commits: no client can send it."""
    return derive_key("approval", approval.id, str(approval.action), approval.payload_sha256)


def require_approver(caller: Caller, policy: Policy, parties: Sequence[str]) -> None:
    """Raise NoApprover unless enough active users other than the caller could decide."""
    needed = policy.required
    for user in walk_staff():
        if _could_decide(user, caller, policy, parties):
            needed -= 1
            if needed == 0:
                return
    roles = " or ".join(policy.roles)
    raise NoApprover(f"This needs {policy.required} other active {roles}, and the bank has too few. Nothing was done.")


def _could_decide(user: User, caller: Caller, policy: Policy, parties: Sequence[str]) -> bool:
    """Return whether a user may decide, by the rule that decisions are held to."""
    question = Question(caller.user_id, frozenset(parties), policy.roles, policy.required, decisions=())
    deciding = Caller(user.id, user.role, caller.request_id, user.customer_id, own_customer_id=user.linked_customer_id)
    return user.status == "active" and refusal_to_decide(question, deciding) is None


def _execute(approval_id: str, request: HeldRequest, caller: Caller) -> tuple[Extra, ...]:
    """Return the approval's step to `executed`, if what is about to be done is what was approved, byte for byte, and
    the condition that those who approved may still decide.
    """
    approval = Approval.by_id(approval_id)
    if approval is None or approval.status != "approved":
        raise Conflict(f"The approval is {approval.status if approval else 'gone'}.")
    if approval.action != request.action or approval.payload_sha256 != request.sha256:
        raise ApprovalStale("What was to be changed has moved since it was asked for. Nothing was done; ask again.")
    counting = votes.still_counting(approval, approval.required)
    if len(counting) < approval.required:
        raise Conflict(votes.LOST)
    step = approval.step({"status": "executed"}, caller, timestamp(clock.now()))
    return (Extra(step, Conflict("The approval was carried out at the same time.")), *counting)
