"""What happens in between: somebody else acts while a request is under way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from unittest import mock

import pytest

from chalicelib.models import connection, transact
from chalicelib.models.item import Action


class KilledError(BaseException):
    """The process ends here."""


@contextmanager
def killed_after_a_write() -> Iterator[None]:
    """Kill what runs in the block right after its first transaction is written; check that it got so far."""
    write = transact.write

    def die(actions: list[Action]) -> None:
        write(actions)
        raise KilledError

    with mock.patch.object(transact, "write", die), pytest.raises(KilledError):
        yield


@contextmanager
def just_before(operation: str, act: Callable[[], object], nth: int = 1) -> Iterator[None]:
    """Act once, right before the nth call of that operation of DynamoDB goes out."""
    events = connection.client().meta.events
    name = f"before-call.dynamodb.{operation}"
    calls = count(1)

    def once(**_: object) -> None:
        if next(calls) < nth:
            return
        events.unregister(name, once)
        act()

    events.register(name, once)
    try:
        yield
    finally:
        events.unregister(name, once)
