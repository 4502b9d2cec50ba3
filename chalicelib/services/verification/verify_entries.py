"""Verifies an account: its entries, the account item, its holds, and the guard of its number."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib import clock
from chalicelib.domain import errors
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.ledger.entry import Entry, EntryDetails
from chalicelib.domain.time import timestamp
from chalicelib.domain.verification.checks import Broken, EntryChain, require
from chalicelib.domain.verification.links import Links
from chalicelib.models.accounts.account import Account
from chalicelib.models.item import RawItem, key_of
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.hold import Hold
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.transaction_facts import TransactionFacts, read_facts
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.verification.verify_digests import AccountSeals, Seals
from chalicelib.services.verification.verify_rollups import AccountRollups, Rollups

STILL_ATTEMPTS_MAX = 20
CLOCKS_DIFFER_MAX = timedelta(minutes=1)
"""How far the clock of who posted may be ahead of the clock of who verifies."""


@dataclass(frozen=True)
class Proof:
    """The verified facts of an account. `balance` in minor units as of the cut; `since` is when it was opened.

    `links` is the sum of its entries' links. `transaction_ids` are those that were read.
    """

    currency: str
    since: str
    balance: int
    entries: int
    transaction_ids: tuple[str, ...]
    links: int = 0


@dataclass(frozen=True)
class Look:
    """How entries are compared with transactions: by `links`, and one by one where there are none or if `is_close`."""

    links: Links | None = None
    is_close: bool = False

    def is_linked(self, at: object) -> bool:
        """Return whether links suffice for what was posted at a moment."""
        return self.links is not None and not self.is_close and self.links.cover(at)

    def closer(self) -> "Look":
        return Look(self.links, is_close=True)


CLOSE = Look(is_close=True)


def prove(
    account_id: str,
    cut: str,
    tell: Callable[[str], None],
    seals: Seals | None = None,
    rollups: Rollups | None = None,
    look: Look = CLOSE,
) -> Proof:
    """Follow the chain and compare it with the account as it stood before; what came since must be accounted for after.
    With `seals` and `rollups`, compare it with what was sealed and what was counted as well.

    Raises Broken at the first link that does not hold, NotFound when there is no such account.
    """
    account = stored_account(account_id)
    sealed = seals.of_account(account_id, tell) if seals else AccountSeals(account_id)
    counted = AccountRollups(rollups, account_id) if rollups else None
    walk = _Walk(account, cut, look, sealed, counted, EntryChain(account_id, account.currency))
    _require_head(walk.chain, account)
    for page in LedgerEntry.raw_pages_of(account_id):
        walk.follow(page)
        tell(f"{account_id}: {walk.chain.seq} entries")
    _require_end(walk.chain, account)
    _require_held(account)
    _require_number(account)
    sealed.require_end()
    categories = counted.require_end() if counted else {}
    if seals:
        seals.add(sealed)
    if rollups:
        rollups.add(categories)
    return walk.proof()


@dataclass
class _Walk:
    """One account's entries as far as they were followed, and what they are compared with."""

    account: Account
    cut: str
    look: Look
    sealed: AccountSeals
    counted: AccountRollups | None
    chain: EntryChain
    balance: int = 0
    links: int = 0
    names: dict[str, None] = field(default_factory=dict)

    def follow(self, page: Sequence[RawItem]) -> None:
        """Follow the next entries. Raises Broken."""
        entries, self.chain.until = list(map(entry_of, page)), timestamp(clock.now() + CLOCKS_DIFFER_MAX)
        found = _transactions(entry.transaction_id for entry in entries if not self.look.is_linked(entry.created_at))
        details = list(map(LedgerEntry.details_in, page))
        for entry, stored in zip(entries, details, strict=True):
            self._follow_entry(entry, stored, found.get(entry.transaction_id))
        self.names |= dict.fromkeys(found)
        self.links += self.look.links.of_entries(entries, details) if self.look.links else 0

    def _follow_entry(self, entry: Entry, stored: EntryDetails | None, transaction: TransactionFacts | None) -> None:
        is_linked = self.look.is_linked(entry.created_at)
        self.chain.follow(entry, transaction, is_linked=is_linked)
        _require_shown(entry, stored, None if is_linked else transaction)
        self.sealed.follow(entry)
        if self.counted:
            self.counted.follow(entry)
        _require_head(self.chain, self.account)
        if entry.created_at <= self.cut:
            self.balance = entry.balance_after

    def proof(self) -> Proof:
        account, names = self.account, tuple(self.names)
        return Proof(account.currency, str(account.created_at), self.balance, self.chain.seq, names, self.links)


