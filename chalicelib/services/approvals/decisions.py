"""Decisions about approvals: approve, reject, cancel, and expire. Of any number at once, one counts."""

from typing import Any

from chalicelib import clock
from chalicelib.domain.approvals.decision import (
    OPEN,
    Decision,
    Refusal,
    Verdict,
    may_go_on,
    refusal_to_decide,
    status_after,
)
from chalicelib.domain.errors import ApprovalOwnRequest, BankError, Conflict, Forbidden
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller, system
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.identity.user import User
from chalicelib.models.transact import Extra
from chalicelib.services import idempotency, step_up
from chalicelib.services.approvals import execution, inbox, payments, votes


def approve(caller: Caller, approval_id: str, note: str | None, key: IdempotencyKey | None) -> tuple[Approval, bool]:
    """Approve a request, and carry it out if that is enough; whether an earlier request under the key did.

    One that was approved and then cut short is carried out now. Raises Conflict for one that has ended,
    ApprovalOwnRequest for one's own, ConflictOfInterest for staff who own or hold the account by now, Forbidden for a
    role that may not decide; MfaStepUpRequired.
    """
    step_up.require(caller)
    replayed = idempotency.find_earlier(key) is not None
    approval = inbox.get(caller, approval_id)
    if not replayed and not (approval.status == "approved" and may_go_on(approval.question(), caller)):
        approval = _decide_any(caller, approval, "approved", note, key)
    return (execution.carry_out(approval, caller) if approval.status == "approved" else approval), replayed


def reject(caller: Caller, approval_id: str, reason: str, key: IdempotencyKey | None) -> tuple[Approval, bool]:
    """End a request without its effect. Raises what `approve` raises."""
    if idempotency.find_earlier(key):
        return inbox.get(caller, approval_id), True
    return _decide_any(caller, inbox.get(caller, approval_id), "rejected", reason, key), False


def decide(approval: Approval, caller: Caller, verdict: Verdict, note: str | None, at: str) -> dict[str, Any]:
    """Return the fields that a decision sets on an approval. Earlier approvals count whose people may still decide.

    Raises Conflict for one that has ended or a second decision, ApprovalOwnRequest for the maker and the parties,
    Forbidden for a role that may not decide.
    """
    question = approval.question()
    if refused := refusal_to_decide(question, caller):
        raise _refusal(refused, approval)
    if approval.status != "requested":
        raise Conflict(f"The request is {approval.status}: it cannot be decided any more.")
    decision = Decision(caller.user_id, caller.user_role, verdict, at)
    return {
        **approval.add_decision(decision, note),
        "status": status_after(question, decision, votes.find_lost(approval)),
    }


def cancel(caller: Caller, approval_id: str, key: IdempotencyKey | None) -> tuple[Approval, bool]:
    """End one's own request. Raises Conflict for one that has ended, Forbidden for somebody else's."""
    if idempotency.find_earlier(key):
        return inbox.get(caller, approval_id), True
    approval = inbox.get(caller, approval_id)
    if approval.requested_by != caller.user_id:
        raise Forbidden("You did not make this request. Only its maker can cancel it.")
    if approval.transaction_id:
        replayed = payments.cancel(caller, approval.transaction_id, key)
        return inbox.get(caller, approval_id), replayed
    return _cancel(caller, approval_id, key)


@transact.until_committed
def _cancel(caller: Caller, approval_id: str, key: IdempotencyKey | None) -> tuple[Approval, bool]:
    approval = inbox.get(caller, approval_id)
    at = _require_open(approval, caller)
    step = approval.step({"status": "cancelled"}, caller, at)
    _, replayed = idempotency.commit_once(caller, key, approval.decided_id, [step], at)
    return inbox.get(caller, approval_id), replayed


def sweep(now: str, bank: Caller) -> int:
    """Expire what was not done by now (a timestamp in UTC), also if it was approved; return how many."""
    pages = (page for status in OPEN for page in Approval.walk_with_status(status))
    overdue = [one for page in pages for one in page if one.status in OPEN and one.is_overdue(now)]
    overdue = [one for one in overdue if one.transaction_id is None]  # those end with their transactions
    return sum(_expire(one, bank, now) for one in overdue)


def _decide_any(
    caller: Caller, approval: Approval, verdict: Verdict, note: str | None, key: IdempotencyKey | None
) -> Approval:
    """Decide about an action here, and about money where its transaction waits."""
    if approval.transaction_id is None:
        return _decide(caller, approval.id, verdict, note, key)
    if refused := refusal_to_decide(approval.question(), caller):
        raise _refusal(refused, approval)
    payments.decide(caller, approval.transaction_id, verdict, note, key)
    return inbox.get(caller, approval.id)


@transact.until_committed
def _decide(
    caller: Caller, approval_id: str, verdict: Verdict, note: str | None, key: IdempotencyKey | None
) -> Approval:
    approval = inbox.get(caller, approval_id)
    if refused := refusal_to_decide(approval.question(), caller):
        raise _refusal(refused, approval)
    votes.require_impartial(caller, approval)
    at = _require_open(approval, caller)
    values = decide(approval, caller, verdict, note, at)
    in_role = User.still_in_role(caller.user_id, caller.user_role)
    still_staff = Extra(in_role, Forbidden("Your role has changed. Sign in."))
    idempotency.commit_once(caller, key, approval.decided_id, [still_staff, approval.step(values, caller, at)], at)
    return inbox.get(caller, approval_id)


def _require_open(approval: Approval, caller: Caller) -> str:
    """Return the moment of the decision. Raises Conflict if it is decided, or its time is over: then it expires."""
    if approval.status != "requested":
        raise Conflict(f"The request is {approval.status}: it cannot be decided any more.")
    at = clock.next_timestamp(clock.now(), {approval.id: str(approval.updated_at)})
    if approval.is_overdue(at):
        _expire(approval, system(caller.request_id), at)
        raise Conflict(f"The request has expired: it waited until {approval.decide_until}. Make a new one.")
    return at


def _expire(approval: Approval, bank: Caller, at: str) -> int:
    """Expire a request; return 0 if somebody was faster."""
    try:
        transact.commit([approval.step({"status": "expired"}, bank, at)], bank.request_id)
    except transact.Cancelled:
        return 0
    return 1


def _refusal(refused: Refusal, approval: Approval) -> BankError:
    if refused == "own":
        return ApprovalOwnRequest("You made this request. Another person must decide about it.")
    if refused == "party":
        return ApprovalOwnRequest("This request concerns yourself. Another person must decide about it.")
    if refused == "twice":
        return Conflict("You have decided about this request already. It needs another person.")
    return Forbidden(f"Only {' or '.join(approval.roles)} may decide about this request.")
