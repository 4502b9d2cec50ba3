"""What the ledger reads before it decides: a transaction's slot and the accounts, in one consistent BatchGet."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from chalicelib.domain import errors
from chalicelib.domain.ledger.balance import Position
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import batch_get
from chalicelib.models.item import BankItem, Key
from chalicelib.models.ledger.transaction import IdempotencyRecord, Transaction


@dataclass
class Snapshot:
    """Items as they stood together a moment ago; writes are conditioned on their versions."""

    record: IdempotencyRecord | None = None
    accounts: dict[str, Account] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    others: dict[Key, BankItem] = field(default_factory=dict)

    def account(self, account_id: str) -> Account:
        """Raises NotFound when there is none."""
        if account_id not in self.accounts:
            raise errors.unknown("account", account_id)
        return self.accounts[account_id]

    def positions(self) -> dict[str, Position]:
        return {account_id: account.position() for account_id, account in self.accounts.items()}

    def transaction(self) -> Transaction | None:
        return self.record if isinstance(self.record, Transaction) else None


def read(transaction_id: str, account_ids: Iterable[str], others: Iterable[Key] = ()) -> Snapshot:
    """One call, whatever is asked for (up to 99 accounts and other items)."""
    wanted = set(account_ids)
    keys = [IdempotencyRecord.key(transaction_id), *map(Account.key, wanted), *others]
    snapshot = Snapshot()
    for item in batch_get(keys):
        if isinstance(item, IdempotencyRecord):
            snapshot.record = item
        elif isinstance(item, Account):
            snapshot.accounts[item.id] = item
        else:
            snapshot.others[(item.pk, item.sk)] = item
    snapshot.absent = wanted - set(snapshot.accounts)
    return snapshot
