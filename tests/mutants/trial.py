"""Trials: unit tests that run on one mutant, each trial in a forked process.

A mutant inside a function replaces the code of the loaded function, after the tests are collected, so only the tests
take time. A mutant that runs when its module loads needs a process that loads everything again.
"""

import ast
import contextlib
import gc
import importlib
import inspect
import os
import resource
import signal
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import coverage
import pytest

from infra.settings import ROOT
from tests.mutants.baseline import Baseline
from tests.mutants.mutations import Mutant

OPTIONS = (
    *(
        "-W",
        "ignore::pytest.PytestAssertRewriteWarning",
        "-s",
        "--tb=no",
        "--timeout=0",
        "--hypothesis-profile=mutants",
    ),
    *("-p", "no:cov", "-p", "no:cacheprovider"),
)
CPU_SECONDS_MAX = 10
WALL_SECONDS_MAX = 300
"""Beyond what the tests take on unchanged code: a mutant that no test notices must not count as an endless one."""
OURS = {"chalicelib", "infra", "tests", "bench", "app", "sampledata"}
"""What is not imported ahead of a trial: the bank's code, and what imports it."""
SURVIVED, NOTICED, NO_TESTS = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED
BROKEN = {pytest.ExitCode.INTERNAL_ERROR, 70}
"""Exit codes that do not judge the mutant. A usage error does: the mutant keeps a conftest.py from loading."""

Functions = Mapping[tuple[str, str], list[FunctionType]]


def path_of(module: str) -> Path:
    return ROOT / (module.replace(".", "/") + ".py")


class Observer:
    """A plugin that measures the tests: seconds, failures, and the lines of some modules by coverage's contexts."""

    def __init__(self, modules: list[str]):
        self.paths = {str(path_of(module)): module for module in modules}
        self.measured = coverage.Coverage(
            data_file=None, include=list(self.paths), config_file=False, concurrency="thread"
        )
        self.baseline = Baseline()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.measured.switch_context(item.nodeid)
        began = time.process_time()
        yield
        self.baseline.seconds[item.nodeid] = time.process_time() - began
        self.measured.switch_context("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.baseline.failed.append(report.nodeid)

    def observe(self, items: list[pytest.Item]) -> Baseline:
        self.measured.start()
        run(items, stop_at_failure=False)
        self.measured.stop()
        for path, module in self.paths.items():
            contexts = self.measured.get_data().contexts_by_lineno(path)
            self.baseline.lines[module] = {line: [test for test in tests if test] for line, tests in contexts.items()}
        self.baseline.imported = [name for name in sys.modules if name.partition(".")[0] not in OURS]
        return self.baseline


class _Failures:
    def __init__(self) -> None:
        self.seen = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seen = self.seen or report.failed


def run(items: list[pytest.Item], *, stop_at_failure: bool = True) -> int:
    """Run collected tests in this process; return pytest's exit code."""
    failures = _Failures()
    items[0].config.pluginmanager.register(failures)
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if failures.seen and stop_at_failure:
            break
    return NOTICED if failures.seen else SURVIVED


def in_place(tree: ast.Module, mutant: Mutant, items: list[pytest.Item], functions: Functions, seconds: float) -> int:
    """Start the trial of a mutant on loaded functions; return its process id. It ends with pytest's exit code."""

    def trial() -> int:
        mutant.apply()
        _exchange(mutant, tree, functions)
        return run(items)

    return _forked(trial, seconds)


def anew(tree: ast.Module, mutant: Mutant, tests: list[str], seconds: float) -> int:
    """Start the trial of a mutant on newly loaded code, from a process that has loaded none of the bank's."""
    if mutant.module in sys.modules:
        raise LookupError(f"{mutant.module} is loaded: its mutants would change nothing")

    def trial() -> int:
        mutant.apply()
        sys.meta_path.insert(0, _MutantFinder(mutant.module, path_of(mutant.module), tree))
        files = dict.fromkeys(test.partition("::")[0] for test in tests)
        return int(pytest.main([*OPTIONS, "-x", *files], plugins=[_Chosen(tests)]))

    return _forked(trial, seconds)


def preload(names: list[str]) -> None:
    """Import what trials need and no mutant changes, before processes fork."""
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()


def loaded_functions(modules: list[str]) -> Functions:
    """Return all loaded functions of some modules, decorated ones too."""
    gc.unfreeze()  # tests/conftest.py freezes what the collection has loaded, which `get_objects` leaves out
    found: dict[tuple[str, str], list[FunctionType]] = defaultdict(list)
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__module__ in modules:
            found[one.__module__, one.__code__.co_qualname].append(one)
    return found


def _exchange(mutant: Mutant, tree: ast.Module, functions: Functions) -> None:
    """Give the loaded function the mutant's code. A nested function gets it when the outer one runs."""
    path = str(path_of(mutant.module))
    before = {code.co_qualname: code for code in _functions(compile(ast.parse(Path(path).read_text()), path, "exec"))}
    for code in _functions(compile(tree, path, "exec")):
        if code != before[code.co_qualname]:
            loaded = [
                one for one in functions.get((mutant.module, code.co_qualname), []) if one.__code__.co_filename == path
            ]
            for function in loaded:
                function.__code__ = code
            if not loaded:
                raise LookupError(f"{code.co_qualname} of {mutant.module} is not loaded")


def _functions(code: CodeType) -> Iterator[CodeType]:
    """Yield the functions and methods of a module, without nested functions."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType) and not constant.co_name.startswith("<"):
            yield from [constant] if constant.co_flags & inspect.CO_NEWLOCALS else _functions(constant)


class _Chosen:
    """A plugin that keeps only some tests of those collected, in their order."""

    def __init__(self, tests: list[str]):
        self.places = {test: place for place, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self.places]
        items[:] = sorted(chosen, key=lambda item: self.places[item.nodeid])


class _MutantFinder(MetaPathFinder, SourceFileLoader):  # type: ignore[misc]
    """An importer that loads one module from a syntax tree instead of its file."""

    def __init__(self, module: str, path: Path, tree: ast.Module):
        super().__init__(module, str(path))
        self.module, self.tree = module, tree

    def find_spec(self, fullname: str, *_: Any) -> ModuleSpec | None:
        return spec_from_file_location(fullname, self.path, loader=self) if fullname == self.module else None

    def get_code(self, _: str) -> CodeType:
        return compile(self.tree, self.path, "exec")


def _forked(trial: Callable[[], int], seconds: float) -> int:
    """Start a trial in a child process, bounded by the seconds that its tests take anyway; return the process id."""
    child = os.fork()
    if child:
        return child
    cpu_seconds_max = CPU_SECONDS_MAX + 2 * int(seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds_max, cpu_seconds_max))
    signal.alarm(WALL_SECONDS_MAX + 10 * int(seconds))
    end_with(trial)
    return 0


def end_with(work: Callable[[], int]) -> None:
    """Do some work silently and end the process with its exit code, whatever it raises."""
    if "MUTANTS_DEBUG" not in os.environ:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
    code = 70
    try:
        code = work()
    except BaseException:  # noqa: BLE001 — whatever it was, the parent's code must not go on here
        traceback.print_exc()
    finally:
        os._exit(code)
