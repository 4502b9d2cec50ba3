"""Pauses that MiniStack makes and the bank need not wait for. Each function takes one away, before it serves."""

import queue
import select
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

EXECUTION_BEGINS_AFTER_SECONDS = 0.15
HANDED_OVER_SECONDS = 0.01
"""Within which a thread hands over a line that it has read."""


def leave_out_all() -> None:
    sleep_until_logs_come()
    begin_executions_at_once()
    end_updates_at_once()


def sleep_until_logs_come() -> None:
    """Let MiniStack sleep until a function's log has a line, instead of looking each millisecond.

    After a function that logs nothing, such as each of a transfer, it waits 0.05 s for a line.
    """
    from ministack.core import lambda_runtime

    lambda_runtime.Worker._drain_stderr_bounded = read_lines


def read_lines(
    worker: Any, first_line_wait: float = 0.050, idle_confirm: float = 0.005, hard_cap: float = 0.250
) -> str:
    """Return what an invocation has logged. It ends with the first pause, in seconds as MiniStack's own.

    A function logs before it answers. So there is nothing to wait for, but for the thread that reads, once nothing is
    left to read.
    """
    lines: list[str] = []
    ends_at = time.monotonic() + hard_cap
    while (left := ends_at - time.monotonic()) > 0:
        pause = idle_confirm if lines else HANDED_OVER_SECONDS if is_read(worker) else first_line_wait
        try:
            lines.append(worker._stderr_queue.get(timeout=min(left, pause)))
        except queue.Empty:
            break
    return "\n".join(lines)


def is_read(worker: Any) -> bool:
    """Return whether all that a function has logged so far was read; False of one that has ended."""
    process = worker._proc
    if process is None:
        return False
    unread = select.poll()
    with suppress(ValueError):  # closed
        unread.register(process.stderr, select.POLLIN)
        return not unread.poll(0)
    return False


def begin_executions_at_once() -> None:
    """Let MiniStack begin an execution of a workflow, such as each transfer, without a pause before its first state."""
    from ministack.services import stepfunctions

    stepfunctions.time = SimpleNamespace(**vars(time) | {"sleep": sleep_within_executions})


def sleep_within_executions(seconds: float) -> None:
    """Sleep as long as a state of a workflow says, which is in whole seconds."""
    if seconds != EXECUTION_BEGINS_AFTER_SECONDS:
        time.sleep(seconds)


def end_updates_at_once() -> None:
    """Let MiniStack say at once that a function was created or updated. It takes effect at once in any case.

    It says so half a second later, for which those who wait for an update wait a second.
    """
    from ministack.services import lambda_svc

    lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = 0
