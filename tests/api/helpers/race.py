"""What happens in between: somebody else acts while a request is under way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chalicelib.models import connection


@contextmanager
def just_before(operation: str, act: Callable[[], object]) -> Iterator[None]:
    """Act once, right before the next call of that operation of DynamoDB goes out."""
    events = connection.client().meta.events
    name = f"before-call.dynamodb.{operation}"

    def once(**_: object) -> None:
        events.unregister(name, once)
        act()

    events.register(name, once)
    try:
        yield
    finally:
        events.unregister(name, once)
