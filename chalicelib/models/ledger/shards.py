"""The shard of the general-ledger accounts that this worker posts to.

A worker keeps its shard, so that it meets nobody there, until it meets somebody; then it takes another at random. It
also leaves a shard whose last entry is ahead of its clock (`movements.py`). In Lambda a worker is a process, which
serves one request at a time; where threads are used, each is a worker.
"""

import random
import threading

from chalicelib import config
from chalicelib.domain.ledger.balance import is_general_ledger

VAULT = "vault"
_worker = threading.local()


def own_shard(account_id: str) -> str:
    """Return the account to post to: for a general-ledger account this worker's shard, otherwise the account itself."""
    if not is_spread(account_id):
        return account_id
    if not hasattr(_worker, "shard"):
        move()
    return shard(account_id, _worker.shard)


def is_spread(account_id: str) -> bool:
    """Return whether an id names a general-ledger account without its shard, so that the worker chooses one."""
    return is_general_ledger(account_id) and not _is_shard(account_id)


def shard(account_id: str, number: int) -> str:
    """Return a numbered shard of a general-ledger account."""
    return f"{account_id}.{number:03d}"


def vault(account_id: str) -> str:
    """Return the shard of a branch's cash that is its vault.

    No worker draws it for itself, so vaults wait for tellers only when these have too little cash.
    """
    return f"{account_id}.{VAULT}"


def all_of(account_id: str) -> list[str]:
    """Return every shard that may have money of an account."""
    return [*(shard(account_id, number) for number in numbers()), vault(account_id)]


def numbers() -> range:
    """Return the numbers of the shards that workers choose from."""
    return range(config.ledger_shards())


def is_vault(account_id: str) -> bool:
    return account_id.endswith(f".{VAULT}")


def _is_shard(account_id: str) -> bool:
    last = account_id.rpartition(".")[2]
    return last == VAULT or last.isdigit()


def without_shard(account_id: str) -> str:
    """Return the general-ledger account that a shard belongs to."""
    return account_id.rpartition(".")[0] if is_general_ledger(account_id) else account_id


def move() -> None:
    """Take another shard, after a conflict."""
    others = [number for number in numbers() if number != getattr(_worker, "shard", None)]
    take(random.choice(others or numbers()))


def take(number: int) -> None:
    """Use a shard from now on."""
    _worker.shard = number


def keep(account_id: str) -> None:
    """Use the shard that an account is from now on, unless it is a vault."""
    if not is_vault(account_id):
        take(int(account_id.rpartition(".")[2]))
