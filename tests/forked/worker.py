"""A forked process that runs tests, and reports on them to the first one. See `tests/fork_workers.py`."""

import os
import random
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from mmap import mmap
from multiprocessing import connection
from tempfile import TemporaryFile
from typing import Any, TextIO

import pytest

NUMBER_BYTES = 8
"""Of the memory in which a process writes the number of its test, from 1."""
Items = list[pytest.Item]
Ask = Callable[[], Items]
"""Send what was reported since the last time, and wait for the tests of one more file: none at the end."""


def work(
    session: pytest.Session, first: Items, files: Sequence[Items], pipe: connection.Connection, number: mmap
) -> None:
    """Run these tests in a forked process, and files until there are no more."""
    random.seed()
    reports = _report_nowhere_else(session.config)
    numbers = {item: number for number, item in enumerate(session.items, 1)}

    def ask() -> Items:
        pipe.send((reports.kept, False))
        reports.kept = []
        file = pipe.recv()
        return [] if file is None else files[file]

    with suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            for item, following in _in_turn(first, ask):
                number[:] = numbers[item].to_bytes(NUMBER_BYTES, "big")
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if session.shouldfail:
                    break
            pipe.send((reports.kept, True))
        finally:
            for signal_number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(signal_number, signal.SIG_IGN)  # emulators must end, though somebody interrupts twice
            session._setupstate.teardown_exact(None)


class _Reports:
    """A plugin that keeps the reports of a process for the first one."""

    def __init__(self, config: pytest.Config):
        self.config = config
        self.kept: list[Any] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a report, without objects of the test if it has some to show."""
        plain = report.passed and report.longrepr is None
        kept = report if plain else self.config.hook.pytest_report_to_serializable(config=self.config, report=report)
        self.kept.append(kept)


def _report_nowhere_else(config: pytest.Config) -> _Reports:
    """Leave terminal and cache to the first process, and capture into files of this one's own."""
    plugins, reports = config.pluginmanager, _Reports(config)
    for name in ("terminalreporter", "lfplugin", "nfplugin", "stepwiseplugin"):
        plugins.unregister(name=name) if plugins.has_plugin(name) else None
    plugins.register(reports)
    if config.option.capture == "fd":
        capture: Any = plugins.getplugin("capturemanager")
        capture.resume_global_capture()
        for stream in (sys.stdout, sys.stderr):
            _leave_file_of(stream)
        capture.suspend_global_capture()
    return reports


def _leave_file_of(stream: TextIO) -> None:
    """Let a stream write to a new file. It stays the object that loggers have kept since modules were collected."""
    with TemporaryFile(buffering=0) as file:
        os.dup2(file.fileno(), stream.fileno())


def _in_turn(items: Items, ask: Ask) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    """Yield each test with the following one, whose fixtures stay; ask for a file when only one test is left."""
    items = items or ask()
    while items:
        yield from pairwise(items)
        following = ask()
        yield items[-1], following[0] if following else None
        items = following
