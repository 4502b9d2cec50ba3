"""Runs tests in forked processes of one collection: `-p tests.fork_workers`.

pytest-xdist collects once in each worker and once more for itself, and sends five messages for each test: a third of
the processor time of 8,000 short tests. Here a process takes one file at a time and reports on all of its tests at
once. Without the option, as for one test or a debugger, everything runs in this process.
"""

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import groupby, pairwise
from multiprocessing import connection, get_context
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

PROCESSES = max(2, min(4, os.cpu_count() or 2))
"""For tests that compute. `--mostly-waiting` adds one: tests of a running bank leave a fifth of the cores idle."""
Ask = Callable[[], list[pytest.Item]]
"""Send what was reported since the last time, and wait for the tests of one more file: none at the end."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mostly-waiting", action="store_true", help="run tests in one more process than otherwise")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    if session.testsfailed or session.config.option.collectonly:
        return None  # pytest's own loop says so
    _Pool(session).run()
    return True


class _Pool:
    """The processes, and the files that none of them has taken."""

    def __init__(self, session: pytest.Session):
        self.session = session
        self.files = [list(items) for _, items in groupby(session.items, lambda item: item.path)]
        self.left = iter(range(len(self.files)))

    def run(self) -> None:
        """Run all tests; end at the first failures if pytest is told to."""
        self.session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined] # else each makes its own
        processes = PROCESSES + self.session.config.option.mostly_waiting
        workers = dict(self._start() for _ in range(min(processes, len(self.files))))
        try:
            self._serve(workers)
        except BaseException:
            for worker in workers.values():
                worker.terminate()
                worker.join()
            raise
        if self.session.shouldfail:
            raise self.session.Failed(self.session.shouldfail)

    def _start(self) -> tuple[Any, BaseProcess]:
        here, there = get_context("fork").Pipe()
        worker = get_context("fork").Process(target=_work, args=(self.session, self.files, there))
        worker.start()
        there.close()
        return here, worker

    def _serve(self, workers: dict[Any, BaseProcess]) -> None:
        """Take reports and give files until every process has sent its last."""
        open_pipes = list(workers)
        given: dict[Any, list[str]] = {pipe: [] for pipe in workers}
        while open_pipes:
            for pipe in connection.wait(open_pipes):
                assert isinstance(pipe, connection.Connection)
                try:
                    reports, is_last = pipe.recv()
                except (EOFError, ConnectionResetError):
                    raise pytest.UsageError(f"A process died in {' or '.join(given[pipe][-2:])}.") from None
                self._publish(reports)
                if is_last:
                    open_pipes.remove(pipe)
                    workers[pipe].join()
                    continue
                number = None if self.session.shouldfail else next(self.left, None)
                if number is not None:
                    given[pipe].append(str(self.files[number][0].path))
                pipe.send(number)

    def _publish(self, reports: list[Any]) -> None:
        hook, config = self.session.config.hook, self.session.config
        for one in reports:
            report = hook.pytest_report_from_serializable(config=config, data=one) if isinstance(one, dict) else one
            if report.when == "setup":
                hook.pytest_runtest_logstart(nodeid=report.nodeid, location=report.location)
            hook.pytest_runtest_logreport(report=report)
            if report.when == "teardown":
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


def _work(session: pytest.Session, files: list[list[pytest.Item]], pipe: connection.Connection) -> None:
    """Run tests in a forked process until there are no more files."""
    random.seed()
    reports = _report_nowhere_else(session.config)

    def ask() -> list[pytest.Item]:
        pipe.send((reports.kept, False))
        reports.kept = []
        number = pipe.recv()
        return [] if number is None else files[number]

    with suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            for item, following in _in_turn(ask):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if session.shouldfail:
                    break
            pipe.send((reports.kept, True))
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)  # emulators must end, though an impatient person interrupts twice
            session._setupstate.teardown_exact(None)


def _report_nowhere_else(config: pytest.Config) -> _Reports:
    """Leave terminal and cache to the first process, and capture into files of this one's own."""
    plugins, reports = config.pluginmanager, _Reports(config)
    for name in ("terminalreporter", "lfplugin", "nfplugin", "stepwiseplugin"):
        plugins.unregister(name=name) if plugins.has_plugin(name) else None
    plugins.register(reports)
    capture = plugins.getplugin("capturemanager")
    if capture:
        capture.stop_global_capturing()
        capture.start_global_capturing()
        capture.suspend_global_capture()
    return reports


def _in_turn(ask: Ask) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    """Yield each test with the following one, whose fixtures stay; ask for a file when only one test is left."""
    items = ask()
    while items:
        yield from pairwise(items)
        following = ask()
        yield items[-1], following[0] if following else None
        items = following
