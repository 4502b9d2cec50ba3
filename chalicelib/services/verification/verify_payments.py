"""Verifies payments to other banks against the ledger: what is sent to the clearing, and what came back."""

from collections.abc import Sequence

from chalicelib.domain.clearing.identity import uetr_of
from chalicelib.domain.verification.payment_checks import (
    PAYMENT,
    require_of_clearing,
    require_payment,
    require_return,
)
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.events.stream_record import images_of
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.transaction_facts import TransactionFacts, read_facts
from chalicelib.models.uniqueness import UniqueKey


def prove(transactions: Sequence[TransactionFacts]) -> None:
    """Verify the payments of transactions, two items each, a hundred per call. Raises Broken.

    What was refused at once has no payment.
    """
    for one in transactions:
        require_of_clearing(one)
    made = [one for one in transactions if one.transaction_type == PAYMENT and one.status != "failed"]
    if not made:
        return
    keys = {one.id: (ClearingPayment.key(one.id), UniqueKey.uetr_key(uetr_of(one.id))) for one in made}
    images = images_of(key for pair in keys.values() for key in pair)
    for one in made:
        payment, guard = (images.get(key) for key in keys[one.id])
        require_payment(one, payment, guard)
    payments = [(one, images[keys[one.id][0]]) for one in made]
    returned = [(one, payment) for one, payment in payments if payment.get("status") == "returned"]
    found = {one.id: one for one in read_facts(Transaction.key(str(paid.get("return_id"))) for _, paid in returned)}
    for one, payment in returned:
        require_return(one, payment, found.get(str(payment.get("return_id"))))
