"""Tries a request without doing it: everything is read and decided, up to the first call that would change anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

READS = ("BatchGet", "Decrypt", "Describe", "GenerateDataKey", "Get", "Head", "List", "Query")
"""How the operations of AWS begin that change nothing. Any other ends a trial."""

_is_on: ContextVar[bool] = ContextVar("trial", default=False)


class WouldChange(Exception):
    """The request that is tried has come to its first change. Nothing was written."""


@contextmanager
def trial() -> Iterator[None]:
    """Let no call of AWS in this block change anything: the first one raises WouldChange."""
    token = _is_on.set(True)
    try:
        yield
    finally:
        _is_on.reset(token)


def is_on() -> bool:
    """Return whether the request is only tried."""
    return _is_on.get()


def stop_changes(model: Any, **_: object) -> None:
    """Raise WouldChange in a trial: botocore's clients call this before each call that is no read."""
    if _is_on.get() and not is_read(model.name):
        raise WouldChange(model.name)


def is_read(operation: str) -> bool:
    """Return whether an operation of AWS changes nothing."""
    return operation.startswith(READS)
