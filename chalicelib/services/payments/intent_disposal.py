"""Deletes intents that are decided, beside the leader's other work, one call after the other."""

from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import background
from chalicelib.models.item import Key
from chalicelib.models.ledger import intent


class IntentDisposal:
    """The intents that one leader needs no longer. What is left of them is found by the next one, with its record."""

    def __init__(self) -> None:
        self._dropped = set[Key]()
        self._waiting: list[Key] = []
        self._deleting: list[Key] = []
        self._call: Future[None] | None = None

    def __contains__(self, key: Key) -> bool:
        """Return whether an intent was dropped: a query may still find it."""
        return key in self._dropped

    @property
    def left(self) -> int:
        """Return how many intents may still be stored."""
        return len(self._waiting) + len(self._deleting)

    def drop(self, keys: Iterable[Key]) -> None:
        """Delete intents, once those before are deleted."""
        new = [key for key in keys if key not in self._dropped]
        self._dropped.update(new)
        self._waiting += new
        if self._call is None or self._call.done():
            self._begin_next()

    def finish(self) -> None:
        """Wait until all are deleted, or cannot be."""
        while self._call:
            self._begin_next()

    def _begin_next(self) -> None:
        if self._call:
            with suppress(BotoCoreError, ClientError):
                self._call.result()
        keys, self._waiting = self._waiting, []
        self._deleting = keys
        self._call = background.start(partial(intent.delete, keys)) if keys else None
