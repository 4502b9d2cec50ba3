"""What the tests do on unchanged code, which decides what has to run on a mutant."""

import ast
import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from tests.mutants.mutations import Mutant

SECONDS_MAX = 30.0
"""CPU seconds of the tests that are run on one mutant: what they do not notice by then counts as a survivor."""


@dataclass
class Baseline:
    """CPU seconds of each test, the tests that run each line of a module, and the modules that were imported."""

    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    imported: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @classmethod
    def from_json(cls, text: str) -> "Baseline":
        """Read the JSON of `asdict`, which has text for line numbers."""
        told = json.loads(text)
        lines = {name: {int(line): tests for line, tests in lines.items()} for name, lines in told.pop("lines").items()}
        return cls(lines=lines, **told)

    def tests_of(self, mutant: Mutant, users: Mapping[str, set[str]]) -> list[str]:
        """Return the tests that run the mutated statement, the quickest first.

        For a statement that runs on import: all tests in files that import its module, and those that run any line of
        the module or of modules that import it.
        """
        wanted: set[str] = set()
        if mutant.at_import:
            importing = users.get(mutant.module, set())
            for module in {mutant.module, *importing}:
                wanted.update(*self.lines.get(module, {}).values())
            wanted.update(test for test in self.seconds if test.partition("::")[0] in importing)
        else:
            lines = self.lines.get(mutant.module, {})
            wanted.update(*(lines.get(line, ()) for line in range(mutant.first_line, mutant.last_line + 1)))
        return self._quickest_first(wanted)

    def nearest_tests_of(self, mutant: Mutant, users: Mapping[str, set[str]]) -> list[str]:
        """Return the tests in files that import the mutated module, the quickest first: most mutants end there."""
        importing = users.get(mutant.module, set())
        return self._quickest_first({test for test in self.seconds if test.partition("::")[0] in importing})

    def seconds_of(self, tests: list[str]) -> float:
        """Return the CPU seconds that tests took on unchanged code."""
        return sum(self.seconds.get(test, 0.0) for test in tests)

    def _quickest_first(self, tests: set[str]) -> list[str]:
        """Return the tests in the order of their CPU time, as many as one mutant is worth."""
        chosen = sorted(tests, key=lambda test: self.seconds.get(test, 0.0))
        total = accumulate(self.seconds.get(test, 0.0) for test in chosen)
        return [
            test for test, seconds in zip(chosen, total, strict=True) if seconds <= SECONDS_MAX or test == chosen[0]
        ]


def users_of(files: Mapping[str, Path]) -> dict[str, set[str]]:
    """Return, for each module, the names of the given files that import it."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, path in files.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                for imported in {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}:
                    found[imported].add(name)
    return found


def near_tests(modules: Collection[str], files: Mapping[str, Path]) -> list[str]:
    """Return the files of tests that import one of the modules, themselves or through another module of the tests.

    A test that reaches the bank in another way, such as through all routes, runs much and notices little.
    """
    users, near, remaining = users_of(files), set[str](), list(modules)
    while remaining:
        new = users.get(remaining.pop(), set()) - near
        near |= new
        remaining += [name.removesuffix(".py").replace("/", ".") for name in new]
    return sorted(name for name in near if Path(name).name.startswith("test_"))
