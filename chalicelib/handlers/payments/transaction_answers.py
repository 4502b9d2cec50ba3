"""Responses about transactions, and the problems that every posting may meet."""

from chalicelib.domain.permissions import Caller
from chalicelib.handlers.http.operation import Answer
from chalicelib.handlers.payments.transaction_schemas import TransactionView
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.services.payments import transaction_views
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transaction_views import VisibleTransaction

POSTING_PROBLEMS = (
    "conflict_of_interest",
    "not_found",
    "insufficient_funds",
    "account_frozen",
    "account_closed",
    "currency_mismatch",
    "limit_exceeded",
    "clock_skew",
    "contention",
    "outcome_unknown",
)
PIN_PROBLEMS = ("pin_required", "pin_incorrect", "pin_locked")
HOLDING_PROBLEMS = ("action_blocked", "no_approver")
ACCEPTED = 202
HELD = ("Pending: it waits for another person's approval, at `Location`", TransactionView)


def answer(outcome: Outcome, caller: Caller, annotations: Annotations) -> Answer:
    """Respond with the transaction, or the problem of its refusal; 202 while it is pending.

    A label that was just set is not read again.
    """
    outcome.raise_refusal()
    made = outcome.transaction
    status, headers = (ACCEPTED, _location(made)) if made.status == "pending" else (None, {})
    if outcome.sides is None or made.transaction_type == "payment":
        seen = transaction_views.view_after_write(caller, made)
        return Answer(view_of(seen, caller), status, headers, replayed=outcome.replayed)
    label = Label(category=annotations.category, tags=list(annotations.tags))
    view = TransactionView.of(made, caller, outcome.sides, label)
    return Answer(view, status, headers, replayed=outcome.replayed)


def view_of(seen: VisibleTransaction, caller: Caller) -> TransactionView:
    """Return what a caller may see of a transaction."""
    return TransactionView.of(seen.transaction, caller, seen.sides, seen.label, seen.payment)


def _location(pending: Transaction) -> dict[str, str]:
    is_waiting = pending.approval_id and not pending.is_at_clearing
    return {"Location": f"/v1/approvals/{pending.approval_id}"} if is_waiting else {}
