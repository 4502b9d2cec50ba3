"""Runs one call in a thread of its own, for callers who have other work while it waits for the network."""

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from threading import Thread
from typing import TypeVar

ResultT = TypeVar("ResultT")


def start(call: Callable[[], ResultT]) -> Future[ResultT]:
    """Begin a call in the caller's context.

    The caller must ask for the result before it returns: Lambda freezes a function that has returned, threads too.
    """
    future, context = Future[ResultT](), copy_context()
    Thread(target=lambda: run_into(future, lambda: context.run(call)), daemon=True).start()
    return future


def run_into(future: Future[ResultT], call: Callable[[], ResultT]) -> None:
    """Store what a call returns or raises."""
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 — the one who asks for the result raises it
        future.set_exception(error)
