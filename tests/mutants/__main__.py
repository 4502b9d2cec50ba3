"""`make mutants`: try small wrong changes of the core, one at a time, and count those that the unit tests notice.

Exit codes: 0 when each package reaches KILLED_SHARE_MIN, 1 when one does not, 2 when no module was chosen.
"""

import argparse
import random
import sys
import time
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from infra.settings import ROOT
from tests.mutants import trial
from tests.mutants.baseline import near_tests
from tests.mutants.campaign import Campaign, Candidate
from tests.mutants.mutations import Mutant, mutants_of
from tests.mutants.packages import PACKAGES

ACCEPTED = Path(__file__).with_name("accepted.toml")
KILLED_SHARE_MIN = 0.9

Key = tuple[str, str, str, str]


@dataclass
class Result:
    """The count of one module's mutants."""

    package: str
    module: str
    tried: int = 0
    survivors: list[Mutant] = field(default_factory=list)

    @property
    def killed(self) -> int:
        return self.tried - len(self.survivors)


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    modules = {module: package for package in PACKAGES for module in _modules(package)}
    chosen = [module for module, package in modules.items() if _is_wanted(module, package, options.module.split())]
    if not chosen:
        print(f"No module of the core is called {options.module}.")
        return 2
    results = {module: Result(modules[module], module) for module in chosen}
    candidates = [candidate for module in chosen for candidate in _candidates(module)]
    if options.sample:
        candidates = random.Random(options.seed).sample(candidates, min(options.sample, len(candidates)))
    broken = list[Mutant]()
    for package in dict.fromkeys(modules[candidate.mutant.module] for candidate in candidates):
        of_package = [candidate for candidate in candidates if modules[candidate.mutant.module] == package]
        measured = [module for module in modules if modules[module] == package]
        tests = options.tests.split() or list(PACKAGES[package].tests) or _near_tests(set(measured) & set(chosen))
        campaign = Campaign(measured, tests, of_package, options.workers)
        if not _has_begun(campaign, package):
            return 1
        broken += _judge(campaign, results, Progress(len(of_package)))
    return _report(list(results.values()), _accepted(), broken, is_whole=not options.sample)


def _has_begun(campaign: Campaign, package: str) -> bool:
    """Run the tests of a package on the code as it is; return whether they pass."""
    print(f"▸ {package}: run {len(campaign.tests)} files or folders of tests on the code as it is")
    began = time.monotonic()
    baseline = campaign.begin()
    if baseline.failed or not baseline.seconds:
        failed = "\n    ".join(baseline.failed[:10])
        print(f"  ✗ {len(baseline.failed)} failed, so that no mutant can be judged:\n    {failed}")
        return False
    print(f"  ✓ {len(baseline.seconds)} tests in {time.monotonic() - began:.0f} s")
    return True


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.mutants", description=__doc__)
    parser.add_argument("--module", default="", help="parts of packages or modules: domain/ledger posting")
    parser.add_argument("--sample", type=int, default=0, help="try so many only, drawn at random")
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    parser.add_argument("--workers", type=int, default=2, help="so many trials at once")
    parser.add_argument("--tests", default="", help="the tests that should notice, if others than the nearest")
    return parser.parse_args(arguments)


def _is_wanted(module: str, package: str, parts: list[str]) -> bool:
    """Return whether a module, or its package, has one of these parts in its name; without any, whether it is quick."""
    if not parts:
        return not PACKAGES[package].is_slow
    return any(part in f"{package} {module.replace('.', '/')}" for part in parts)


def _modules(package: str) -> list[str]:
    code = ROOT / "chalicelib"
    found = [
        path for pattern in PACKAGES[package].modules for path in sorted(code.glob(pattern)) if path.stem != "__init__"
    ]
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in found]


