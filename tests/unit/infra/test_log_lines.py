"""The lines that an invocation has logged."""

from queue import SimpleQueue
from threading import Timer
from types import SimpleNamespace

from infra.emulator.adjustments import read_lines


def test_lines_are_read_until_none_comes() -> None:
    lines: SimpleQueue[str] = SimpleQueue()
    lines.put("one")
    Timer(0.02, lines.put, ["two"]).start()
    assert read_lines(SimpleNamespace(_stderr_queue=lines), idle_confirm=5, hard_cap=0.5) == "one\ntwo"


def test_a_function_that_logs_nothing_has_no_lines() -> None:
    assert read_lines(SimpleNamespace(_stderr_queue=SimpleQueue()), first_line_wait=0.001) == ""
