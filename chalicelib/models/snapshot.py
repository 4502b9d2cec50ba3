"""What the ledger reads before it decides: a transaction's slot and the accounts, in one consistent BatchGet."""

import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from chalicelib import aws, config
from chalicelib.domain import errors
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.position import Position
from chalicelib.models import connection
from chalicelib.models.account import Account
from chalicelib.models.entry import LedgerEntry
from chalicelib.models.item import BankItem, RawItem
from chalicelib.models.transaction import Slot, Transaction

Key = tuple[str, str]
BATCH_MAX = 100
ATTEMPTS_MAX = 5


@dataclass
class Snapshot:
    """Items as they stood together a moment ago; writes are conditioned on their versions."""

    slot: Slot | None = None
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
        return self.slot if isinstance(self.slot, Transaction) else None


def read(transaction_id: str, account_ids: Iterable[str], others: Iterable[Key] = ()) -> Snapshot:
    """One call, whatever is asked for (up to 99 accounts and other items)."""
    wanted = set(account_ids)
    keys = [Slot.key(transaction_id), *map(Account.key, wanted), *others]
    snapshot = Snapshot()
    for item in batch_get(keys):
        if isinstance(item, Slot):
            snapshot.slot = item
        elif isinstance(item, Account):
            snapshot.accounts[item.id] = item
        else:
            snapshot.others[(item.pk, item.sk)] = item
    snapshot.absent = wanted - set(snapshot.accounts)
    return snapshot


def batch_get(keys: Iterable[Key], *, consistent: bool = True) -> list[BankItem]:
    """Items of `bank` by key, in any order, those that exist; a call for each hundred keys."""
    return [BankItem.from_raw_data(item) for item in batch_get_raw("bank", keys, consistent=consistent)]


def batch_get_entries(keys: Iterable[Key]) -> list[LedgerEntry]:
    """Entries by key, newest first."""
    found = [LedgerEntry.from_raw_data(item) for item in batch_get_raw("ledger", keys)]
    return sorted(found, key=lambda entry: entry.sk, reverse=True)


def batch_get_raw(table: str, keys: Iterable[Key], *, consistent: bool = True) -> list[RawItem]:
    """Items of any table by key, as DynamoDB has them."""
    wanted = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in dict.fromkeys(keys)]
    found: list[RawItem] = []
    for start in range(0, len(wanted), BATCH_MAX):
        found += _batch(config.table_name(table), wanted[start : start + BATCH_MAX], consistent)
    return found


def _batch(name: str, keys: list[RawItem], consistent: bool) -> list[RawItem]:
    found: list[RawItem] = []
    for attempt in range(ATTEMPTS_MAX):
        with aws.reading():
            answer = connection.client().batch_get_item(
                RequestItems={name: {"Keys": keys, "ConsistentRead": consistent}}
            )
        found += answer["Responses"].get(name, [])
        keys = answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
        if not keys:
            return found
        time.sleep(random.uniform(0, 0.05 * 2**attempt))
    raise Unavailable(
        "The bank is too busy to read what this needs. Nothing was done; try again.", retry_after_seconds=1
    )
