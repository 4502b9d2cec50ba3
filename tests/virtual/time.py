"""A time that passes by waiting alone: threads run one at a time, and each wait hands over to whoever is due next.

The bank's own code runs in the threads, so nothing is a model but the times that are waited for.
"""

import heapq
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import patch

_real_sleep = time.sleep
_real_monotonic = time.monotonic


class VirtualTime:
    """Seconds since the run began."""

    def __init__(self) -> None:
        self.now = 0.0
        self._waiting: list[tuple[float, int, threading.Semaphore]] = []
        self._number = 0
        self._yielded = threading.Semaphore(0)
        self._own = threading.local()

    @property
    def is_inside(self) -> bool:
        """Return whether the present thread runs in this time."""
        return hasattr(self._own, "turn")

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
        threads = [threading.Thread(target=self._work, args=(task, errors), daemon=True) for task in tasks]
        for thread in threads:
            thread.start()
            self._yielded.acquire()  # so that they begin in their order
        while self._waiting:
            self.now, _, turn = heapq.heappop(self._waiting)
            turn.release()
            self._yielded.acquire()
        for error in errors:
            raise error

    def _work(self, task: Callable[[], None], errors: list[BaseException]) -> None:
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

        with patch.object(time, "sleep", sleep), patch.object(time, "monotonic", monotonic):
            yield
