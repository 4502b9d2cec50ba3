"""What happens in between: somebody else acts while a request is under way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from chalicelib.models import connection


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
