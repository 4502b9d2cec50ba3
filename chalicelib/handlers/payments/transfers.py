"""Transfers: now, on a date, or to an IBAN at another bank."""

from dataclasses import replace

from chalicelib.domain.payments.payee_name import Result
from chalicelib.handlers.http.caller import require_session
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import DryRunQuery
from chalicelib.handlers.orders.order_parties import payee_of
from chalicelib.handlers.orders.scheduled_payment_schemas import AcceptedTransferView, ScheduledPaymentView
from chalicelib.handlers.payments.payment_request_schemas import Transfer
from chalicelib.handlers.payments.transaction_answers import (
    ACCEPTED,
    HOLDING_PROBLEMS,
    PIN_PROBLEMS,
    POSTING_PROBLEMS,
    answer,
)
from chalicelib.handlers.payments.transaction_schemas import TransactionView
from chalicelib.services.orders import beneficiaries, executions, orders
from chalicelib.services.orders.beneficiaries import OtherBankPayee
from chalicelib.services.orders.terms import Terms
from chalicelib.services.payments import iban_payments, transfers
from chalicelib.services.payments.iban_payments import IbanPayment
from chalicelib.services.payments.transfer_request import TransferRequest

HELD_OR_SCHEDULED = (
    "Pending: it waits for another person's approval, at `Location`, or for the clearing; or scheduled, at `Location`",
    AcceptedTransferView,
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
        "batch_refused",
        "conflict",
        "clearing_unavailable",
        "payee_mismatch",
        "verification_expired",
    ),
    accepted=HELD_OR_SCHEDULED,
    location="the approval, or of the payment on a date",
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
        idempotency_key=request.required_idempotency_key,
    )
    return answer(transfers.transfer(asked, body.pin), request.caller, asked.annotations)


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
    key = request.required_idempotency_key
    order, replayed = orders.make(request.caller, key, "scheduled_payment", terms, body.pin, payee=payee)
    view = ScheduledPaymentView.of(executions.outcome_of(order))
    return Answer(view, ACCEPTED, {"Location": f"/v1/scheduled-payments/{order.id}"}, replayed=replayed)


def _payee_id(request: Request[Transfer, DryRunQuery]) -> str | OtherBankPayee:
    """Return the account that is paid, or the saved payee if it is at another bank. Raises NotFound."""
    body = request.body
    if body.beneficiary_id is None:
        return beneficiaries.payee_account_id(request.caller, **body.payee())
    return beneficiaries.find_payee(request.caller, body.beneficiary_id, accept_mismatch=body.accept_mismatch)


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
        idempotency_key=request.required_idempotency_key,
        saved_verification=saved,
    )
    return answer(iban_payments.pay(asked, body.pin), request.caller, asked.annotations)