def _require_shown(entry: Entry, stored: EntryDetails | None, transaction: TransactionFacts | None) -> None:
    """Check what lists show of a transaction, if it is given, with its entry. Raises Broken."""
    if transaction:
        where = f"{entry.account_id} entry {entry.seq}: what it shows of {transaction.id}"
        require(where, transaction.due_details(entry.account_id), stored)


def stored_account(account_id: str) -> Account:
    account = Account.by_id(account_id)
    if account is None:
        raise errors.unknown("account", account_id)
    return account


def entry_of(item: RawItem) -> Entry:
    """Return the entry in an item. Raises Broken when it is not stored under the key that it should have."""
    entry, key = LedgerEntry.entry_in(item), key_of(item)
    own_key = LedgerEntry.key(entry.account_id, entry.created_at, entry.seq)
    if own_key != key:
        raise Broken(f"{' '.join(key)}: key", own_key, key)
    return entry


def _transactions(names: Iterable[str]) -> dict[str, TransactionFacts]:
    found = {one.id: one for one in read_facts(map(Transaction.key, names))}
    for transaction in found.values():
        require_listed(transaction)
    return found


def require_listed(transaction: TransactionFacts) -> None:
    """Check that a transaction is on the lists of its day and of its initiator. Raises Broken.

    Otherwise no list would show it, and no digest would look for its entries.
    """
    places, due = transaction.places, transaction.due_places
    if places != due:
        for name in due:
            require(f"{transaction.id}: {name}", due[name], places[name])


def _require_end(chain: EntryChain, account: Account) -> None:
    """Check that the entries end where the account says, which may have moved since it was read."""
    if chain.seq < account.last_seq:
        raise Broken(f"{account.id} entry {chain.seq + 1}", f"an entry, up to seq {account.last_seq}", "nothing")
    if chain.seq > account.last_seq and chain.seq > (last_seq := stored_account(account.id).last_seq):
        raise Broken(f"{account.id} entry {last_seq + 1}", "nothing: the account ends before", f"seq {chain.seq}")


def _require_head(chain: EntryChain, account: Account) -> None:
    if chain.seq == account.last_seq:
        chain.require_head(account.last_seq, account.balance, account.last_hash, account.last_entry_at or "")


def _require_held(account: Account) -> None:
    """Check `held` against the holds. These are two reads, so the account must not have moved in between."""
    if is_general_ledger(account.id):
        return require(f"{account.id}: held", 0, account.held)
    for attempt in range(STILL_ATTEMPTS_MAX):
        before = stored_account(account.id) if attempt else account
        holds = Hold.active_of_account(account.id)
        found = _transactions(hold.transaction_id for hold in holds) if holds else {}
        if stored_account(account.id).ledger_version == before.ledger_version:
            for hold in holds:
                pending = found.get(hold.transaction_id)
                status = pending.status if pending else "nothing"
                require(f"{account.id} hold {hold.transaction_id}: its transaction", "pending", status)
            return require(f"{account.id}: held", sum(hold.amount for hold in holds), before.held)
    raise Unavailable(
        f"The account {account.id} changes too often to be verified now. Retry later.", retry_after_seconds=5
    )


def _require_number(account: Account) -> None:
    """Check that the guard of the account's number names the account: transfers to a number follow the guard."""
    if account.account_number:
        guard = UniqueKey.find(*UniqueKey.number_key(account.account_number))
        require(f"{account.id}: owner of its account number", account.id, guard.owner_id if guard else "nobody")
