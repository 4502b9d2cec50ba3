"""Links between transactions and entries, compared as two sums instead of one by one.

Each entry and each line of a transaction's list of entries is hashed under a key that exists for one verification. The
hashes of all entries and of all lines have the same sum if, and only if, every line has its entry and every entry its
line. Nobody who writes tables knows the key, so nobody can choose items whose hashes make up for each other: two
different banks have equal sums with a probability of 2^-128. So nothing must be read twice, or kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import repeat
from typing import Any

from chalicelib.domain.ledger.entry import Entry, EntryDetails
from chalicelib.domain.verification.checks import Posted

KEY_BYTES = 32
HASH_BYTES = 16
MODULUS = 1 << (8 * HASH_BYTES)


@dataclass(frozen=True)
class Links:
    """Sums of links of one verification, under its `key`. Later entries than `until` are compared one by one: they may
    have been written while the bank was read."""

    key: bytes
    until: str

    def cover(self, at: object) -> bool:
        """Return whether an entry of this moment is in the sums."""
        return isinstance(at, str) and at <= self.until

    def of_entries(self, entries: Iterable[Entry], details: Iterable[EntryDetails | None] = repeat(None)) -> int:
        """Return the sum over those of the entries that are covered, with the details that each has stored."""
        return self._sum(
            (
                entry.transaction_id,
                entry.type,
                entry.currency,
                entry.created_at,
                entry.account_id,
                entry.seq,
                entry.amount,
                entry.balance_after,
                *_fields(stored),
            )
            for entry, stored in zip(entries, details, strict=False)
            if self.cover(entry.created_at)
        )

    def of_transactions(self, transactions: Iterable[Posted]) -> int:
        """Return the sum over what the posted transactions list, of those that are covered."""
        return self._sum(
            (
                one.id,
                one.transaction_type,
                one.currency,
                one.posted_at,
                *(line.get(name) for name in ("account_id", "seq", "amount", "balance_after")),
                *_fields(one.due_details(str(line.get("account_id")))),
            )
            for one in transactions
            if one.status == "posted" and self.cover(one.posted_at)
            for line in _lines(one.entries)
        )

    def _sum(self, linked: Iterable[tuple[Any, ...]]) -> int:
        # The representation of a tuple of texts and numbers tells it from any other, and is made faster than JSON.
        hashes = (blake2b(repr(fields).encode(), digest_size=HASH_BYTES, key=self.key) for fields in linked)
        return sum(int.from_bytes(one.digest()) for one in hashes) % MODULUS


def _fields(details: EntryDetails | None) -> tuple[str | None, ...]:
    return (details.counterparty_id, details.memo) if details else ()


def _lines(entries: Iterable[Mapping[str, Any]] | None) -> Iterable[Mapping[str, Any]]:
    return entries or ()
