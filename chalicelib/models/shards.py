"""Which shard of the general-ledger accounts this process posts to.

A process keeps its shard, so that it meets nobody there, until it meets somebody; then it takes another at random.
"""

import random

from chalicelib import config
from chalicelib.domain.position import is_general_ledger

_current: int | None = None


def sharded(account_id: str) -> str:
    """The account to post to: a general-ledger account with this process's shard, any other as it is."""
    if not is_general_ledger(account_id):
        return account_id
    if _current is None:
        move()
    return f"{account_id}.{_current:03d}"


def unsharded(account_id: str) -> str:
    """The general-ledger account that a shard belongs to."""
    return account_id.rpartition(".")[0] if is_general_ledger(account_id) else account_id


def move() -> None:
    """Take another shard, after a conflict."""
    global _current
    _current = random.randrange(config.ledger_shards())
