"""Payments to another bank, as the ledger holds money for them."""

from typing import Any

from chalicelib.domain.ledger import general_ledger
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.services.clearing.inquiries import INQUIRED
from chalicelib.services.payments import transfer_steps
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.outgoing import Outgoing
from chalicelib.services.payments.transfer_request import TransferRequest
from chalicelib.services.payments.transfer_steps import outcome_of
from tests.small_bank import A, SmallBank, customer

CLEARING = general_ledger.clearing("standard", "EUR")


def queue(bank: SmallBank, number: int = 1, account_id: str = A) -> ClearingPayment:
    """Return a payment of 12.50 by a customer from its account, which waits for the next cycle."""
    payer = customer(number)
    request = TransferRequest(
        from_account_id=account_id,
        to_account_id=CLEARING,
        amount="12.50",
        currency="EUR",
        annotations=Annotations(),
        caller=payer,
        idempotency_key=bank.key(payer),
        outgoing=Outgoing("standard", f"cus_{number}", "v1.AAAA", "v1.BBBB", None, None),
    )
    return stored(str(outcome_of(transfer_steps.post(request)).transaction.id))


def submit(bank: SmallBank, *, is_asked_after: bool = True, **fields: Any) -> ClearingPayment:
    """Return a payment that is alone at the clearing, which does not answer."""
    payment = queue(bank)
    values = {"status": "submitted", "message_id": "MSG-1", "cycle": payment.id} | fields
    for name, value in values.items():
        setattr(payment, name, value)
    if is_asked_after:
        payment.trace = [*payment.trace, {"at": "2026-11-21T12:00:00.000001Z", "what": INQUIRED}]
    bank.put(payment)
    return stored(payment.id)


def stored(transaction_id: str) -> ClearingPayment:
    found = ClearingPayment.by_id(transaction_id)
    assert found
    return found
