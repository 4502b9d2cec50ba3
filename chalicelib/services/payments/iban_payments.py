"""Payments to an IBAN: a transfer within the bank, or a payment to another bank over the clearing."""

from dataclasses import dataclass, replace
from typing import Literal

from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.payments.payee_name import Result
from chalicelib.domain.permissions import Caller
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.services.payments import account_numbers, outgoing, transfers, verified_payees
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.outgoing import Payee
from chalicelib.services.payments.transfer_request import TransferRequest


@dataclass(frozen=True)
class IbanPayment:
    """A request to pay an IBAN. `amount` is a decimal string, by default in the paying account's currency."""

    from_account_id: str
    to_iban: str
    to_name: str | None
    remittance: str | None
    amount: str
    currency: str | None
    rail: Rail | Literal["auto"]
    verification_id: str | None
    accept_mismatch: bool
    annotations: Annotations
    caller: Caller
    idempotency_key: IdempotencyKey
    payer_reference: str | None = None
    batch_id: str | None = None
    saved_verification: Result | None = None
    """Of a saved payee, who was verified when it was saved."""


def pay(request: IbanPayment, pin: str | None) -> Outcome:
    """Pay it, once the paying account's PIN is proved; a repeated request gets the first outcome.

    Raises what a transfer raises, and VerificationExpired, PayeeMismatch, ClearingUnavailable.
    """
    earlier = ledger.find_outcome(request.idempotency_key, request.caller)
    return earlier or transfers.transfer(to_transfer(request), pin)


def to_transfer(request: IbanPayment) -> TransferRequest:
    """Return the transfer that pays it. Raises NotFound, Forbidden, CurrencyMismatch, ValidationFailed,
    VerificationExpired, PayeeMismatch and ClearingUnavailable."""
    elsewhere = account_numbers.parse_iban_elsewhere(request.to_iban)
    if elsewhere is None:
        return _within_bank(request)
    outgoing.require_clearing()
    if request.to_name is None:
        raise ValidationFailed.of("to_name", "is required for an IBAN of another bank")
    payee = Payee(
        iban=elsewhere,
        name=request.to_name,
        remittance=request.remittance,
        rail="instant" if request.rail == "auto" else request.rail,
        verification=_verification(request, elsewhere),
        payer_reference=request.payer_reference,
        batch_id=request.batch_id,
    )
    made, clearing_account_id = outgoing.prepare(
        request.caller, request.idempotency_key, request.from_account_id, request.currency, payee
    )
    return replace(_transfer(request, clearing_account_id), outgoing=made)


def _within_bank(request: IbanPayment) -> TransferRequest:
    """Return the transfer. What the payee is to read is its memo, unless the request has another."""
    payee_id = account_numbers.find_by_iban(request.to_iban)
    _verification(request, account_numbers.parse_iban(request.to_iban))
    asked = _transfer(request, payee_id)
    return replace(asked, annotations=replace(asked.annotations, memo=asked.annotations.memo or request.remittance))


def _transfer(request: IbanPayment, payee_id: str) -> TransferRequest:
    return TransferRequest(
        from_account_id=request.from_account_id,
        to_account_id=payee_id,
        amount=request.amount,
        currency=request.currency,
        annotations=request.annotations,
        caller=request.caller,
        idempotency_key=request.idempotency_key,
        verification_id=request.verification_id,
    )


def _verification(request: IbanPayment, iban: str) -> Result | None:
    """Return how well the name fitted, if it was verified. Raises VerificationExpired, PayeeMismatch."""
    if request.verification_id is None:
        return request.saved_verification
    return verified_payees.require_good(
        request.caller,
        request.verification_id,
        iban,
        str(request.to_name),
        accept_mismatch=request.accept_mismatch,
    )
