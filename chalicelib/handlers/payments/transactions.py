"""Transactions: what became of deposits, withdrawals and transfers, and what may still be done about them."""

from chalicelib.handlers.approvals.pending import with_pending
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing
from chalicelib.handlers.payments.payment_request_schemas import Annotate, Reject, Reverse, TransactionsQuery
from chalicelib.handlers.payments.transaction_answers import POSTING_PROBLEMS, answer, view_of
from chalicelib.handlers.payments.transaction_schemas import TransactionDetailView, TransactionView
from chalicelib.models.paging import Paging
from chalicelib.services.payments import approvals, labels, transaction_lists, transaction_views, transactions
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transaction_lists import TransactionQuery

DECISION_PROBLEMS = ("conflict", "approval_own_request")


@describe("List transactions", query=TransactionsQuery, answer=Listing[TransactionView], problems=("invalid_cursor",))
def list_transactions(request: Request[None, TransactionsQuery]) -> Listing[TransactionView]:
    """Lists the transactions of the accounts that you own or hold, and those that you requested, also if they were
    refused. Staff and auditors see all, by default today's; `from` and `to` span at most 31 days.

    Posted transactions are listed by `posted_at`, others by `created_at`.
    """
    asked = request.query
    query = TransactionQuery(asked.status, asked.type, asked.from_, asked.to)
    page = transaction_lists.page(request.caller, query, Paging(asked.limit, asked.cursor))
    found = transaction_views.view_all(request.caller, page.items)
    views = [view_of(seen, request.caller) for seen in found if seen.is_for(request.caller)]
    return Listing[TransactionView].page(views, page.next_cursor)


@describe("Get a transaction", answer=TransactionDetailView, problems=("not_found",), versioned="the transaction")
def get_transaction(request: Request[None, None], transaction_id: str) -> Answer:
    """Owner and joint holders of an account see only that account's entry."""
    seen = transactions.get(request.caller, transaction_id)
    found = seen.transaction
    listed_under = str(found.from_customer_id or found.to_customer_id or found.initiated_by)
    shown = with_pending(
        view_of(seen, request.caller), TransactionDetailView, request.caller, listed_under, transaction_id
    )
    return Answer(shown, version=seen.version)


@describe(
    "Label a transaction",
    body=Annotate,
    answer=TransactionView,
    problems=("conflict_of_interest", "not_found", "contention"),
    versioned="the transaction",
)
def annotate_transaction(request: Request[Annotate, None], transaction_id: str) -> Answer:
    """Sets category, tags and memo for the accounts that you own or may pay from. The money never changes."""
    seen = labels.annotate(request.caller, transaction_id, request.body.edits(), request.if_match)
    return Answer(view_of(seen, request.caller), version=seen.version)


@describe(
    "Reverse a transaction",
    status=201,
    body=Reverse,
    answer=TransactionView,
    key="required",
    problems=(*POSTING_PROBLEMS, "conflict"),
    action="reverse",
)
def reverse_transaction(request: Request[Reverse, None], transaction_id: str) -> Answer:
    """Posts the linked opposite transaction. A transaction can be reversed once, and a reversal is final. You cannot
    reverse what you made yourself.
    """
    body = request.body
    outcome = transactions.reverse(
        request.caller,
        transaction_id,
        body.reason,
        request.required_idempotency_key,
        allow_overdrawn=body.allow_overdrawn,
    )
    return answer(outcome, request.caller, Annotations())


@describe(
    "Approve a pending transaction",
    answer=TransactionView,
    key="required",
    problems=(*POSTING_PROBLEMS, *DECISION_PROBLEMS, "mfa_step_up_required"),
    accepted=(
        "Recorded: the transaction needs the approval of one more person, or waits for the clearing now",
        TransactionView,
    ),
    location="the approval",
)
def approve_transaction(request: Request[None, None], transaction_id: str) -> Answer:
    """Posts a transaction that waits for an approval, if it may be posted now and needs no other approval. A payment to
    another bank goes to the clearing instead: 202. If the
    funds, limits or accounts do not allow it, it continues to wait. If its time is over, or its creator may no longer
    pay from the account, it ends and you get 409. You cannot approve a payment that you created.
    """
    outcome = approvals.approve(request.caller, transaction_id, request.required_idempotency_key)
    return answer(outcome, request.caller, Annotations())


@describe(
    "Reject a pending transaction",
    body=Reject,
    answer=TransactionView,
    problems=("conflict_of_interest", "not_found", *DECISION_PROBLEMS, "clock_skew", "contention", "outcome_unknown"),
)
def reject_transaction(request: Request[Reject, None], transaction_id: str) -> Answer:
    """Voids a transaction that waits for an approval and releases the held amount. You cannot reject a payment that you
    created. The reason is for staff; the customer does not see it.
    """
    outcome = approvals.reject(request.caller, transaction_id, request.body.reason, request.idempotency_key)
    return answer(outcome, request.caller, Annotations())


@describe(
    "Cancel a pending transaction",
    answer=TransactionView,
    problems=("not_found", "conflict", "contention", "outcome_unknown"),
)
def cancel_transaction(request: Request[None, None], transaction_id: str) -> Answer:
    """Voids a payment that you created and that waits for an approval, or for the clearing's next cycle, and releases
    the held amount. Cancelling it again changes nothing.
    """
    outcome = approvals.cancel(request.caller, transaction_id, request.idempotency_key)
    return answer(outcome, request.caller, Annotations())
