"""Money: deposits, withdrawals, transfers, and what became of them."""

from dataclasses import replace

from chalicelib.domain.payments.payee_name import Result
from chalicelib.domain.permissions import Caller
from chalicelib.handlers.approvals.pending import with_pending
from chalicelib.handlers.http.caller import require_session
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import DryRunQuery, Listing
from chalicelib.handlers.orders.order_schemas import AcceptedTransferView, ScheduledPaymentView
from chalicelib.handlers.orders.standing_orders import payee_of
from chalicelib.handlers.payments.transaction_schemas import (
    Annotate,
    Deposit,
    Reject,
    Reverse,
    TransactionDetailView,
    TransactionsQuery,
    TransactionView,
    Transfer,
    Withdraw,
)
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import Paging
from chalicelib.models.payments.label import Label
from chalicelib.services.orders import beneficiaries, executions, orders
from chalicelib.services.orders.beneficiaries import OtherBankPayee
from chalicelib.services.orders.terms import Terms
from chalicelib.services.payments import (
    approvals,
    deposits_withdrawals,
    iban_payments,
    labels,
    transaction_lists,
    transaction_views,
    transactions,
    transfers,
)
from chalicelib.services.payments.deposits_withdrawals import CashRequest
from chalicelib.services.payments.iban_payments import IbanPayment
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transaction_lists import TransactionQuery
from chalicelib.services.payments.transaction_views import VisibleTransaction
from chalicelib.services.payments.transfer_steps import TransferRequest

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
DECISION_PROBLEMS = ("conflict", "approval_own_request")
ACCEPTED = 202
HELD_OR_SCHEDULED = (
    "Pending: it waits for another person's approval, at `Location`, or for the clearing; or scheduled, at `Location`",
    AcceptedTransferView,
)
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
        return Answer(_view(seen, caller), status, headers, replayed=outcome.replayed)
    label = Label(category=annotations.category, tags=list(annotations.tags))
    view = TransactionView.of(made, caller, outcome.sides, label)
    return Answer(view, status, headers, replayed=outcome.replayed)


def _schedule(request: Request[Transfer, DryRunQuery]) -> Answer:
    """Order a payment on a date, which the ledger does not post: so the session is read here."""
    require_session(request.caller)
    body = request.body
    payee = payee_of(request.caller, body)
    terms = Terms(
        from_account_id=body.from_account_id,
        **payee.terms(),
        amount=body.amount,
        start=str(body.execution_date),
        currency=body.currency,
        memo=body.memo or (body.remittance if payee.account_id else None),
        times=1,
    )
    key = request.paid_claim
    order, replayed = orders.make(request.caller, key, "scheduled_payment", terms, body.pin, payee=payee)
    view = ScheduledPaymentView.of(executions.outcome_of(order))
    return Answer(view, ACCEPTED, {"Location": f"/v1/scheduled-payments/{order.id}"}, replayed=replayed)


def _payee_id(request: Request[Transfer, DryRunQuery]) -> str | OtherBankPayee:
    """Return the account that is paid, or the saved payee if it is at another bank. Raises NotFound."""
    body = request.body
    if body.to_beneficiary_id is None:
        return beneficiaries.payee_account_id(request.caller, **body.payee())
    return beneficiaries.find_payee(request.caller, body.to_beneficiary_id, accept_mismatch=body.accept_mismatch)


def _pay_iban(
    request: Request[Transfer, DryRunQuery], to_iban: str, to_name: str | None, saved: Result | None = None
) -> Answer:
    body = request.body
    asked = IbanPayment(
        from_account_id=body.from_account_id,
        to_iban=to_iban,
        to_name=to_name,
        remittance=body.remittance,
        amount=body.amount,
        currency=body.currency,
        rail=body.rail,
        verification_id=body.verification_id,
        accept_mismatch=body.accept_mismatch,
        annotations=body.annotations(),
        caller=request.caller,
        idempotency_key=request.paid_claim,
        saved_verification=saved,
    )
    return answer(iban_payments.pay(asked, body.pin), request.caller, asked.annotations)


def _location(pending: Transaction) -> dict[str, str]:
    is_waiting = pending.approval_id and not pending.is_at_clearing
    return {"Location": f"/v1/approvals/{pending.approval_id}"} if is_waiting else {}


def _view(seen: VisibleTransaction, caller: Caller) -> TransactionView:
    return TransactionView.of(seen.transaction, caller, seen.sides, seen.label, seen.payment)


@describe(
    "Deposit cash",
    status=201,
    body=Deposit,
    query=DryRunQuery,
    answer=TransactionView,
    key="required",
    problems=(*POSTING_PROBLEMS, *HOLDING_PROBLEMS),
    accepted=HELD,
    is_posting=True,
)
def deposit(request: Request[Deposit, DryRunQuery]) -> Answer:
    """Credits an account that you own or hold with the right to pay. Tellers can deposit to any customer's account.
    With `CUSTOMER_CASH=off` staff alone do, and customers get 403. 202 means that nothing is credited until another
    person approves it: a policy, or the ceiling of your role, demands it.
    """
    body = request.body
    asked = CashRequest(body.account_id, body.amount, body.currency, body.branch_id, annotations=body.annotations())
    return answer(
        deposits_withdrawals.deposit(request.caller, asked, request.paid_claim), request.caller, asked.annotations
    )


