"""What the emulator does not wait for, and what it still waits for."""

import os
import time
from collections.abc import Iterator
from queue import Queue
from threading import Thread, Timer
from types import SimpleNamespace
from typing import IO

import pytest
from ministack.core import lambda_runtime
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


class Worker:
    """A function's process as far as its log is concerned; without a log it has ended."""

    _drain_stderr = lambda_runtime.Worker._drain_stderr

    def __init__(self, log: IO[str] | None) -> None:
        self._stderr_queue = Queue[str]()
        self._proc = log and SimpleNamespace(stderr=log)

    def begin_to_read(self) -> None:
        Thread(target=pauses.hand_over_lines, args=[self], daemon=True).start()


def test_all_lines_are_read_that_were_logged_before_though_their_thread_comes_late(
    log: tuple[IO[str], IO[str]],
) -> None:
    worker = Worker(log[0])
    log[1].write("one\ntwo\n")
    Timer(0.05, worker.begin_to_read).start()
    assert pauses.read_lines(worker, hard_cap=LONG) == "one\ntwo"
    log[1].write("three ⌘\n")
    assert pauses.read_lines(worker, hard_cap=LONG) == "three ⌘"


def test_lines_that_nobody_reads_are_waited_for_until_the_cap(log: tuple[IO[str], IO[str]]) -> None:
    log[1].write("one\n")
    assert pauses.read_lines(Worker(log[0]), hard_cap=0.05) == ""


def test_lines_are_not_taken_before_all_are_handed_over(log: tuple[IO[str], IO[str]]) -> None:
    """The log is read already, and its thread waits for the processor."""
    worker = Worker(log[0])

    def hand_over() -> None:
        worker._stderr_queue.put("late")
        pauses.handing_over.release()

    pauses.handing_over.acquire()
    Timer(0.05, hand_over).start()
    assert pauses.read_lines(worker, hard_cap=LONG) == "late"


def test_function_that_has_logged_nothing_is_not_waited_for(log: tuple[IO[str], IO[str]]) -> None:
    began = time.monotonic()
    worker = Worker(log[0])
    worker.begin_to_read()
    assert pauses.read_lines(worker, first_line_wait=LONG, hard_cap=LONG) == ""
    assert time.monotonic() - began < LONG / 2


def test_last_words_are_read_without_the_end_of_their_line(log: tuple[IO[str], IO[str]]) -> None:
    worker = Worker(log[0])
    log[1].write("one\nlast words")
    log[1].close()
    pauses.hand_over_lines(worker)
    assert pauses.read_lines(Worker(None), first_line_wait=0) == ""
    assert worker._drain_stderr() == "one\nlast words"


def test_log_at_its_end_is_not_waited_for(log: tuple[IO[str], IO[str]]) -> None:
    """The function has ended, and nobody has noticed yet."""
    worker, began = Worker(log[0]), time.monotonic()
    log[1].write("one\n")
    log[1].close()
    worker.begin_to_read()
    assert pauses.read_lines(worker, hard_cap=LONG) == "one"
    assert pauses.read_lines(worker, hard_cap=LONG) == ""
    assert time.monotonic() - began < LONG / 2


def test_lines_of_a_function_that_has_ended_are_waited_for() -> None:
    worker = Worker(None)
    Timer(0.05, worker._stderr_queue.put, ["last words"]).start()
    assert pauses.read_lines(worker, first_line_wait=LONG, hard_cap=LONG) == "last words"


def test_log_that_is_closed_has_no_more_lines(log: tuple[IO[str], IO[str]]) -> None:
    worker = Worker(log[0])
    worker._stderr_queue.put("one")
    log[0].close()
    pauses.hand_over_lines(worker)
    assert pauses.read_lines(worker) == "one"


def test_ministack_reads_logs_in_this_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version may do it in functions of other names."""
    for name in ("_read_stderr", "_drain_stderr_bounded"):
        monkeypatch.setattr(lambda_runtime.Worker, name, getattr(lambda_runtime.Worker, name))
    pauses.read_logs_exactly()
    assert lambda_runtime.Worker._read_stderr is pauses.hand_over_lines
    assert lambda_runtime.Worker._drain_stderr_bounded is pauses.read_lines


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
