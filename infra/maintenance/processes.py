"""Spreads the verification of a bank over processes, one more than there are cores."""

import gc
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
OBJECTS_AT_ONCE = 100_000
"""New objects after which Python looks for garbage."""


def prepare() -> None:
    """Set this process up to read a bank: long timeouts, and a seldom look for garbage, of which pages make none."""
    connection.use_batch_timeouts()
    gc.freeze()
    gc.set_threshold(OBJECTS_AT_ONCE, 50, 100)


@contextmanager
def in_processes(workers: int | None = None) -> Iterator[Spread]:
    """Yield a way to do tasks in so many processes, by default one more than there are cores."""
    # One more than there are cores: while one waits for DynamoDB, another computes.
    count = workers or (os.cpu_count() or 1) + 1
    # A fork of this process would share its connections. One that has imported everything, and done nothing, is forked.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(count, mp_context=context, initializer=prepare) as pool:

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
