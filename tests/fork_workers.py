"""Runs tests in forked processes of one collection: `-p tests.fork_workers`.

pytest-xdist collects once in each worker and once more for itself, and sends five messages for each test: a third of
the processor time of 8,000 short tests. Here a process takes one file at a time and reports on all of its tests at
once. Without the option, as for one test or a debugger, or where forks are not safe, everything runs in this process.
"""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from mmap import mmap
from multiprocessing import connection, get_context
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

from tests import forked
from tests.forked.worker import NUMBER_BYTES, work

PROCESSES = max(2, min(4, os.cpu_count() or 2))
"""For tests that compute. `--mostly-waiting` adds one: tests of a running bank leave a fifth of the cores idle."""
LOOK_SECONDS = 1
"""A dead process is found after so long, though processes that it has forked keep its pipe open."""
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
        worker = get_context("fork").Process(
            target=work, args=(self.session, list(items.values()), self.files, there, number)
        )
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
