"""All trials, some at once: first those on loaded code, then those that load it again."""

import ast
import gc
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TextIO

import pytest

from infra.settings import ROOT
from tests.mutants import trial
from tests.mutants.baseline import Baseline, users_of
from tests.mutants.mutations import Mutant

Chooser = Callable[[Mutant, Mapping[str, set[str]]], list[str]]


@dataclass(frozen=True)
class Candidate:
    """A mutant, with the tree that it changes."""

    tree: ast.Module
    mutant: Mutant


class Campaign:
    """The mutants to try, the modules to measure, the test files or folders that should notice, and trials at once."""

    def __init__(self, modules: list[str], tests: list[str], candidates: list[Candidate], workers: int):
        self.modules, self.tests, self.workers = modules, tests, workers
        self.in_place = [candidate for candidate in candidates if not candidate.mutant.at_import]
        self.anew = [candidate for candidate in candidates if candidate.mutant.at_import]
        test_files = {str(path.relative_to(ROOT)): path for path in (ROOT / "tests").rglob("test_*.py")}
        self.users = users_of({module: trial.path_of(module) for module in modules} | test_files)
        self.baseline = Baseline()

    def begin(self) -> Baseline:
        """Collect and run the tests in a process that then tries mutants, unless a test fails; return what was seen."""
        answers, writing = os.pipe()
        self._process = os.fork()
        if not self._process:
            os.close(answers)
            with os.fdopen(writing, "w", buffering=1) as told:
                session = _LoadedSession(self, told)
                trial.end_with(lambda: int(pytest.main([*trial.OPTIONS, *self.tests], plugins=[session])))
        os.close(writing)
        self._answers = os.fdopen(answers)
        self.baseline = Baseline.from_json(self._answers.readline())
        return self.baseline

    def results(self) -> Iterator[tuple[Candidate, int]]:
        """Yield each candidate with the exit code of its trial. What cannot be tried in place is loaded again."""
        for line in self._answers:
            place, code = json.loads(line)
            if code in trial.BROKEN:
                self.anew.append(self.in_place[place])
            else:
                yield self.in_place[place], code
        os.waitpid(self._process, 0)
        trial.preload(self.baseline.imported)
        remaining = []
        for candidate, code in self._tried_anew(self.anew, self.baseline.nearest_tests_of):
            if code in {trial.SURVIVED, trial.NO_TESTS}:
                remaining.append(candidate)
            else:
                yield candidate, code
        yield from self._tried_anew(remaining, self.baseline.tests_of)

    def _tried_anew(self, candidates: list[Candidate], choose: Chooser) -> Iterator[tuple[Candidate, int]]:
        for place, code in self.tried(candidates, self._start_anew, choose):
            yield candidates[place], code

    def _start_anew(self, candidate: Candidate, tests: list[str]) -> int:
        return trial.anew(candidate.tree, candidate.mutant, tests, self.baseline.seconds_of(tests))

    def tried(
        self,
        candidates: list[Candidate],
        start: Callable[[Candidate, list[str]], int],
        choose: Chooser | None = None,
    ) -> Iterator[tuple[int, int]]:
        """Yield the index of each candidate with the exit code of the trial that `start` starts on chosen tests."""
        choose = choose or self.baseline.tests_of
        running: dict[int, int] = {}
        for place, candidate in enumerate(candidates):
            tests = choose(candidate.mutant, self.users)
            if not tests:
                yield place, trial.NO_TESTS
                continue
            if len(running) == self.workers:
                yield _ended(running)
            running[start(candidate, tests)] = place
        while running:
            yield _ended(running)


def _ended(running: dict[int, int]) -> tuple[int, int]:
    process, status = os.wait()
    return running.pop(process), os.waitstatus_to_exitcode(status)


class _LoadedSession:
    """A plugin that replaces pytest's run: it runs the tests once in a child process, and then tries mutants."""

    def __init__(self, campaign: Campaign, answers: TextIO):
        self.campaign, self.answers = campaign, answers

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        functions = trial.loaded_functions(self.campaign.modules)
        baseline = self.campaign.baseline = self._observed(session.items)
        print(json.dumps(asdict(baseline)), file=self.answers)
        gc.freeze()
        if not baseline.failed:
            started = self.campaign.tried(
                self.campaign.in_place,
                lambda one, tests: trial.in_place(
                    one.tree, one.mutant, [items[test] for test in tests], functions, baseline.seconds_of(tests)
                ),
            )
            for result in started:
                print(json.dumps(result), file=self.answers)
        return True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            print(json.dumps(asdict(Baseline(failed=[report.nodeid]))), file=self.answers)

    def _observed(self, items: list[pytest.Item]) -> Baseline:
        reading, writing = os.pipe()
        process = os.fork()
        if not process:
            trial.end_with(lambda: self._observe(items, writing))
        os.close(writing)
        with os.fdopen(reading) as answer:
            told = answer.read()
        os.waitpid(process, 0)
        return Baseline.from_json(told)

    def _observe(self, items: list[pytest.Item], writing: int) -> int:
        observer = trial.Observer(self.campaign.modules)
        items[0].config.pluginmanager.register(observer)
        with os.fdopen(writing, "w") as told:
            json.dump(asdict(observer.observe(items)), told)
        return 0
