"""Rollups made afresh from the ledger while the bank goes on.

Another generation begins, and from then on the stream's consumer counts into both. Every transaction that the lists
know is told to the new one as if the stream told it again: whoever of the two comes first counts it, and the other
finds the mark. Then the new generation is the one that is read. One that was given up half-way is superseded by the
next; what nobody reads any more is removed by the run after, when no request can still be reading it.
"""

import sys
import time
from collections.abc import Iterator

from chalicelib import clock
from chalicelib.domain import rollup
from chalicelib.domain.time import timestamp, utc_days
from chalicelib.models import rollup as model
from chalicelib.models import walk
from chalicelib.models.account import Account
from chalicelib.models.branch import ALL_BRANCHES
from chalicelib.models.item import BankItem
from chalicelib.models.rollup import Generations
from chalicelib.models.snapshot import Key, batch_get
from chalicelib.models.transaction import Transaction
from chalicelib.services import rollups
from chalicelib.services.progress import Progress, at_the_terminal

INDEX_SECONDS_MAX = 2.0
"""How late the list of a day's transactions may be: what was counted into the old generation alone must be on it."""
LOT = 100


def ensure() -> None:
    """Make the rollups of a bank that has none: a new one, or one from before there were any."""
    if Generations.standing() is None:
        rebuild(lambda _: None)


def rebuild(tell: Progress) -> int:
    """Count everything into a new generation, and read that from then on; how many transactions were told to it."""
    standing = Generations.standing() or Generations.first()
    account_ids = list(walk.account_ids())
    for generation in standing.left_over:
        tell(f"removing what is left of generation {generation}")
        _remove(generation, account_ids)
    oldest = standing.current
    building = standing.begin()
    told = 0
    if account_ids:
        time.sleep(INDEX_SECONDS_MAX)
    for day in _days(account_ids):
        for keys in _lots(day):  # one after the other: those of a day add to the same sums
            told += _count(building, keys)
            tell(f"{day}: {told} transactions counted")
    standing.switch(oldest=oldest)
    return told


def _count(generation: int, keys: list[Key]) -> int:
    found = [one for one in batch_get(keys) if isinstance(one, Transaction) and one.status == "posted"]
    rollups.count_afresh(generation, found)
    return len(found)


def _lots(day: str) -> Iterator[list[Key]]:
    for keys in walk.transaction_keys(day):
        for start in range(0, len(keys), LOT):
            yield keys[start : start + LOT]


def _days(account_ids: list[str]) -> list[str]:
    """UTC days since the first account came into being: nothing was posted before."""
    accounts = [item for item in batch_get(map(Account.key, account_ids)) if isinstance(item, Account)]
    first = min((str(account.created_at) for account in accounts), default=None)
    return utc_days(first, timestamp(clock.now())) if first else []


def _remove(generation: int, account_ids: list[str]) -> None:
    categories = set()
    for account_id in account_ids:
        sums = model.rolled(generation, rollup.account(account_id))
        categories |= {one.key.partition("#")[2] for one in sums} - {""}
        model.remove(generation, rollup.account(account_id))
    branches = [item["pk"]["S"] for page in walk.pages(BankItem, ALL_BRANCHES, index="gsi1") for item in page]
    for subject in (rollup.BANK, rollup.BOOKS, *branches, *map(rollup.category, categories)):
        model.remove(generation, subject)


def main() -> int:
    """The command."""
    told = rebuild(at_the_terminal())
    print(f"The rollups are made afresh from {told} transactions.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
