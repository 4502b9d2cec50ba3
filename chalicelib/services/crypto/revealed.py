"""Notes whose personal fields a request decrypts, wherever that happens, so that no endpoint can forget it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_subject_ids: ContextVar[set[str] | None] = ContextVar("revealed_subject_ids", default=None)


@contextmanager
def collect() -> Iterator[set[str]]:
    """Yield a set to which everyone is added whose personal fields are decrypted while the block runs."""
    found: set[str] = set()
    token = _subject_ids.set(found)
    try:
        yield found
    finally:
        _subject_ids.reset(token)


def note(subject_ids: Iterable[str]) -> None:
    """Note whose personal fields are shown. Does nothing where nobody collects, as in commands."""
    found = _subject_ids.get()
    if found is not None:
        found.update(subject_ids)
