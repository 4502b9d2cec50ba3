"""Verifies payments to other banks against the ledger: what is sent to the clearing, and what came back."""

from collections.abc import Mapping, Sequence

from chalicelib.domain.audit.visible_fields import Image
from chalicelib.domain.clearing.identity import uetr_of
from chalicelib.domain.verification.checks import Broken
from chalicelib.domain.verification.payment_checks import (
    INCOMING,
    PAYMENT,
    forwards,
    require_forwarded,
    require_incoming,
    require_of_clearing,
    require_payment,
    require_return,
)
from chalicelib.models.clearing.incoming import IncomingPayment
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.events.stream_record import images_of
from chalicelib.models.item import Key
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.transaction_facts import TransactionFacts, read_facts
from chalicelib.models.uniqueness import UniqueKey


def prove(transactions: Sequence[TransactionFacts]) -> None:
    """Verify the payments of transactions, two items each, a hundred per call. Raises Broken.

    What was refused at once has no payment. One that is settled between the two reads is read again by itself: in a
    cycle, hundreds are settled in a second.
    """
    for one in transactions:
        require_of_clearing(one)
    made = [one for one in transactions if one.transaction_type == PAYMENT and one.status != "failed"]
    images = images_of(key for one in made for key in _keys_of(one)) if made else {}
    returned = []
    for one in made:
        try:
            payment = _require_stored(one, images)
        except Broken:
            payment = _require_now(one)
        if payment.get("status") == "returned":
            returned.append((one, payment))
    _require_forwarded([one for one in transactions if one.status == "posted" and forwards(one)])
    _require_incoming([one for one in transactions if one.transaction_type == INCOMING and one.status != "failed"])
    found = {one.id: one for one in read_facts(Transaction.key(_return_of(paid)) for _, paid in returned)}
    for one, payment in returned:
        require_return(one, payment, found.get(_return_of(payment)))


def _require_incoming(credited: Sequence[TransactionFacts]) -> None:
    """Verify what is stored of payments that came in. It is written with the transaction, and never again."""
    keys = {one.id: (IncomingPayment.key(one.id), UniqueKey.uetr_key(str(one.uetr))) for one in credited}
    images = images_of(key for both in keys.values() for key in both) if credited else {}
    for one in credited:
        payment, guard = map(images.get, keys[one.id])
        require_incoming(one, payment, guard)


def _require_forwarded(forwarded: Sequence[TransactionFacts]) -> None:
    """Verify where returned money went that had waited: four calls, where there is any. Raises Broken."""
    if not forwarded:
        return
    paid = ClearingPayment.ids_by_uetr(str(one.uetr) for one in forwarded)
    keys = {one.id: ClearingPayment.key(paid.get(str(one.uetr), "")) for one in forwarded}
    images = images_of(keys.values())
    found = {one.id: one for one in read_facts(Transaction.key(_return_of(image)) for image in images.values())}
    for one in forwarded:
        payment = images.get(keys[one.id])
        require_forwarded(one, payment, found.get(_return_of(payment)) if payment else None)


def _keys_of(transaction: TransactionFacts) -> tuple[Key, Key]:
    """Return the keys of the payment of a transaction, and of the guard of its UETR."""
    return ClearingPayment.key(transaction.id), UniqueKey.uetr_key(uetr_of(transaction.id))


def _return_of(payment: Image) -> str:
    return str(payment.get("return_id"))


def _require_stored(transaction: TransactionFacts, images: Mapping[Key, Image]) -> Image:
    """Return the payment of a transaction among the items that were read. Raises Broken."""
    payment, guard = map(images.get, _keys_of(transaction))
    require_payment(transaction, payment, guard)
    return payment or {}


def _require_now(transaction: TransactionFacts) -> Image:
    """Return the payment of a transaction as both are now. Raises Broken."""
    [now] = read_facts([transaction.own_key]) or [transaction]
    return _require_stored(now, images_of(_keys_of(now)))
