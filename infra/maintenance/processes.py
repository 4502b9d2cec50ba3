"""Spreads the verification of a bank over processes, one for each core."""

import multiprocessing
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager

from chalicelib.models import connection
from chalicelib.models.everything import item_kinds  # noqa: F401 — a process must know every kind of item
from chalicelib.services.verification.verify_parts import Part, Shared, Spread, Task, Work, work_elsewhere

TASKS_AHEAD = 3
"""Tasks of each process that are under way or wait for it, which bounds the memory."""


@contextmanager
def in_processes(workers: int | None = None) -> Iterator[Spread]:
    """Yield a way to do tasks in so many processes, by default one for each core."""
    count = workers or os.cpu_count() or 1
    # A forked process would share this one's connections.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=connection.use_batch_timeouts) as pool:

        def spread(shared: Shared, _: Work, tasks: Iterable[Task]) -> Iterator[Part]:
            under_way: set[Future[Part]] = set()
            for task in tasks:
                under_way.add(pool.submit(work_elsewhere, task, shared))
                if len(under_way) >= count * TASKS_AHEAD:
                    done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    yield from (one.result() for one in done)
            while under_way:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from (one.result() for one in done)

        try:
            yield spread
        finally:
            pool.shutdown(cancel_futures=True)
