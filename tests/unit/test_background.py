"""Calls beside their caller: what they return and raise, and whose context they have."""

import threading
from contextvars import ContextVar

import pytest

from chalicelib import background

NAME: ContextVar[str] = ContextVar("name")


def test_call_goes_on_beside_its_caller() -> None:
    may_end = threading.Event()
    running = background.start(lambda: may_end.wait(60))
    assert not running.done()
    may_end.set()
    assert running.result() is True
    assert running.done()


def test_error_is_raised_where_the_result_is_asked_for() -> None:
    def fail() -> None:
        raise ValueError("wrong")

    running = background.start(fail)
    with pytest.raises(ValueError, match="wrong"):
        running.result()


def test_call_has_the_context_of_its_caller() -> None:
    NAME.set("the caller")
    assert background.start(NAME.get).result() == "the caller"
