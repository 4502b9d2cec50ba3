"""The items that the ledger reads before it decides: the key's record and the accounts, in one consistent BatchGet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from chalicelib import clock
from chalicelib.domain import errors
from chalicelib.domain.ledger.balance import Position
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import batch_get
from chalicelib.models.identity.session import Session, require_running
from chalicelib.models.item import BankItem, Key
from chalicelib.models.ledger.transaction import IdempotencyRecord


@dataclass(frozen=True)
class Snapshot:
    """Items as they stood together a moment ago; writes are conditioned on their versions.

    `absent` are accounts that were asked for and do not exist, `others` items of any other kind.
    """

    record: IdempotencyRecord | None = None
    accounts: Mapping[str, Account] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    others: Mapping[Key, BankItem] = field(default_factory=dict)

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


def read(transaction_id: str, account_ids: Iterable[str], others: Iterable[Key] = ()) -> Snapshot:
    """Read up to 99 accounts and other items in one call."""
    wanted = set(account_ids)
    items = batch_get([IdempotencyRecord.key(transaction_id), *map(Account.key, wanted), *others])
    accounts = {item.id: item for item in items if isinstance(item, Account)}
    return Snapshot(
        record=next((item for item in items if isinstance(item, IdempotencyRecord)), None),
        accounts=accounts,
        absent=frozenset(wanted - accounts.keys()),
        others={(item.pk, item.sk): item for item in items if not isinstance(item, (Account, IdempotencyRecord))},
    )
