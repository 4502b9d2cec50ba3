"""Entries, in the table `ledger`: put once, never updated, never deleted."""

from collections.abc import Iterable

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.ledger import entry as domain
from chalicelib.domain.ledger.posting import TransactionType
from chalicelib.models.attributes import ChoiceAttribute, IntegerAttribute
from chalicelib.models.batch import batch_get_raw
from chalicelib.models.item import Item, Key


class LedgerEntry(Item):
    """Amounts in minor units. The sort key orders an account's entries by time, which is also by `seq`."""

    class Meta:
        table_name = "ledger"

    account_id = UnicodeAttribute()
    seq = IntegerAttribute()
    transaction_id = UnicodeAttribute()
    type = ChoiceAttribute[TransactionType]()
    amount = IntegerAttribute()
    currency = UnicodeAttribute()
    balance_after = IntegerAttribute()
    created_at = UnicodeAttribute()
    prev_hash = UnicodeAttribute()
    hash = UnicodeAttribute()

    @staticmethod
    def key(account_id: str, created_at: str, seq: int) -> tuple[str, str]:
        return f"ACCOUNT#{account_id}", f"{created_at}#{seq:012d}"

    @classmethod
    def of(cls, entry: domain.Entry) -> "LedgerEntry":
        pk, sk = cls.key(entry.account_id, entry.created_at, entry.seq)
        return cls(pk, sk, **vars(entry))

    def entry(self) -> domain.Entry:
        return domain.Entry(
            account_id=self.account_id,
            seq=self.seq,
            transaction_id=self.transaction_id,
            type=self.type,
            amount=self.amount,
            currency=self.currency,
            balance_after=self.balance_after,
            created_at=self.created_at,
            prev_hash=self.prev_hash,
            hash=self.hash,
        )


def batch_get_entries(keys: Iterable[Key]) -> list[LedgerEntry]:
    """Return the entries that exist, newest first."""
    found = [LedgerEntry.from_raw_data(item) for item in batch_get_raw("ledger", keys)]
    return sorted(found, key=lambda entry: entry.sk, reverse=True)
