"""Transactions as verification reads them: without PynamoDB, which takes ten times as long."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from chalicelib.domain.ledger.entry import EntryDetails
from chalicelib.models.batch import batch_get_raw
from chalicelib.models.item import BankItem, Key, RawItem, key_of
from chalicelib.models.ledger.transaction import Transaction, places_of

_TEXTS = (
    "status", "posted_at", "from_account_id", "to_account_id", "from_customer_id", "to_customer_id", "branch_id",
    "memo", "uetr",
)  # fmt: skip
_PLACES = ("gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk")
_BY_INITIATOR = frozenset(_PLACES[2:])
_FIELDS = ("id", "version", "transaction_type", "amount", "currency", "entries", "legs", *_TEXTS)


@dataclass(slots=True)
class TransactionFacts:
    """A transaction as it was read. `raw` is the whole item, in DynamoDB's own notation."""

    id: str
    version: int
    transaction_type: str
    amount: int
    currency: str
    status: str | None
    posted_at: str | None
    from_account_id: str | None
    to_account_id: str | None
    from_customer_id: str | None
    to_customer_id: str | None
    branch_id: str | None
    memo: str | None
    is_shown: bool
    uetr: str | None
    entries: list[dict[str, Any]] | None
    legs: list[tuple[str, int]] | None
    raw: RawItem

    @property
    def own_key(self) -> Key:
        return key_of(self.raw)

    def due_details(self, account_id: str) -> EntryDetails | None:
        """Return what its entry of an account must have stored of it, None if it was posted before entries did."""
        sides = (self.from_account_id, self.to_account_id)
        return EntryDetails.of(account_id, sides, self.memo) if self.is_shown else None

    @property
    def places(self) -> dict[str, str | None]:
        """Return the index attributes that it has."""
        return {name: self._text(name) for name in _PLACES}

    @property
    def due_places(self) -> dict[str, str | None]:
        """Return the index attributes that it must have. What was posted may be off its initiator's list, whole: its
        accounts have it."""
        listed_at = self.posted_at or self._text("created_at") or ""
        due: dict[str, str | None] = {**places_of(self.id, listed_at, self._text("initiated_by") or "")}
        if self.status == "posted" and "holder_id" not in self.raw and not _BY_INITIATOR & self.raw.keys():
            due |= dict.fromkeys(_BY_INITIATOR)
        return due

    @property
    def created_at(self) -> str:
        return self._text("created_at") or ""

    @property
    def updated_at(self) -> str:
        return self._text("updated_at") or ""

    @property
    def initiated_by(self) -> str:
        return self._text("initiated_by") or ""

    @property
    def holder_id(self) -> str | None:
        """Return the joint holder who pays, for whom it counts, too."""
        return self._text("holder_id")

    @property
    def reverses(self) -> str | None:
        return self._text("reverses")

    @property
    def reversed_by(self) -> str | None:
        return self._text("reversed_by")

    @property
    def has_waited(self) -> bool:
        """Return whether it was held back for another person's approval."""
        return "approval_required" in self.raw

    @property
    def is_ordered(self) -> bool:
        """Return whether an order has made it."""
        return "order_id" in self.raw

    @property
    def is_own(self) -> bool:
        """Return whether it moves money between accounts of one customer."""
        return bool(self.from_customer_id) and self.from_customer_id == self.to_customer_id

    @property
    def holds(self) -> list[tuple[str, int, str]]:
        """Return the accounts, amounts and counted days of what was set aside for it."""
        return [(account_id, amount, on) for account_id, amount, on in _parse_list(self.raw, "holds") or []]

    def _text(self, name: str) -> str | None:
        return self.raw[name].get("S") if name in self.raw else None

    @classmethod
    def in_item(cls, item: RawItem) -> Self:
        """Return the facts in an item; with PynamoDB if something is amiss."""
        try:
            return cls(
                id=item["id"]["S"],
                version=int(item["version"]["N"]),
                transaction_type=item["transaction_type"]["S"],
                amount=int(item["amount"]["N"]),
                currency=item["currency"]["S"],
                is_shown="is_shown" in item,
                entries=_parse_list(item, "entries"),
                legs=_parse_list(item, "legs"),
                raw=item,
                **{name: item[name]["S"] if name in item else None for name in _TEXTS},
            )
        except (KeyError, ValueError, TypeError):
            stored = Transaction.from_raw_data(item)
            return cls(raw=item, is_shown=bool(stored.is_shown), **{name: getattr(stored, name) for name in _FIELDS})


def read_facts(keys: Iterable[Key]) -> list[TransactionFacts]:
    """Read the transactions that exist, in any order, a hundred per call."""
    found = batch_get_raw(BankItem.Meta.table_name, keys)
    return [TransactionFacts.in_item(item) for item in found if item.get("type") == {"S": "transaction"}]


def _parse_list(item: RawItem, name: str) -> Any:
    return json.loads(item[name]["S"]) if name in item else None
