"""Payments to accounts at other banks: made like a transfer, then held for the clearing instead of posted.

Screening, limits, approvals and the PIN are those of a transfer. What is personal of the payee is sealed under the
payer's key before the workflow sees it.
"""

from dataclasses import dataclass, replace
from functools import partial

from chalicelib import clock, config
from chalicelib.domain import errors, ids
from chalicelib.domain.clearing import reasons, states
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.settlement_date import Settlement, settlement_of
from chalicelib.domain.errors import ClearingUnavailable, Conflict, CurrencyMismatch
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.payments.payee_name import Result
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.transact import Extra
from chalicelib.services.crypto import personal_fields

NO_CLEARING = "This bank is not connected to a clearing: only accounts of this bank can be paid."
CANCELLED = "Cancelled by the person who made it."


@dataclass(frozen=True)
class Payee:
    """The account at another bank that a request names, in the payer's words. `iban` is in its electronic form.

    `verification` is how well the name fitted, if the payer has verified it; `no_match` if the payer has accepted that.
    """

    iban: str
    name: str
    rail: Rail
    remittance: str | None = None
    verification: Result | None = None
    payer_reference: str | None = None
    batch_id: str | None = None


@dataclass(frozen=True)
class Outgoing:
    """A payment to another bank on its way through the workflow. The payee's fields are sealed by the payer's key."""

    rail: Rail
    customer_id: str
    to_iban: str
    to_name: str
    remittance: str | None
    verification: Result | None
    payer_reference: str | None = None
    batch_id: str | None = None


def require_clearing() -> None:
    """Raise ClearingUnavailable where the bank has no clearing."""
    if not config.clearing_connected():
        raise ClearingUnavailable(NO_CLEARING)


def require_currency(currency: str) -> None:
    """Raise CurrencyMismatch for a currency in which the clearing settles nothing."""
    if currency not in config.clearing_currencies():
        raise CurrencyMismatch(f"Payments to other banks are in {', '.join(sorted(config.clearing_currencies()))}.")


def prepare(
    caller: Caller, idempotency_key: IdempotencyKey, from_account_id: str, currency: str | None, payee: Payee
) -> tuple[Outgoing, str]:
    """Return the payment ready for the workflow, and the bank's account that receives it.

    Raises NotFound, Forbidden, CurrencyMismatch.
    """
    account = Account.by_id(from_account_id) if ids.is_id("acc", from_account_id) else None
    if account is None:
        raise errors.unknown("account", from_account_id)
    account.access().require(caller, "pay")
    paid_in = currency or str(account.currency)
    require_currency(paid_in)
    customer_id = str(account.customer_id)
    wanted = {
        "to_iban": payee.iban,
        "to_name": payee.name,
        "remittance": payee.remittance,
        "payer_reference": payee.payer_reference,
    }
    sealed = personal_fields.encrypt(customer_id, ClearingPayment.key(idempotency_key.transaction_id), wanted)
    made = Outgoing(
        rail=payee.rail,
        customer_id=customer_id,
        to_iban=str(sealed["to_iban"]),
        to_name=str(sealed["to_name"]),
        remittance=sealed["remittance"],
        verification=payee.verification,
        payer_reference=sealed["payer_reference"],
        batch_id=payee.batch_id,
    )
    return made, general_ledger.clearing(payee.rail, paid_in)


def leave_to_clearing(posting: PostingRequest, outgoing: Outgoing) -> PostingRequest:
    """Return the request that holds the money for the clearing, and stores the payment with it."""
    return replace(posting, for_clearing=partial(_put_payment, outgoing, posting.caller))


def queue(caller: Caller, approved: Transaction) -> list[Action]:
    """Return the action that queues an approved payment for the clearing, by the time of its approval."""
    payment = find(approved.id)
    step = states.step(payment.status, "approval")
    if step.is_alarm:
        raise Conflict(f"The payment is {payment.status}.")
    now = clock.now()
    settlement = _settlement(payment.rail)
    values = {"submit_by": timestamp(settlement.submit_by), "settlement_date": settlement.settlement_date.isoformat()}
    return [payment.step_to(step.state, step.state, caller, timestamp(now), **values)]


def cancel(caller: Caller, transaction_id: str, once: tuple[Extra, ...]) -> Outcome:
    """Give up a payment that is queued, and release what it held. Raises Conflict once it was submitted."""
    payment = find(transaction_id)
    step = states.step(payment.status, "cancellation")
    if step.effect != "release":
        raise Conflict(f"The payment is {payment.status}. Only one that was not sent to the clearing can be cancelled.")
    at = timestamp(clock.now())
    ended = payment.step_to(step.state, "cancelled", caller, at, reason_code=reasons.CANCELLED_BY_PAYER)
    moved_on = Extra(ended, Conflict("The payment has just been sent to the clearing. It cannot be cancelled now."))
    return ledger.void(transaction_id, caller, CANCELLED, (*once, moved_on), is_at_clearing=True)


def find(transaction_id: str) -> ClearingPayment:
    """Read the payment of a transaction, without a check of access. Raises NotFound."""
    found = ClearingPayment.by_id(transaction_id)
    if found is None:
        raise errors.unknown("payment", transaction_id)
    return found


def _put_payment(outgoing: Outgoing, caller: Caller, held: Transaction) -> list[Action]:
    settlement = _settlement(outgoing.rail)
    payment = ClearingPayment.new(
        held.id,
        outgoing.customer_id,
        account_id=held.from_account_id,
        holder_ids=held.holder_ids(str(held.from_account_id)),
        rail=outgoing.rail,
        amount=held.amount,
        currency=held.currency,
        to_iban=outgoing.to_iban,
        to_name=outgoing.to_name,
        remittance=outgoing.remittance,
        payer_reference=outgoing.payer_reference,
        batch_id=outgoing.batch_id,
        verification=outgoing.verification,
        has_accepted_mismatch=True if outgoing.verification == "no_match" else None,
        submit_by=timestamp(settlement.submit_by),
        settlement_date=settlement.settlement_date.isoformat(),
    )
    return payment.put_new("queued" if held.awaits == "clearing" else "waiting", caller, str(held.created_at))


def _settlement(rail: Rail) -> Settlement:
    return settlement_of(rail, clock.now(), config.timezone())
