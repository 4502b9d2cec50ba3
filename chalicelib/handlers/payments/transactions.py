"""Money: deposits, withdrawals, transfers, and what became of them."""

from chalicelib.domain.permissions import Caller
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing
from chalicelib.handlers.payments.transaction_schemas import (
    Annotate,
    Deposit,
    Reject,
    Reverse,
    TransactionsQuery,
    TransactionView,
    Transfer,
    Withdraw,
)
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.paging import Paging
from chalicelib.models.payments.label import Label
from chalicelib.services.payments import (
    approvals,
    deposits_withdrawals,
    labels,
    transaction_lists,
    transaction_views,
    transactions,
    transfers,
)
from chalicelib.services.payments.deposits_withdrawals import CashRequest
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transaction_lists import TransactionQuery
from chalicelib.services.payments.transaction_views import VisibleTransaction
from chalicelib.services.payments.transfer_steps import TransferRequest

POSTING_PROBLEMS = (
    "not_found",
    "insufficient_funds",
    "account_frozen",
    "account_closed",
    "currency_mismatch",
    "limit_exceeded",
    "contention",
    "outcome_unknown",
)
ACCEPTED = 202


def answer(outcome: Outcome, caller: Caller, annotations: Annotations) -> Answer:
    """The transaction, or the problem of its refusal; 202 while it is pending. What was just labelled is not read."""
    outcome.raise_refusal()
    status = ACCEPTED if outcome.transaction.status == "pending" else None
    if outcome.sides is None:
        seen = transaction_views.view_after_write(caller, outcome.transaction)
        return Answer(_view(seen, caller), status, replayed=outcome.replayed)
    label = Label(category=annotations.category, tags=list(annotations.tags))
    view = TransactionView.of(outcome.transaction, caller, outcome.sides, label)
    return Answer(view, status, replayed=outcome.replayed)


def _view(seen: VisibleTransaction, caller: Caller) -> TransactionView:
    return TransactionView.of(seen.transaction, caller, seen.sides, seen.label)


@describe("Deposit", status=201, body=Deposit, answer=TransactionView, key="required", problems=POSTING_PROBLEMS)
def deposit(request: Request[Deposit, None]) -> Answer:
    """Into an account that one owns, or holds with the right to pay; tellers into any customer's."""
    body = request.body
    asked = CashRequest(body.account_id, body.amount, body.currency, body.branch_id, annotations=body.annotations())
    return answer(
        deposits_withdrawals.deposit(request.caller, asked, request.paid_claim), request.caller, asked.annotations
    )


@describe(
    "Withdraw",
    status=201,
    body=Withdraw,
    answer=TransactionView,
    key="required",
    problems=(*POSTING_PROBLEMS, "pin_required", "pin_incorrect", "pin_locked"),
)
def withdraw(request: Request[Withdraw, None]) -> Answer:
    """From an account that one owns, or holds with the right to pay; tellers from any customer's. An account with a PIN
    asks for it, whoever withdraws."""
    body = request.body
    asked = CashRequest(body.account_id, body.amount, body.currency, body.branch_id, body.pin, body.annotations())
    return answer(
        deposits_withdrawals.withdraw(request.caller, asked, request.paid_claim), request.caller, asked.annotations
    )


@describe(
    "Transfer",
    status=201,
    body=Transfer,
    answer=TransactionView,
    key="required",
    problems=(*POSTING_PROBLEMS, "same_account", "risk_declined"),
    accepted=("Pending: its money is set aside until somebody of the bank has looked at it", TransactionView),
)
def transfer(request: Request[Transfer, None]) -> Answer:
    """From an account that one owns, or holds with the right to pay, to anybody's; tellers from any customer's. 202:
    the money is set aside, and somebody of the bank looks at the payment first."""
    body = request.body
    payee = body.to_account_id or transfers.account_with_number(str(body.to_account_number))
    asked = TransferRequest(
        from_account_id=body.from_account_id,
        to_account_id=payee,
        amount=body.amount,
        currency=body.currency,
        annotations=body.annotations(),
        caller=request.caller,
        idempotency_key=request.paid_claim,
    )
    return answer(transfers.transfer(asked), request.caller, asked.annotations)


@describe("List transactions", query=TransactionsQuery, answer=Listing[TransactionView], problems=("invalid_cursor",))
def list_transactions(request: Request[None, TransactionsQuery]) -> Listing[TransactionView]:
    """Those that the caller made; to staff and auditors all, today's unless a range (31 days at most) is named."""
    asked = request.query
    query = TransactionQuery(asked.status, asked.type, asked.from_, asked.to)
    page = transaction_lists.page(request.caller, query, Paging(asked.limit, asked.cursor))
    views = [_view(seen, request.caller) for seen in transaction_views.view_all(request.caller, page.items)]
    return Listing[TransactionView].page(views, page.next_cursor)


@describe("Get a transaction", answer=TransactionView, problems=("not_found",))
def get_transaction(request: Request[None, None], transaction_id: str) -> TransactionView:
    """A party sees its own entry only; a joint holder is a party."""
    return _view(transactions.get(request.caller, transaction_id), request.caller)


@describe("Label a transaction", body=Annotate, answer=TransactionView, problems=("not_found", "contention"))
def annotate_transaction(request: Request[Annotate, None], transaction_id: str) -> TransactionView:
    """Category, tags and memo of the sides that the caller owns or may pay from; money never changes."""
    seen = transactions.get(request.caller, transaction_id)
    return _view(labels.annotate(seen, request.caller, request.body.edits()), request.caller)


@describe(
    "Reverse a transaction",
    status=201,
    body=Reverse,
    answer=TransactionView,
    key="required",
    problems=(*POSTING_PROBLEMS, "conflict"),
)
def reverse_transaction(request: Request[Reverse, None], transaction_id: str) -> Answer:
    """The linked opposite, once; a reversal is final."""
    body = request.body
    outcome = transactions.reverse(
        request.caller, transaction_id, body.reason, request.paid_claim, allow_overdrawn=body.allow_overdrawn
    )
    return answer(outcome, request.caller, Annotations())


@describe(
    "Approve a transaction",
    answer=TransactionView,
    key="required",
    problems=("not_found", "account_frozen", "account_closed", "conflict", "contention", "outcome_unknown"),
)
def approve_transaction(request: Request[None, None], transaction_id: str) -> Answer:
    """One that waits for a review: its money moves now. Never by whoever made it."""
    outcome = approvals.approve(request.caller, transaction_id, request.paid_claim)
    return answer(outcome, request.caller, Annotations())


@describe(
    "Reject a transaction",
    body=Reject,
    answer=TransactionView,
    problems=("not_found", "conflict", "contention", "outcome_unknown"),
)
def reject_transaction(request: Request[Reject, None], transaction_id: str) -> Answer:
    """One that waits for a review: nothing moves, and what was set aside is available again. Never by whoever made
    it; the reason is for the bank, and not shown to the customer."""
    outcome = approvals.reject(request.caller, transaction_id, request.body.reason, request.idempotency_key)
    return answer(outcome, request.caller, Annotations())
