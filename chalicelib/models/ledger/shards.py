"""The shard of the general-ledger accounts that this worker posts to.

A worker keeps its shard, so that it meets nobody there, until it meets somebody; then it takes another at random. In
Lambda a worker is a process, which serves one request at a time; where threads are used, each is a worker.
"""

import random
import threading

from chalicelib import config
from chalicelib.domain.ledger.balance import is_general_ledger

VAULT = "vault"
_worker = threading.local()


def sharded(account_id: str) -> str:
    """Return the account to post to: for a general-ledger account this worker's shard, otherwise the account itself."""
    if not is_general_ledger(account_id) or _is_shard(account_id):
        return account_id
    if not hasattr(_worker, "shard"):
        move()
    return f"{account_id}.{_worker.shard:03d}"


def vault(account_id: str) -> str:
    """Return the shard of a branch's cash that is its vault.

    No worker draws it, so vaults never wait for tellers; and all that leaves a vault is written to this one account.
    """
    return f"{account_id}.{VAULT}"


def all_of(account_id: str) -> list[str]:
    """Return every shard that may have money of an account."""
    return [*(f"{account_id}.{shard:03d}" for shard in range(config.ledger_shards())), vault(account_id)]


def _is_shard(account_id: str) -> bool:
    last = account_id.rpartition(".")[2]
    return last == VAULT or last.isdigit()


def unsharded(account_id: str) -> str:
    """Return the general-ledger account that a shard belongs to."""
    return account_id.rpartition(".")[0] if is_general_ledger(account_id) else account_id


def move() -> None:
    """Take another shard, after a conflict."""
    shards = range(config.ledger_shards())
    others = [shard for shard in shards if shard != getattr(_worker, "shard", None)]
    _worker.shard = random.choice(others or shards)
