"""The items that the ledger reads before it decides: the key's record and the accounts, in one consistent BatchGet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib import clock
from chalicelib.domain import errors
from chalicelib.domain.ledger.balance import Position
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import Wanted, batch_get, batch_get_of, merge
from chalicelib.models.identity.session import Session, require_running
from chalicelib.models.item import BankItem, Key, RawItem
from chalicelib.models.ledger.transaction import IdempotencyRecord


@dataclass(frozen=True)
class Snapshot:
    """Items as they stood together a moment ago; writes are conditioned on their versions.

    `absent` are accounts that were asked for and do not exist, `others` items of any other kind. `beside` are items of
    other tables, by table, that were read in the same call and on which no write is conditioned.
    """

    record: IdempotencyRecord | None = None
    accounts: Mapping[str, Account] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    others: Mapping[Key, BankItem] = field(default_factory=dict)
    beside: Mapping[str, list[RawItem]] = field(default_factory=dict)

    def account(self, account_id: str) -> Account:
        """Return an account that was read. Raises NotFound if it does not exist."""
        if account_id not in self.accounts:
            raise errors.unknown("account", account_id)
        return self.accounts[account_id]

    def require_sessions(self, keys: Iterable[Key]) -> None:
        """Raise Unauthorized unless these sessions were active when this was read."""
        for key in keys:
            require_running(self.others.get(key), clock.now())

    def positions(self) -> dict[str, Position]:
        return {account_id: account.position() for account_id, account in self.accounts.items()}

    def with_accounts(self, accounts: Mapping[str, Account]) -> "Snapshot":
        """Return the same with more accounts."""
        return replace(self, accounts={**self.accounts, **accounts})

    def with_later(self, positions: Mapping[str, Position]) -> "Snapshot":
        """Return the same with accounts as a write will leave them that was under way when this was read.

        An account that was read as that write, or a later one, has left it stays as it was read.
        """
        later = {
            name: self.accounts[name].with_position(position)
            for name, position in positions.items()
            if name in self.accounts and position.ledger_version > self.accounts[name].ledger_version
        }
        return self.with_accounts(later)


def read_missing(snapshot: Snapshot, names: Iterable[str], transaction_id: str) -> Snapshot:
    """Add accounts that were not read yet, and the record of the key, read together with them."""
    unread = set(names) - snapshot.accounts.keys() - snapshot.absent
    if not unread:
        return snapshot
    together = read(transaction_id, unread)
    absent = snapshot.absent | together.absent
    return replace(snapshot.with_accounts(together.accounts), record=together.record, absent=absent)


def session_keys(caller: Caller) -> list[Key]:
    """Return the key of the caller's session, which is read with the accounts; none for the bank itself."""
    return [Session.key(caller.user_id, caller.session_id)] if caller.session_id else []


def read_together(
    transaction_ids: Iterable[str],
    account_ids: Iterable[str],
    others: Iterable[Key] = (),
    beside: Sequence[Wanted] = (),
) -> tuple[dict[str, IdempotencyRecord], Snapshot]:
    """Read the records of several keys, by transaction, and the accounts and other items of all, a hundred per call."""
    wanted = set(account_ids)
    keys = [*map(IdempotencyRecord.key, transaction_ids), *map(Account.key, wanted), *others]
    items, besides = _read_beside(keys, merge(beside))
    records = {item.id: item for item in items if isinstance(item, IdempotencyRecord)}
    snapshot = _snapshot([item for item in items if not isinstance(item, IdempotencyRecord)], wanted)
    return records, replace(snapshot, beside=besides)


def read(
    transaction_id: str, account_ids: Iterable[str], others: Iterable[Key] = (), beside: Sequence[Wanted] = ()
) -> Snapshot:
    """Read up to 99 accounts and other items in one call, with what is wanted `beside` of other tables.

    If all of it cannot be read together, the others are read alone: whoever needs the rest reads it.
    """
    wanted = set(account_ids)
    keys = [IdempotencyRecord.key(transaction_id), *map(Account.key, wanted), *others]
    found, besides = _read_beside(keys, beside)
    return replace(_snapshot(found, wanted), beside=besides)


def _read_beside(keys: list[Key], beside: Sequence[Wanted]) -> tuple[list[BankItem], dict[str, list[RawItem]]]:
    if not beside:
        return batch_get(keys), {}
    try:
        found = batch_get_of([Wanted("bank", keys), *beside])
    except Exception:  # noqa: BLE001 — whatever it is, it may concern the other table alone
        return batch_get(keys), {}
    return [BankItem.from_raw_data(item) for item in found.pop("bank")], found


def _snapshot(items: list[BankItem], wanted: set[str]) -> Snapshot:
    accounts = {item.id: item for item in items if isinstance(item, Account)}
    return Snapshot(
        record=next((item for item in items if isinstance(item, IdempotencyRecord)), None),
        accounts=accounts,
        absent=frozenset(wanted - accounts.keys()),
        others={(item.pk, item.sk): item for item in items if not isinstance(item, (Account, IdempotencyRecord))},
    )
