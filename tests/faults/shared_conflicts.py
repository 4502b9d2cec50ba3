"""Conflicts between transactions of several processes on this machine, by locks on one file.

A lock is a process's own, so two threads of one process meet in memory. It ends with the process that holds it.
"""

import fcntl
import hashlib
import os
from collections.abc import Collection
from pathlib import Path

from tests.faults.conflicts import Conflicts, ItemKey

LOCKED_SORT_KEY = "ACCOUNT"
"""Of the items that transactions of different processes have in common: accounts."""


class SharedConflicts(Conflicts):
    """The accounts in flight, whichever process has sent them, and all other items in flight of this process."""

    def __init__(self, service_seconds: float, file: Path):
        super().__init__(service_seconds)
        self._file = os.open(file, os.O_RDWR)

    def claim(self, keys: Collection[ItemKey]) -> set[ItemKey]:
        contended = super().claim(keys)
        if contended:
            return contended
        locked = list[ItemKey]()
        for key in _accounts(keys):
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _place(key))
            except OSError:
                self._unlock(locked)
                super().free(keys)
                return {key}
            locked.append(key)
        return set()

    def free(self, keys: Collection[ItemKey]) -> None:
        self._unlock(_accounts(keys))
        super().free(keys)

    def _unlock(self, keys: Collection[ItemKey]) -> None:
        for key in keys:
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _place(key))


def _accounts(keys: Collection[ItemKey]) -> list[ItemKey]:
    return [key for key in keys if key[2] == LOCKED_SORT_KEY]


def _place(key: ItemKey) -> int:
    """Return the byte of the file that stands for an item."""
    return int.from_bytes(hashlib.blake2b(repr(key).encode(), digest_size=7).digest(), "big")
