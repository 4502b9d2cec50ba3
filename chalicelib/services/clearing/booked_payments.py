"""Payments between banks as the ledger has booked them: the entries of gl.clearing, by the payments' UETRs."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from heapq import merge

from chalicelib import config
from chalicelib.domain.clearing.identity import uetr_of
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.time import day
from chalicelib.models.batch import get_all
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.clearing.received_recall import ReceivedRecall
from chalicelib.models.ledger import shards
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.transaction import Transaction

ADVICE = "clearing_settlement"
"""It moves money from gl.clearing to gl.nostro, and books no payment."""
FEE = "clearing_fee"
"""It takes out of gl.clearing what belongs to no payment. It is of the day of its statement, not of its booking."""


@dataclass(frozen=True, order=True)
class Booked:
    """An entry of gl.clearing, positive if the bank received. `name` is the payment's UETR."""

    created_at: str
    name: str
    amount: int

    def day(self, zone: tzinfo) -> date:
        return day(self.created_at, zone)


@dataclass(frozen=True)
class OwnSide:
    """The bank's own bookings of one payment: their sum, its transaction, and the payment's state if it went out."""

    amount: int = 0
    transaction_id: str | None = None
    state: str | None = None
    asked: int = 0
    """The amount that a payment without an answer would book."""
    booked_at: str | None = None


def of_period(currency: str, since: str, until: str) -> Iterator[Booked]:
    """Yield the entries between two moments (UTC), both included, the earliest first."""
    rails = (general_ledger.clearing("instant", currency), general_ledger.clearing("standard", currency))
    accounts = [shards.shard(rail, number) for rail in rails for number in shards.numbers()]
    return merge(*(_name_each(LedgerEntry.pages_between(account, since, until), {ADVICE, FEE}) for account in accounts))


def of_accounts(account_ids: Iterable[str]) -> Iterator[Booked]:
    """Yield all entries of shards of gl.clearing, the earliest first."""
    return merge(*(_name_each(LedgerEntry.pages_of(account_id), {ADVICE}) for account_id in account_ids))


def own_sides(uetrs: Sequence[str]) -> dict[str, OwnSide]:
    """Return what the bank has booked of payments, whenever that was; five calls for a hundred of them."""
    ids = ClearingPayment.ids_by_uetr(uetrs)
    payments = {one.id: one for one in get_all(ClearingPayment, map(ClearingPayment.key, ids.values()))}
    recalls = ReceivedRecall.of_payments([one for one in ids.values() if one not in payments])
    returned = [str(one.return_id) for one in payments.values() if one.return_id]
    returned += [str(one.return_id) for one in recalls if one.return_id]
    found = get_all(Transaction, map(Transaction.key, [*ids.values(), *returned]))
    posted = {one.id: one for one in found if one.status == "posted"}
    back = {one.transaction_id: posted.get(str(one.return_id)) for one in recalls}
    return {uetr: _own_side(name, payments.get(name), posted, back.get(name)) for uetr, name in ids.items()}


def closing_balance(account: str, until: str) -> int:
    """Return the balance of a general-ledger account over its shards after a moment (UTC)."""
    last = (LedgerEntry.last_of(shards.shard(account, number), until) for number in shards.numbers())
    return sum(one.balance_after for one in last if one)


def currencies() -> list[str]:
    """Return the currencies of payments between banks."""
    return sorted(config.clearing_currencies())


def _own_side(
    name: str, payment: ClearingPayment | None, posted: dict[str, Transaction], recalled: Transaction | None
) -> OwnSide:
    """Return the own side of a payment. `recalled` gave one that came in back."""
    booked = posted.get(name)
    booked_at = str(booked.posted_at) if booked else None
    if booked and booked.transaction_type == FEE:
        paid = sum(one["amount"] for one in booked.entries if general_ledger.is_clearing(one["account_id"]))
        return OwnSide(-paid, name, booked_at=booked_at)
    if payment is None:
        left = (booked.amount if booked else 0) - (recalled.amount if recalled else 0)
        return OwnSide(left, name, booked_at=booked_at)
    back = posted.get(str(payment.return_id))
    amount = (back.amount if back else 0) - (booked.amount if booked else 0)
    return OwnSide(amount, name, payment.status, -payment.amount, booked_at)


def _name_each(pages: Iterable[Sequence[LedgerEntry]], others: Collection[str]) -> Iterator[Booked]:
    """Yield the payments of entries, without those of `others`, types of transactions.

    The UETR of one that went out follows from its id; others are read.
    """
    for page in pages:
        entries = [one for one in page if one.type not in others]
        unknown = {one.transaction_id for one in entries if one.type != "payment"}
        read = get_all(Transaction, map(Transaction.key, unknown))
        uetrs = {one.id: one.uetr for one in read}
        for one in entries:
            name = uetr_of(one.transaction_id) if one.type == "payment" else uetrs.get(one.transaction_id)
            yield Booked(one.created_at, name or one.transaction_id, -one.amount)
