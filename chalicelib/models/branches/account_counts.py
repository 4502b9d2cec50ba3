"""Counts of a branch's accounts, written in the transaction that opens, moves or closes one.

There is an item for each day on which something changed, in each currency, spread over a few shards so that customers
who open accounts at one branch at the same moment seldom meet.
"""

from typing import Literal, get_args

from pynamodb.attributes import UnicodeAttribute

from chalicelib import config
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import day
from chalicelib.models.accounts.account import Account
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.branches.branch import Branch
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import walk_pages

SHARDS = 4
Change = Literal["opened", "closed", "moved_in", "moved_out"]
CHANGES: tuple[Change, ...] = get_args(Change)


class BranchAccounts(BankItem, discriminator="branch_accounts"):
    """Counts of a branch's accounts of one currency. `day` is one of the bank's days."""

    day = UnicodeAttribute()
    currency = UnicodeAttribute()
    opened = IntegerAttribute()
    closed = IntegerAttribute()
    moved_in = IntegerAttribute()
    moved_out = IntegerAttribute()

    @property
    def more(self) -> int:
        """Return how many more accounts the branch has by this day's changes; negative for fewer."""
        return int(self.opened + self.moved_in - self.closed - self.moved_out)


def count_change(account: Account, branch_id: str, change: Change, caller: Caller, at: str) -> Action:
    """Count a change of an account at a branch. Commit it with that change, whose condition lets it count once."""
    on, kind = day(at, config.timezone()).isoformat(), BranchAccounts
    shard = sum(account.id.encode()) % SHARDS
    pk, _ = Branch.key(branch_id)
    item = kind(pk, f"ACCOUNTS#{on}#{account.currency}#{shard}")
    actions = item.stamp_changes(
        [
            kind.type.set(kind),
            kind.day.set(on),
            kind.currency.set(account.currency),
            kind.created_at.set(kind.created_at | at),
            *(getattr(kind, name).add(1 if name == change else 0) for name in CHANGES),
        ],
        caller,
        at,
    )
    return {"Update": item.get_update_kwargs_from_instance(actions)}


def until(branch_id: str, day: str) -> list[BranchAccounts]:
    """Read every count up to and including a day, in one query (about a megabyte for a busy year)."""
    pk, _ = Branch.key(branch_id)
    pages = walk_pages(BranchAccounts, pk, within=BranchAccounts.sk.between("ACCOUNTS#", f"ACCOUNTS#{day}#~"))
    return [BranchAccounts.from_raw_data(item) for page in pages for item in page]
