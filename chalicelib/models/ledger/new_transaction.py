"""The transaction that one attempt at a request would write: posted, pending or failed."""

from chalicelib.domain.errors import Refusal
from chalicelib.domain.ledger.posting import Posting
from chalicelib.models.item import Action
from chalicelib.models.ledger import items
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.transaction import Transaction


def transaction_of_posting(request: PostingRequest, prepared: PreparedMovement, decision: Posting) -> Transaction:
    """Return the transaction of a movement that is posted now."""
    made = _transaction(request, prepared)
    made.status, made.posted_at, made.legs = "posted", prepared.at, None
    made.entries, made.is_shown = items.entries_json(decision), True
    return made.leave_to_its_accounts(request.caller)


def transaction_of_hold(
    request: PostingRequest, prepared: PreparedMovement, decision: Posting, hold_until: str | None = None
) -> tuple[Transaction, list[Action]]:
    """Return the transaction of a movement whose money is set aside now, and the actions that put its holds."""
    made = _transaction(request, prepared)
    made.entries = items.entries_json(decision)
    made.status, made.hold_until, made.awaits = "pending", hold_until, request.awaits
    made.holds = items.holds_json(decision) or None
    return made, items.holds(decision, prepared.snapshot, request.caller, made.id, hold_until)


def transaction_of_refusal(request: PostingRequest, prepared: PreparedMovement, refusal: Refusal) -> Transaction:
    """Return the transaction that remembers a refusal."""
    made = _transaction(request, prepared)
    made.status, made.failure = "failed", {"code": refusal.code, "detail": refusal.detail}
    if refusal.figures:
        made.failure["figures"] = dict(refusal.figures)
    made.interest = None
    return made


def _transaction(request: PostingRequest, prepared: PreparedMovement) -> Transaction:
    made = items.transaction(request.idempotency_key, prepared.movement, prepared.snapshot, request.caller, prepared.at)
    made.memo, made.branch_id = request.memo, request.branch_id
    made.reverses, made.reason = request.reverses, request.reason
    made.order_id, made.occurrence, made.uetr = request.order_id, request.occurrence, request.uetr
    made.opens_account_id = request.opening.id if request.opening else None
    return made
