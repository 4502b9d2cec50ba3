"""Runs tests in forked processes of one collection: `-p tests.fork_workers`.

pytest-xdist collects once in each worker and once more for itself, and sends five messages for each test: a third of
the processor time of 8,000 short tests. Here a process takes one file at a time and reports on all of its tests at
once. Without the option, as for one test or a debugger, or where forks are not safe, everything runs in this process.
"""

import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby, pairwise
from mmap import mmap
from multiprocessing import connection, get_context
from multiprocessing.process import BaseProcess
from tempfile import TemporaryFile
from typing import Any, TextIO

import pytest

from tests import forked

PROCESSES = max(2, min(4, os.cpu_count() or 2))
"""For tests that compute. `--mostly-waiting` adds one: tests of a running bank leave a fifth of the cores idle."""
LOOK_SECONDS = 1
"""A dead process is found after so long, though processes that it has forked keep its pipe open."""
NUMBER_BYTES = 8
Ask = Callable[[], list[pytest.Item]]
"""Send what was reported since the last time, and wait for the tests of one more file: none at the end."""
Message = tuple[list[Any], bool]
"""Reports, and whether they are the last of a process."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mostly-waiting", action="store_true", help="run tests in one more process than otherwise")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    if session.testsfailed or session.config.option.collectonly or not forked.IS_FORK_SAFE:
        return None  # pytest's own loop runs them, or says why not
    _Pool(session).run()
    return True


@dataclass
class _Worker:
    """A process, memory in which it writes the number of its test, and the tests that it has not reported on."""

    process: BaseProcess
    pipe: Any
    number: mmap
    unreported: dict[str, pytest.Item]
    is_done: bool = False

    def receive(self) -> Message | None:
        """Return what the process has sent, or None if it has ended."""
        with suppress(EOFError, ConnectionResetError):
            if self.pipe.poll():
                message: Message = self.pipe.recv()
                return message
        return None

    def end(self) -> str:
        """Wait for the end of the process and return how it came, or nothing if it came in order."""
        self.process.join()
        self.pipe.close()
        code = self.process.exitcode or 0
        if code < 0:
            return signal.Signals(-code).name
        return "" if self.is_done and code == 0 else f"exit code {code}"


class _Pool:
    """The processes, and the files that none of them has taken."""

    def __init__(self, session: pytest.Session):
        self.session = session
        self.files = [list(items) for _, items in groupby(session.items, lambda item: item.path)]
        self.left = iter(range(len(self.files)))
        self.workers: dict[Any, _Worker] = {}

    def run(self) -> None:
        """Run all tests; end at the first failures if pytest is told to."""
        self.session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined] # else each makes its own
        processes = PROCESSES + self.session.config.option.mostly_waiting
        try:
            for _ in range(min(processes, len(self.files))):
                self._start({})
            while self.workers:
                dead = [pipe for pipe, worker in self.workers.items() if worker.process.exitcode is not None]
                for pipe in dead or connection.wait(list(self.workers), LOOK_SECONDS):
                    self._serve(self.workers[pipe])
        except BaseException:
            for worker in self.workers.values():
                worker.process.terminate()
                worker.process.join()
            raise
        if self.session.shouldfail:
            raise self.session.Failed(self.session.shouldfail)

    def _start(self, items: dict[str, pytest.Item]) -> None:
        """Start a process with these tests. It asks for a file when one of them is left."""
        here, there = get_context("fork").Pipe()
        number = mmap(-1, NUMBER_BYTES)
        worker = get_context("fork").Process(target=_work, args=(self, list(items.values()), there, number))
        self.workers[here] = _Worker(worker, here, number, dict(items))
        worker.start()
        there.close()

    def _serve(self, worker: _Worker) -> None:
        """Take a process's reports and give it a file, or see why it has ended."""
        message = worker.receive()
        if message is None:
            del self.workers[worker.pipe]
            if how := worker.end():
                self._replace(worker, how)
            return
        reports, worker.is_done = message
        for report in reports:
            self._publish(worker, report)
        if not worker.is_done:
            number = None if self.session.shouldfail else next(self.left, None)
            worker.unreported |= {} if number is None else {item.nodeid: item for item in self.files[number]}
            with suppress(BrokenPipeError):
                worker.pipe.send(number)

    def _replace(self, worker: _Worker, how: str) -> None:
        """Fail the test in which a process died, and have another one run what it has not reported on."""
        number = int.from_bytes(worker.number, "big")
        if not number and not worker.unreported:
            raise pytest.UsageError(f"A process died before its first test: {how}")
        item = self.session.items[number - 1]
        if worker.unreported and item.nodeid not in worker.unreported:
            item = next(iter(worker.unreported.values()))  # it died between tests, and must not be replaced for ever
        worker.unreported.pop(item.nodeid, None)
        text = f"The process of this test died: {how}"
        hook = self.session.config.hook
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        hook.pytest_runtest_logreport(report=pytest.TestReport(item.nodeid, item.location, {}, "failed", text, "call"))
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        if not self.session.shouldfail:
            self._start(worker.unreported)

    def _publish(self, worker: _Worker, one: Any) -> None:
        hook, config = self.session.config.hook, self.session.config
        report = hook.pytest_report_from_serializable(config=config, data=one) if isinstance(one, dict) else one
        if report.when == "setup":
            hook.pytest_runtest_logstart(nodeid=report.nodeid, location=report.location)
        hook.pytest_runtest_logreport(report=report)
        if report.when == "teardown":
            worker.unreported.pop(report.nodeid, None)
            hook.pytest_runtest_logfinish(nodeid=report.nodeid, location=report.location)


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


def _work(pool: _Pool, first: list[pytest.Item], pipe: connection.Connection, number: mmap) -> None:
    """Run these tests in a forked process, and files until there are no more."""
    random.seed()
    session = pool.session
    reports = _report_nowhere_else(session.config)
    numbers = {item: number for number, item in enumerate(session.items, 1)}

    def ask() -> list[pytest.Item]:
        pipe.send((reports.kept, False))
        reports.kept = []
        file = pipe.recv()
        return [] if file is None else pool.files[file]

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


def _in_turn(items: list[pytest.Item], ask: Ask) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    """Yield each test with the following one, whose fixtures stay; ask for a file when only one test is left."""
    items = items or ask()
    while items:
        yield from pairwise(items)
        following = ask()
        yield items[-1], following[0] if following else None
        items = following
