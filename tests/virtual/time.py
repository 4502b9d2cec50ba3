"""A time that passes by waiting alone: threads run one at a time, and each wait hands over to whoever is due next.

The bank's own code runs in the threads, so nothing is a model but the times that are waited for.
"""

import heapq
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import Any
from unittest.mock import patch

from chalicelib import background

_real_sleep = time.sleep
_real_monotonic = time.monotonic


_process: ContextVar[int] = ContextVar("process")
"""Which of the tasks a thread works for."""


class _Running(Future[Any]):
    """A call in a thread beside another one, which waits for it in virtual time."""

    def __init__(self, time: "VirtualTime"):
        super().__init__()
        self._time = time

    def result(self, timeout: float | None = None) -> Any:
        if not self.done():
            self._time.wait_for(self)
        return super().result(timeout)


class VirtualTime:
    """Seconds since the run began. A call that is started beside a thread runs in this time, too."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, threading.Semaphore]] = []
        self._number = 0
        self._yielded = threading.Semaphore(0)
        self._own = threading.local()
        self._waiters: dict[Future[Any], threading.Semaphore] = {}

    @property
    def process(self) -> int:
        """Return the number of the task for which the present thread works."""
        return _process.get()

    @property
    def is_inside(self) -> bool:
        """Return whether the present thread runs in this time."""
        return hasattr(self._own, "turn")

    @property
    def is_beside(self) -> bool:
        """Return whether the present thread was started beside another one."""
        return hasattr(self._own, "is_beside")

    def wait(self, seconds: float) -> None:
        """Let this thread go on so many seconds later."""
        if not self.is_inside:
            return
        self._enter(seconds, self._own.turn)
        self._yielded.release()
        self._own.turn.acquire()

    def run(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Run all tasks, each in a thread, until all have ended. Raises the first error of any."""
        errors: list[BaseException] = []
        threads = [
            threading.Thread(target=self._work, args=(number, task, errors), daemon=True)
            for number, task in enumerate(tasks)
        ]
        for thread in threads:
            thread.start()
            self._yielded.acquire()  # so that they begin in their order
        while self._waiting:
            self.now, _, turn = heapq.heappop(self._waiting)
            turn.release()
            self._yielded.acquire()
        for error in errors:
            raise error

    def start(self, call: Callable[[], Any]) -> Future[Any]:
        """Begin a call in a thread of its own, if the present one runs in this time; otherwise make it at once."""
        running, context, turn = _Running(self), copy_context(), threading.Semaphore(0)
        if not self.is_inside:
            background.run_into(running, call)
            return running

        def work() -> None:
            self._own.turn, self._own.is_beside = turn, True
            turn.acquire()
            background.run_into(running, lambda: context.run(call))
            if running in self._waiters:
                self._enter(0, self._waiters.pop(running))
            self._yielded.release()

        self._enter(0, turn)
        threading.Thread(target=work, daemon=True).start()
        return running

    def wait_for(self, running: Future[Any]) -> None:
        """Let this thread go on when a call has ended."""
        self._waiters[running] = self._own.turn
        self._yielded.release()
        self._own.turn.acquire()

    def _work(self, number: int, task: Callable[[], None], errors: list[BaseException]) -> None:
        _process.set(number)
        self._own.turn = threading.Semaphore(0)
        try:
            self.wait(0)
            task()
        except BaseException as error:  # noqa: BLE001 — the test's own thread raises it
            errors.append(error)
        finally:
            self._yielded.release()

    def _enter(self, seconds: float, turn: threading.Semaphore) -> None:
        self._number += 1
        heapq.heappush(self._waiting, (self.now + max(0.0, seconds), self._number, turn))

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Put this time in the place of the real one, for the threads that run in it."""

        def sleep(seconds: float) -> None:
            self.wait(seconds) if self.is_inside else _real_sleep(seconds)

        def monotonic() -> float:
            return self.now if self.is_inside else _real_monotonic()

        beside = patch.object(background, "start", self.start)
        with patch.object(time, "sleep", sleep), patch.object(time, "monotonic", monotonic), beside:
            yield
