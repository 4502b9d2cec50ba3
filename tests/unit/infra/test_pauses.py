"""What the emulator does not wait for, and what it still waits for."""

import os
import time
from collections.abc import Iterator
from queue import SimpleQueue
from threading import Timer
from types import SimpleNamespace
from typing import IO

import pytest
from ministack.services import lambda_svc, stepfunctions

from infra.emulator import pauses

LONG = 60.0
"""Seconds that no test waits for."""


@pytest.fixture
def log() -> Iterator[tuple[IO[str], IO[str]]]:
    """Return both ends of the pipe into which a function logs: what is read, and what is written."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as read, os.fdopen(writing, "w", buffering=1) as written:
        yield read, written


def worker_of(log: IO[str] | None) -> SimpleNamespace:
    """Return a function's process as far as its log is concerned; without a log it has ended."""
    return SimpleNamespace(_stderr_queue=SimpleQueue(), _proc=log and SimpleNamespace(stderr=log))


class LineAfterLine(SimpleQueue[str]):
    """The lines of a function that writes one whenever the one before is read."""

    def __init__(self, *lines: str) -> None:
        super().__init__()
        self.later = list(lines[1:])
        self.put(lines[0])

    def get(self, block: bool = True, timeout: float | None = None) -> str:
        line = super().get(block, timeout)
        if self.later:
            self.put(self.later.pop(0))
        return line


def test_lines_are_read_until_none_comes(log: tuple[IO[str], IO[str]]) -> None:
    worker = worker_of(log[0])
    worker._stderr_queue = LineAfterLine("one", "two", "three")
    assert pauses.read_lines(worker, hard_cap=LONG) == "one\ntwo\nthree"


def test_lines_without_an_end_are_read_until_the_cap(log: tuple[IO[str], IO[str]]) -> None:
    worker = worker_of(log[0])
    worker._stderr_queue.put("one")
    assert pauses.read_lines(worker, idle_confirm=LONG, hard_cap=0.1) == "one"


def test_function_that_has_logged_nothing_is_not_waited_for(log: tuple[IO[str], IO[str]]) -> None:
    began = time.monotonic()
    assert pauses.read_lines(worker_of(log[0]), first_line_wait=LONG, hard_cap=LONG) == ""
    assert time.monotonic() - began < LONG / 2


def test_line_that_nobody_has_read_yet_is_waited_for(log: tuple[IO[str], IO[str]]) -> None:
    worker = worker_of(log[0])
    log[1].write("late\n")
    Timer(0.05, lambda: worker._stderr_queue.put(log[0].readline().strip())).start()
    assert pauses.read_lines(worker, first_line_wait=LONG, hard_cap=LONG) == "late"


def test_lines_of_a_function_that_has_ended_are_waited_for() -> None:
    worker = worker_of(None)
    Timer(0.05, worker._stderr_queue.put, ["last words"]).start()
    assert pauses.read_lines(worker, first_line_wait=LONG, hard_cap=LONG) == "last words"


def test_lines_of_a_log_that_is_closed_are_waited_for(log: tuple[IO[str], IO[str]]) -> None:
    log[0].close()
    assert pauses.is_read(worker_of(log[0])) is False


def test_execution_begins_at_once_and_waits_as_long_as_its_states_say(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(stepfunctions, "time", stepfunctions.time)
    monkeypatch.setattr(time, "sleep", slept.append)
    pauses.begin_executions_at_once()
    for seconds in (pauses.EXECUTION_BEGINS_AFTER_SECONDS, 1, 0):
        stepfunctions.time.sleep(seconds)
    assert slept == [1, 0]
    assert stepfunctions.time.monotonic() <= time.monotonic()


def test_pause_is_as_long_as_ministack_makes_it() -> None:
    """Another version may pause for another time, and then all executions would wait again."""
    assert pauses.EXECUTION_BEGINS_AFTER_SECONDS in stepfunctions._run_execution.__code__.co_consts


def test_update_has_ended_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "_LAMBDA_STATE_TRANSITION_DELAY"
    before = getattr(lambda_svc, name)
    monkeypatch.setattr(lambda_svc, name, before)
    pauses.end_updates_at_once()
    assert before > getattr(lambda_svc, name) == 0
