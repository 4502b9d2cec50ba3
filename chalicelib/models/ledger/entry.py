"""Entries, in the table `ledger`: put once, never updated, never deleted."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Self

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.domain.ledger import entry as domain
from chalicelib.domain.ledger.posting import TransactionType
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, IntegerAttribute
from chalicelib.models.batch import batch_get_raw
from chalicelib.models.item import Item, Key, RawItem
from chalicelib.models.paging import ITEMS_AT_ONCE_MAX, Page, Paging, query_page, walk_pages


class LedgerEntry(Item):
    """Amounts in minor units. The sort key orders an account's entries by time, which is also by `seq`.

    `shown` has what lists show of its transaction. Entries of earlier versions have none.
    """

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
    shown = CompactJSONAttribute(null=True)

    @staticmethod
    def key(account_id: str, created_at: str, seq: int) -> tuple[str, str]:
        return keys.account(account_id), f"{created_at}#{seq:012d}"

    @classmethod
    def of(cls, entry: domain.Entry, details: domain.EntryDetails | None = None) -> "LedgerEntry":
        pk, sk = cls.key(entry.account_id, entry.created_at, entry.seq)
        return cls(pk, sk, **vars(entry), shown=[details.counterparty_id, details.memo] if details else None)

    def details(self) -> domain.EntryDetails | None:
        """Return what lists show of its transaction; None in entries of versions that stored nothing of it."""
        return domain.EntryDetails(*self.shown) if self.shown else None

    @classmethod
    def details_in(cls, item: RawItem) -> domain.EntryDetails | None:
        """Return the details in an item, without PynamoDB."""
        return domain.EntryDetails(*json.loads(item["shown"]["S"])) if "shown" in item else None

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

    @classmethod
    def entry_in(cls, item: RawItem) -> domain.Entry:
        """Return the entry in an item. Without PynamoDB, which takes ten times as long, unless something is amiss."""
        try:
            fields: dict[str, Any] = {
                "account_id": item["account_id"]["S"],
                "seq": int(item["seq"]["N"]),
                "transaction_id": item["transaction_id"]["S"],
                "type": item["type"]["S"],
                "amount": int(item["amount"]["N"]),
                "currency": item["currency"]["S"],
                "balance_after": int(item["balance_after"]["N"]),
                "created_at": item["created_at"]["S"],
                "prev_hash": item["prev_hash"]["S"],
                "hash": item["hash"]["S"],
            }
            return domain.Entry.from_fields(fields)
        except (KeyError, ValueError, TypeError):
            return cls.from_raw_data(item).entry()

    @classmethod
    def raw_pages_of(cls, account_id: str) -> Iterator[list[RawItem]]:
        """Yield all entries of an account, oldest first, in DynamoDB's own notation, a large page at a time."""
        return walk_pages(cls, keys.account(account_id), at_once=ITEMS_AT_ONCE_MAX)

    @classmethod
    def raw_pages_since(cls, account_id: str, since: str) -> Iterator[list[RawItem]]:
        """Yield the entries of an account at a moment and later, as `raw_pages_of` does."""
        return walk_pages(cls, keys.account(account_id), within=cls.sk >= since, at_once=ITEMS_AT_ONCE_MAX)

    @classmethod
    def raw_by_keys(cls, keys: Iterable[Key]) -> list[RawItem]:
        """Return the entries that exist, in any order, in DynamoDB's own notation."""
        return batch_get_raw(cls.Meta.table_name, keys)

    @classmethod
    def by_keys(cls, keys: Iterable[Key]) -> list[Self]:
        """Return the entries that exist, newest first."""
        found = [cls.from_raw_data(item) for item in batch_get_raw(cls.Meta.table_name, keys)]
        return sorted(found, key=lambda entry: entry.sk, reverse=True)

    @classmethod
    def last_of(cls, account_id: str, at: str | None = None) -> Self | None:
        """Return the newest entry of an account, or the newest at a moment or before it; one read."""
        return cls._newest(account_id, cls.sk <= _end_of(at) if at else None)

    @classmethod
    def last_before(cls, account_id: str, moment: str) -> Self | None:
        """Return the newest entry of an account before a moment; one read."""
        return cls._newest(account_id, cls.sk < moment)

    @classmethod
    def first_since(cls, account_id: str, moment: str) -> Self | None:
        """Return the oldest entry of an account at a moment or later; one read."""
        within = cls.sk >= moment
        page = query_page(cls, keys.account(account_id), limit=1, between=within, consistent=True, oldest_first=True)
        return page.items[0] if page.items else None

    @classmethod
    def _newest(cls, account_id: str, within: Condition | None) -> Self | None:
        found = query_page(cls, keys.account(account_id), limit=1, between=within, consistent=True)
        return found.items[0] if found.items else None

    @classmethod
    def page_of(cls, account_id: str, since: str, until: str, paging: Paging, kind: str | None = None) -> Page[Self]:
        """Return a page of an account's entries between two moments, newest first; of one type, if `kind` is given."""
        return query_page(
            cls,
            keys.account(account_id),
            limit=paging.limit,
            cursor=paging.cursor,
            between=cls.sk.between(since, _end_of(until)),
            matching=cls.type == kind if kind else None,
            consistent=True,
        )

    @classmethod
    def pages_of(cls, account_id: str) -> Iterator[list[Self]]:
        """Yield all entries of an account, oldest first, a page at a time."""
        return cls._pages(account_id)

    @classmethod
    def pages_since(cls, account_id: str, since: str) -> Iterator[list[Self]]:
        """Yield the entries at a moment and later, oldest first."""
        return cls._pages(account_id, within=cls.sk >= since)

    @classmethod
    def pages_between(cls, account_id: str, since: str, until: str) -> Iterator[list[Self]]:
        """Yield the entries between two moments, both included, oldest first."""
        return cls._pages(account_id, within=cls.sk.between(since, _end_of(until)))

    @classmethod
    def pages_after(cls, account_id: str, moment: str | None, until: str) -> Iterator[list[Self]]:
        """Yield the entries after a moment, or from the first, up to another moment, oldest first."""
        return cls.pages_between(account_id, _end_of(moment) if moment else "0", until)

    @classmethod
    def pages_up_to(cls, last: domain.Entry, since: str, at_once: int) -> Iterator[list[Self]]:
        """Yield the entries of an account from a moment to a given entry, oldest first, so many at a call.

        Stops after `last` without asking DynamoDB whether there is more.
        """
        end = cls.key(last.account_id, last.created_at, last.seq)
        for page in cls._pages(last.account_id, within=cls.sk.between(since, end[1]), at_once=at_once):
            yield page
            if page and page[-1].own_key == end:
                return

    @classmethod
    def pages_newest_first(cls, account_id: str, after: "LedgerEntry | None" = None) -> Iterator[list[Self]]:
        """Yield the entries of an account, newest first, back to an entry, which is left out."""
        return cls._pages(account_id, within=cls.sk > after.sk if after else None, newest_first=True)

    @classmethod
    def _pages(cls, account_id: str, **how: Any) -> Iterator[list[Self]]:
        for page in walk_pages(cls, keys.account(account_id), **how):
            yield [cls.from_raw_data(item) for item in page]


def _end_of(moment: str) -> str:
    """Return a sort key after every entry of a moment: those have `#` and a number after it."""
    return f"{moment}#~"
