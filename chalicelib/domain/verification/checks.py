"""Checks of what was written: each link of a chain against the one before. The first broken link is named."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from chalicelib.domain.audit.record import Documents, Record, record_hash
from chalicelib.domain.audit.visible_fields import Image, visible
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.ledger.entry import Entry, EntryDetails
from chalicelib.domain.ledger.hash_chain import GENESIS, entry_hash
from chalicelib.domain.verification.fixed_fields import FixedFields

LAST_MOMENT = "9999-12-31T23:59:59.999999Z"


class Broken(Exception):
    """A failed check: where, what was expected, and what was found. Amounts are in minor units."""

    def __init__(self, where: str, expected: object, found: object):
        super().__init__(f"{where}: expected {expected}, found {found}")
        self.where, self.expected, self.found = where, expected, found

    def __reduce__(self) -> tuple[type["Broken"], tuple[str, object, object]]:
        """Return how it is built again, for it may be raised in another process."""
        return Broken, (self.where, self.expected, self.found)


def require(where: str, expected: object, found: object) -> None:
    """Raise Broken unless the two values are equal."""
    if expected != found:
        raise Broken(where, expected, found)


class Posted(Protocol):
    """A transaction as its entries must find it. `entries` as listed: account_id, seq, amount, balance_after."""

    id: Any
    transaction_type: Any
    status: Any
    amount: Any
    currency: Any
    entries: Any
    posted_at: Any
    legs: Any
    from_account_id: Any
    to_account_id: Any

    def due_details(self, account_id: str) -> EntryDetails | None:
        """Return what its entry of an account must have stored of it, or None."""


@dataclass
class EntryChain:
    """An account's entries, followed from the first: where the account stands after the last one that was followed.

    `until` is the latest moment (a timestamp in UTC) at which an entry that is followed now can have been made.
    """

    account_id: str
    currency: str
    seq: int = 0
    balance: int = 0
    hash: str = GENESIS
    at: str = ""
    until: str = LAST_MOMENT

    def follow(self, entry: Entry, transaction: Posted | None, *, is_linked: bool = False) -> None:
        """Take the next entry, with the transaction that it names. Raises Broken at the first field that is wrong.

        `is_linked`: entry and transaction are compared by their links (links.py), so the transaction is not needed.
        """
        if not self._is_next(entry):
            self._require_next(entry, transaction, is_linked=is_linked)
        elif not is_linked:
            _require_listed(f"{self.account_id} entry {entry.seq}", entry, transaction)
        self.seq, self.balance, self.hash, self.at = entry.seq, entry.balance_after, entry.hash, entry.created_at

    def _is_next(self, entry: Entry) -> bool:
        """Return whether an entry follows, as `_require_next` finds, without the words that name what is wrong."""
        return (
            entry.seq == self.seq + 1
            and entry.account_id == self.account_id
            and entry.currency == self.currency
            and entry.prev_hash == self.hash
            and self.at < entry.created_at <= self.until
            and entry.balance_after == self.balance + entry.amount
            and entry.hash == entry_hash(entry)
        )

    def _require_next(self, entry: Entry, transaction: Posted | None, *, is_linked: bool) -> None:
        where = f"{self.account_id} entry {self.seq + 1}"
        require(f"{where}: seq", self.seq + 1, entry.seq)
        require(f"{where}: account_id", self.account_id, entry.account_id)
        require(f"{where}: currency", self.currency, entry.currency)
        if not is_linked:
            _require_listed(where, entry, transaction)
        require(f"{where}: prev_hash", self.hash, entry.prev_hash)
        if entry.created_at <= self.at:
            raise Broken(f"{where}: created_at", f"later than {self.at}", entry.created_at)
        if entry.created_at > self.until:
            raise Broken(f"{where}: created_at", f"{self.until} or earlier: it has been made already", entry.created_at)
        require(f"{where}: balance_after", self.balance + entry.amount, entry.balance_after)
        require(f"{where}: hash", entry_hash(entry), entry.hash)

    def require_head(self, last_seq: int, balance: int, last_hash: str, last_entry_at: str) -> None:
        """Check that the account item agrees with its entries."""
        require(f"{self.account_id}: last_seq", self.seq, last_seq)
        require(f"{self.account_id}: balance", self.balance, balance)
        require(f"{self.account_id}: last_hash", self.hash, last_hash)
        require(f"{self.account_id}: last_entry_at", self.at, last_entry_at)


def _require_listed(where: str, entry: Entry, transaction: Posted | None) -> None:
    """Check that transaction and entry agree."""
    if transaction is None:
        raise Broken(f"{where}: transaction_id", "a transaction", f"{entry.transaction_id}, which does not exist")
    require(f"{where}: status of {transaction.id}", "posted", transaction.status)
    listed = [one for one in transaction.entries or [] if one["account_id"] == entry.account_id]
    if not listed:
        raise Broken(f"{where}: transaction_id", "a transaction that lists it", entry.transaction_id)
    require(f"{where}: seq in {transaction.id}", entry.seq, listed[0]["seq"])
    require(f"{where}: amount", listed[0]["amount"], entry.amount)
    require(f"{where}: balance_after", listed[0]["balance_after"], entry.balance_after)
    require(f"{where}: type", transaction.transaction_type, entry.type)
    require(f"{where}: created_at", transaction.posted_at, entry.created_at)


def require_transaction(transaction: Posted, entries: Mapping[tuple[str, int], Entry] | None) -> None:
    """Check that the entries of a transaction exist and sum to zero. Raises Broken.

    `entries` are the entries that were found, by account and seq; None if they are compared by their links (links.py).
    """
    where, listed = str(transaction.id), transaction.entries or []
    _require_parties(transaction)
    if transaction.status != "posted":
        require(f"{where}: entries of what is {transaction.status}", [], listed)
        return
    require(f"{where}: sum of its entries", 0, sum(one["amount"] for one in listed))
    require(f"{where}: amount", sum(one["amount"] for one in listed if one["amount"] > 0), transaction.amount)
    if entries is None:
        accounts = [one["account_id"] for one in listed]
        require(f"{where}: accounts that it lists", sorted(set(accounts)), sorted(accounts))
        return
    for one in listed:
        account_id, seq = one["account_id"], one["seq"]
        entry = entries.get((account_id, seq))
        if entry is None:
            raise Broken(f"{account_id} entry {seq}", f"the entry that {where} lists", "nothing")
        require(f"{account_id} entry {seq}: transaction_id", where, entry.transaction_id)
        require(f"{account_id} entry {seq}: amount", one["amount"], entry.amount)
        require(f"{account_id} entry {seq}: currency", transaction.currency, entry.currency)


def _require_parties(transaction: Posted) -> None:
    """Check that the movement of a transaction is between the parties that the transaction names."""
    for account_id, amount in transaction.legs or []:
        if not is_general_ledger(account_id):
            payer, party = amount < 0, transaction.from_account_id if amount < 0 else transaction.to_account_id
            require(f"{transaction.id}: {'from' if payer else 'to'}_account_id", account_id, party)


@dataclass
class AuditChain:
    """The audit records of one item, followed from the first: what they say of the item as it stands.

    `item` is its name in messages. `state` changes with each record.
    """

    item: str
    kind: str = ""
    version: int = 0
    hash: str = GENESIS
    removed: bool = False
    state: dict[str, Any] = field(default_factory=dict)
    fixed: FixedFields = field(default_factory=FixedFields)

    def follow(self, record: Record, documents: Documents | None = None) -> None:
        """Take the next record. Raises Broken at the first field that is wrong. `documents` are those of the record."""
        if not self._is_next(record, documents):
            self._require_next(record)
        changed = self.fixed.follow(record)
        if changed:
            where = f"audit of {self.item}, version {record.version}: {changed}"
            raise Broken(where, f"{record.before.get(changed, 'nothing')}, for good", record.after.get(changed))
        self.kind, self.version, self.hash = record.kind, record.version, record.hash
        self.removed = record.event.endswith(".removed")
        for name in record.before:
            self.state.pop(name, None)
        self.state |= record.after

    def _is_next(self, record: Record, documents: Documents | None) -> bool:
        """Return whether a record follows, as `_require_next` finds, without the words that name what is wrong."""
        return (
            record.version == self.version + 1
            and record.is_regular
            and record.prev_hash == self.hash
            and record.hash == record_hash(record, documents)
            and record.is_rightful
        )

    def _require_next(self, record: Record) -> None:
        where = f"audit of {self.item}, version {self.version + 1}"
        if not record.is_regular:
            fields = ", ".join(sorted(record.touched)) or "nothing"
            found = f"a change of {fields} at {record.at} that moved no version ({record.key[1]})"
            raise Broken(f"audit of {self.item}", "changes made by the bank", found)
        require(f"{where}: version", self.version + 1, record.version)
        require(f"{where}: prev_hash", self.hash, record.prev_hash)
        require(f"{where}: hash", record_hash(record), record.hash)
        if not record.is_rightful:
            raise Broken(where, "what the bank does, which removes nothing that has not expired", record.event)

    def require_item(self, image: Image | None, cut: str, now_seconds: int) -> None:
        """Check that an item is what its last record says.

        `image` was read after the records; None if there is no item.
        """
        where = f"{self.item}"
        if image is None:
            if not (self.removed or self._has_expired(now_seconds)):
                raise Broken(where, f"the item at version {self.version}, as audited", "nothing")
            return
        version = image.get("version")
        if type(version) is not int or version < self.version or self.removed:
            raise Broken(f"{where}: version", f"{self.version} or later, as audited", version)
        if version == self.version:
            stored = visible(self.kind, image)
            for name in sorted(self.state.keys() | stored.keys()) if stored != self.state else ():
                require(f"{where}: {name}", self.state.get(name), stored.get(name))
            if changed := self.fixed.find_in(image):
                raise Broken(f"{where}: {changed}", "what it was when it was made, or nothing", "something else")
        elif str(image.get("updated_at", "")) <= cut:
            raise Broken(f"audit of {where}, version {self.version + 1}", f"a record, up to {version}", "nothing")

    def _has_expired(self, now_seconds: int) -> bool:
        """Return whether DynamoDB may have removed the expired item.

        DynamoDB reports this in the stream; some emulators do not.
        """
        expires_at = self.state.get("expires_at")
        return type(expires_at) is int and expires_at <= now_seconds
