"""Spreads the verification of a bank over processes, one for each core."""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager

from chalicelib.models import connection
from chalicelib.models.everything import item_kinds  # noqa: F401 — a process must know every kind of item
from chalicelib.services.verification.verify_parts import Part, Shared, Spread, Task, Work, work_elsewhere

TASKS_AHEAD = 3
"""Tasks of each process that are under way or done and not merged, which bounds the memory."""


@contextmanager
def in_processes(workers: int | None = None) -> Iterator[Spread]:
    """Yield a way to do tasks in so many processes, by default one for each core."""
    count = workers or os.cpu_count() or 1
    # A forked process would share this one's connections.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=connection.use_batch_timeouts) as pool:

        def spread(shared: Shared, _: Work, tasks: Iterable[Task]) -> Iterator[Part]:
            under_way: deque[Future[Part]] = deque()
            for task in tasks:
                under_way.append(pool.submit(work_elsewhere, task, shared))
                if len(under_way) >= count * TASKS_AHEAD:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()

        try:
            yield spread
        finally:
            pool.shutdown(cancel_futures=True)