def _near_tests(modules: Collection[str]) -> list[str]:
    files = {str(path.relative_to(ROOT)): path for path in (ROOT / "tests").rglob("*.py")}
    return [name for name in near_tests(modules, files) if name.startswith("tests/unit/")]


def _candidates(module: str) -> Iterator[Candidate]:
    tree, mutants = mutants_of(module, trial.path_of(module).read_text())
    for mutant in mutants:
        yield Candidate(tree, mutant)


def _judge(campaign: Campaign, results: dict[str, Result], progress: "Progress") -> list[Mutant]:
    """Count the results of all trials; return the mutants whose trial itself broke."""
    broken = list[Mutant]()
    for candidate, code in campaign.results():
        mutant = candidate.mutant
        result = results[mutant.module]
        result.tried += 1
        if code in trial.BROKEN:
            broken.append(mutant)
        if code in {trial.SURVIVED, trial.NO_TESTS}:
            result.survivors.append(mutant)
        progress.step(result)
    progress.end()
    return broken


class Progress:
    """Progress on one line of a terminal, or on a line for each module elsewhere."""

    def __init__(self, total: int):
        print(f"▸ Try {total} mutants")
        self.total, self.done, self.survivors, self.began = total, 0, 0, time.monotonic()
        self.module = ""

    def step(self, result: Result) -> None:
        self.done += 1
        line = f"  {self.done}/{self.total} · {time.monotonic() - self.began:.0f} s · {result.module}"
        line += f": {result.killed} of {result.tried} noticed"
        if sys.stdout.isatty():
            print(f"\r\x1b[K{line}", end="", flush=True)
        elif result.module != self.module or self.done == self.total or self.done % 100 == 0:
            print(line, flush=True)
        self.module = result.module

    def end(self) -> None:
        print(f"\r\x1b[K  ✓ {time.monotonic() - self.began:.0f} s" if sys.stdout.isatty() else "", flush=True)


def _accepted() -> dict[Key, str]:
    """Return the survivors that are accepted, with their reasons."""
    if not ACCEPTED.exists():
        return {}
    return {
        (one["module"], one["function"], one["line"], change): one["reason"]
        for one in tomllib.loads(ACCEPTED.read_text()).get("mutant", [])
        for change in one["changes"]
    }


def _report(results: list[Result], accepted: dict[Key, str], broken: list[Mutant], *, is_whole: bool) -> int:
    good = not broken
    for mutant in broken:
        print(f"  ✗ the trial broke: {_described(mutant)}")
    for result in results:
        unknown = [mutant for mutant in result.survivors if mutant.key not in accepted]
        if unknown:
            print(f"\n{trial.path_of(result.module).relative_to(ROOT)}: {len(unknown)} survived")
        for mutant in unknown:
            print(f"  {_described(mutant)}")
    print(f"\n{'':22}{'mutants':>9}{'noticed':>9}{'accepted':>10}{'missed':>8}{'share':>8}")
    for package in dict.fromkeys(result.package for result in results):
        of_package = [result for result in results if result.package == package]
        tried, killed = (sum(getattr(result, name) for result in of_package) for name in ("tried", "killed"))
        survivors = [mutant for result in of_package for mutant in result.survivors]
        known = sum(mutant.key in accepted for mutant in survivors)
        share = killed / tried if tried else 1.0
        good = good and (share >= KILLED_SHARE_MIN or not is_whole)
        print(f"{package:22}{tried:9}{killed:9}{known:10}{len(survivors) - known:8}{share:8.1%}")
    if is_whole:
        modules, found = {result.module for result in results}, {m.key for r in results for m in r.survivors}
        stale = [key for key in accepted if key[0] in modules and key not in found]
        for key in stale:
            print("  ✗ accepted, but is noticed now or is no mutant any more:", " | ".join(key))
        good = good and not stale
    return 0 if good else 1


def _described(mutant: Mutant) -> str:
    return f"{mutant.first_line}: {mutant.function}: {mutant.line}\n      {mutant.change}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