@describe(
    "Withdraw cash",
    status=201,
    body=Withdraw,
    query=DryRunQuery,
    answer=TransactionView,
    key="required",
    problems=(*POSTING_PROBLEMS, *PIN_PROBLEMS, *HOLDING_PROBLEMS, "risk_declined"),
    accepted=HELD,
    is_posting=True,
)
def withdraw(request: Request[Withdraw, DryRunQuery]) -> Answer:
    """Debits an account that you own or hold with the right to pay. Tellers can withdraw from any customer's
    account. If the account has a PIN, everyone must send it. With `CUSTOMER_CASH=off` staff alone do, and customers get
    403; so do, with `EMAIL_VERIFICATION=on`, customers whose email address is not verified. 202 means that the amount
    is held until another person approves the withdrawal: its risk, a policy, or the ceiling of your role demands it.
    Hand out the cash when its status is `posted`.
    """
    body = request.body
    asked = CashRequest(body.account_id, body.amount, body.currency, body.branch_id, body.pin, body.annotations())
    return answer(
        deposits_withdrawals.withdraw(request.caller, asked, request.paid_claim), request.caller, asked.annotations
    )


@describe(
    "Transfer money",
    status=201,
    body=Transfer,
    query=DryRunQuery,
    answer=TransactionView,
    key="required",
    problems=(
        *POSTING_PROBLEMS,
        *PIN_PROBLEMS,
        *HOLDING_PROBLEMS,
        "same_account",
        "risk_declined",
        "conflict",
        "clearing_unavailable",
        "payee_mismatch",
        "verification_expired",
    ),
    accepted=HELD_OR_SCHEDULED,
    is_posting=True,
)
def transfer(request: Request[Transfer, DryRunQuery]) -> Answer:
    """Pays from an account that you own or hold with the right to pay, to any account: of this bank, or by `to_iban`
    and `to_name`, or a saved payee, of another one. Tellers can pay from any
    customer's account. If the paying account has a PIN, everyone must send it. With `EMAIL_VERIFICATION=on`, customers
    whose email address is not verified get 403. 202 means that the money is held until another person approves the
    payment: its risk, a policy, or the ceiling of your role demands it. `waiting` names the approval. A payment to
    another bank is 202, too: `payment` says how far it is, and its money is held until the clearing answers. With
    `execution_date`, 202 is a payment on that date, at `Location`, or the approval that it needs first. To another bank
    it goes out with the standard cycle of that date.
    """
    body = request.body
    if body.execution_date:
        return _schedule(request)
    if body.to_iban:
        return _pay_iban(request, body.to_iban, body.to_name)
    payee_id = _payee_id(request)
    if isinstance(payee_id, OtherBankPayee):
        return _pay_iban(request, payee_id.iban, payee_id.name, payee_id.verification)
    asked = TransferRequest(
        from_account_id=body.from_account_id,
        to_account_id=payee_id,
        amount=body.amount,
        currency=body.currency,
        annotations=replace(body.annotations(), memo=body.memo or body.remittance),
        caller=request.caller,
        idempotency_key=request.paid_claim,
    )
    return answer(transfers.transfer(asked, body.pin), request.caller, asked.annotations)


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
    views = [_view(seen, request.caller) for seen in found if seen.is_for(request.caller)]
    return Listing[TransactionView].page(views, page.next_cursor)


@describe("Get a transaction", answer=TransactionDetailView, problems=("not_found",), versioned="the transaction")
def get_transaction(request: Request[None, None], transaction_id: str) -> Answer:
    """Owner and joint holders of an account see only that account's entry."""
    seen = transactions.get(request.caller, transaction_id)
    found = seen.transaction
    listed_under = str(found.from_customer_id or found.to_customer_id or found.initiated_by)
    shown = with_pending(
        _view(seen, request.caller), TransactionDetailView, request.caller, listed_under, transaction_id
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
    return Answer(_view(seen, request.caller), version=seen.version)


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
        request.caller, transaction_id, body.reason, request.paid_claim, allow_overdrawn=body.allow_overdrawn
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
)
def approve_transaction(request: Request[None, None], transaction_id: str) -> Answer:
    """Posts a transaction that waits for an approval, if it may be posted now and needs no other approval. A payment to
    another bank goes to the clearing instead: 202. If the
    funds, limits or accounts do not allow it, it continues to wait. If its time is over, or its creator may no longer
    pay from the account, it ends and you get 409. You cannot approve a payment that you created.
    """
    outcome = approvals.approve(request.caller, transaction_id, request.paid_claim)
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
