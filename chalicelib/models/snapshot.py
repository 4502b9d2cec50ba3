"""What the ledger reads before it decides: a transaction's slot and the accounts, in one consistent BatchGet."""

import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from chalicelib import config
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.position import Position
from chalicelib.models import connection
from chalicelib.models.account import Account
from chalicelib.models.item import BankItem
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

    def account(self, account_id: str) -> Account:
        """Raises NotFound when there is none."""
        if account_id not in self.accounts:
            raise NotFound(f"There is no account {account_id}.")
        return self.accounts[account_id]

    def positions(self) -> dict[str, Position]:
        return {account_id: account.position() for account_id, account in self.accounts.items()}

    def transaction(self) -> Transaction | None:
        return self.slot if isinstance(self.slot, Transaction) else None


def read(transaction_id: str, account_ids: Iterable[str]) -> Snapshot:
    """One call, whatever is asked for (up to 99 accounts)."""
    wanted = set(account_ids)
    keys = [Slot.key(transaction_id), *map(Account.key, wanted)]
    snapshot = Snapshot()
    for item in batch_get(keys):
        if isinstance(item, Slot):
            snapshot.slot = item
        elif isinstance(item, Account):
            snapshot.accounts[item.id] = item
    snapshot.absent = wanted - set(snapshot.accounts)
    return snapshot


def batch_get(keys: Iterable[Key], *, consistent: bool = True) -> list[BankItem]:
    """Items of `bank` by key, in any order, those that exist; a call for each hundred keys."""
    wanted = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in dict.fromkeys(keys)]
    found: list[BankItem] = []
    for start in range(0, len(wanted), BATCH_MAX):
        found += _batch(wanted[start : start + BATCH_MAX], consistent)
    return found


def _batch(keys: list[dict[str, dict[str, str]]], consistent: bool) -> list[BankItem]:
    name = config.table_name("bank")
    found: list[BankItem] = []
    for attempt in range(ATTEMPTS_MAX):
        answer = connection.client().batch_get_item(RequestItems={name: {"Keys": keys, "ConsistentRead": consistent}})
        found += [BankItem.from_raw_data(item) for item in answer["Responses"].get(name, [])]
        keys = answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
        if not keys:
            return found
        time.sleep(random.uniform(0, 0.05 * 2**attempt))
    raise Unavailable("The bank is too busy to read what this needs. Nothing was done; try again.", retry_after_seconds=1)
