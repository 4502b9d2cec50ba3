"""Pauses that MiniStack makes and the bank need not wait for. Each function takes one away, before it serves."""

import queue
import select
import threading
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

EXECUTION_BEGINS_AFTER_SECONDS = 0.15
CHUNK_BYTES = 65_536
LOOK_SECONDS = 0.0005
"""Between two looks whether the thread has read a log."""

handing_over = threading.Lock()
"""Held from the reading of a log until its lines can be taken."""


def leave_out_all() -> None:
    read_logs_exactly()
    begin_executions_at_once()
    end_updates_at_once()


def read_logs_exactly() -> None:
    """Let MiniStack take the lines that an invocation has logged, all of them and at once.

    It takes what comes within a short time. Where its thread reads a line later, that one is listed with the next
    invocation, whose own lines are then left to the one after it. A function that logs nothing takes 0.05 s longer.
    """
    from ministack.core import lambda_runtime

    lambda_runtime.Worker._read_stderr = hand_over_lines
    lambda_runtime.Worker._drain_stderr_bounded = read_lines


def hand_over_lines(worker: Any) -> None:
    """Read a function's log until its end, in a thread, and hand its lines over."""
    log, lines, part = worker._proc.stderr, worker._stderr_queue, b""
    with suppress(ValueError, OSError):  # closed
        while poll(log, seconds_max=None):
            with handing_over:
                read = log.buffer.read1(CHUNK_BYTES)
                *whole, part = (part + read).split(b"\n")
                for line in whole:
                    lines.put(line.decode(errors="replace"))
            if not read:
                break
    if part:
        lines.put(part.decode(errors="replace"))


def read_lines(
    worker: Any, first_line_wait: float = 0.050, idle_confirm: float = 0.005, hard_cap: float = 0.250
) -> str:
    """Return what an invocation has logged. A function logs before it answers, so all of it can be read by now.

    Of a function that has ended, it is what comes before the first pause, in seconds as MiniStack's own.
    """
    ends_at = time.monotonic() + hard_cap
    log = worker._proc.stderr if worker._proc else None
    if log is None:
        return _read_until_pause(worker, first_line_wait, idle_confirm, ends_at)
    with suppress(ValueError):  # closed
        while poll(log, seconds_max=0) & select.POLLIN and time.monotonic() < ends_at:
            time.sleep(LOOK_SECONDS)
    with handing_over:
        logged: str = worker._drain_stderr()
    return logged


def poll(log: Any, seconds_max: float | None) -> int:
    """Return what is found in a log within so many seconds: POLLIN for text, POLLHUP for its end. Raises ValueError if
    it is closed.
    """
    asked = select.poll()
    asked.register(log, select.POLLIN)
    return sum(events for _, events in asked.poll(None if seconds_max is None else seconds_max * 1000))


def _read_until_pause(worker: Any, first_line_wait: float, idle_confirm: float, ends_at: float) -> str:
    lines: list[str] = []
    while (left := ends_at - time.monotonic()) > 0:
        try:
            lines.append(worker._stderr_queue.get(timeout=min(left, idle_confirm if lines else first_line_wait)))
        except queue.Empty:
            break
    return "\n".join(lines)


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
