"""An entry of one account: the amount that moved, and the balance after it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Entry:
    """Amounts in minor units, signed: positive is to the customer's credit. `created_at` is a timestamp in UTC."""

    account_id: str
    seq: int
    transaction_id: str
    type: str
    amount: int
    currency: str
    balance_after: int
    created_at: str
    prev_hash: str
    hash: str

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> Self:
        """Return the entry with these fields, all of them. Sets them at once: a call for each takes five times as
        long."""
        entry = object.__new__(cls)
        vars(entry).update(fields)
        return entry


@dataclass(frozen=True)
class EntryDetails:
    """The fields of an entry's transaction that lists show with it: the customer's account on the other side, if there
    is one, and the memo as the payer gave it. They never change, and the hash does not cover them."""

    counterparty_id: str | None
    memo: str | None

    @classmethod
    def of(cls, account_id: str, sides: Iterable[str | None], memo: str | None) -> Self:
        """Return the details of the entry of an account; `sides` are the customers' accounts of its transaction."""
        return cls(next((side for side in sides if side and side != account_id), None), memo)
