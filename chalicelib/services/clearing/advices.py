"""Advices of settlement: what the clearing has booked on the bank's account with it moves out of gl.clearing."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain

from chalicelib.domain.clearing import camt054
from chalicelib.domain.clearing.camt054 import AdvisedEntry
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.domain.ledger.idempotency import derive_key
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.models.batch import get_all
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.transaction import Transaction


def book_advice(caller: Caller, raw: bytes) -> None:
    """Post the booked entries of a camt.054, each once."""
    advice = camt054.parse(raw)
    entries = chain.from_iterable(one.entries for one in advice.notifications)
    for number, entry in enumerate(entries):
        if entry.is_booked:
            name = _reference_of(entry) or f"{advice.message_id} {number}"
            _post(caller, f"advice {advice.sender_bic} {name} {_payments_of(entry)}", entry)


def _reference_of(entry: AdvisedEntry) -> str | None:
    """Return the reference of an entry, as a hash if it could be the name of one without: that has a space."""
    return digest([entry.reference]) if entry.reference and " " in entry.reference else entry.reference


def _payments_of(entry: AdvisedEntry) -> str:
    """Return a hash of the payments that an entry names: a clearing may count its references anew in each message."""
    return digest([[one.uetr, one.transaction_id, one.amount] for one in entry.payments])


def _post(caller: Caller, name: str, entry: AdvisedEntry) -> None:
    key = derive_key(caller.user_id, name, "clearing_settlement", [entry.amount, entry.currency])
    nostro = general_ledger.nostro(entry.currency)
    amounts = {rail: amount for rail, amount in _by_rail(entry).items() if amount}
    legs = [Leg(general_ledger.clearing(rail, entry.currency), amount) for rail, amount in amounts.items()]
    movement = Movement(key.transaction_id, "clearing_settlement", entry.currency, (*legs, Leg(nostro, -entry.amount)))
    names = tuple(leg.account_id for leg in movement.legs)
    ledger.post(PostingRequest(key, caller, names, lambda _: movement)).raise_refusal()


def _by_rail(entry: AdvisedEntry) -> dict[Rail, int]:
    """Return the entry's amount by the rail of its payments, in minor units; positive where the bank received.

    An advice may come before the payment that it is about: then the entry's code says on which rail.
    """
    sums: dict[Rail, int] = defaultdict(int)
    stated: Rail = "instant" if entry.is_instant else "standard"
    rails = _rails([one.uetr for one in entry.payments if one.uetr])
    for payment in entry.payments:
        sums[rails.get(str(payment.uetr), stated)] += payment.amount
    return sums or {stated: entry.amount}


def _rails(uetrs: Sequence[str]) -> dict[str, Rail]:
    """Return the rails of payments that this bank has sent or received, without those that it does not know; two calls
    for a hundred that it has sent."""
    ids = ClearingPayment.ids_by_uetr(uetrs)
    rails = {one.id: one.rail for one in get_all(ClearingPayment, map(ClearingPayment.key, ids.values()))}
    received = [name for name in ids.values() if name not in rails]
    rails |= {one.id: _rail_of_received(one) for one in get_all(Transaction, map(Transaction.key, received))}
    return {uetr: rails[name] for uetr, name in ids.items() if name in rails}


def _rail_of_received(received: Transaction) -> Rail:
    names = [leg.account_id for leg in received.movement().legs]
    return "instant" if any(general_ledger.is_instant_clearing(name) for name in names) else "standard"
