"""Which tests to run first after a change: those in the folders that are named like the changed ones.

`python -m tests.changed BASE` prints them. It is a quick look, not a proof: `make test` runs everything.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import PurePath

from infra.settings import ROOT

KINDS = ("unit", "api", "property", "workflow")
ALSO = {"ledger": {"tests/property"}, "functions": {"tests/workflow"}, "infra": {"tests/infra"}}
"""Folders that test a capability, or a place, under another name than its own."""


def tests_of(paths: Iterable[str]) -> list[str]:
    """Return the files and folders of tests that concern the changed paths, without those that stand in another."""
    found = {test for path in paths for test in _tests_of(PurePath(path))}
    existing = sorted(test for test in found if (ROOT / test).exists())
    return [test for test in existing if not any(str(parent) in existing for parent in PurePath(test).parents)]


def _tests_of(path: PurePath) -> set[str]:
    match path.parts:
        case ("tests", *_, name) if name.startswith("test_"):
            return {str(path)}
        case ("tests", kind, *folders, _):
            return {str(PurePath("tests", kind, *folders))}
        case ("chalicelib", _, folder, _, *_) | (("infra" | "sampledata" | "bench") as folder, *_):
            return ALSO.get(folder, set()) | {f"tests/{kind}/{folder}" for kind in KINDS}
        case ("docs", *_) | ("Makefile",) | (_,) if path.suffix in {".md", ".json", ""}:
            return {"tests/unit/test_docs.py", "tests/unit/http"}
        case ("statemachines", *_):
            return {"tests/infra/test_template.py", "tests/workflow"}
        case _:
            return {"tests/unit", "tests/api"}


def changed_since(base: str) -> list[str]:
    """Return the paths that differ from where this branch left `base`, new and uncommitted ones among them."""
    left = _git("merge-base", "HEAD", base)[0]
    return [*_git("diff", "--name-only", left), *_git("ls-files", "--others", "--exclude-standard")]


def _git(*arguments: str) -> list[str]:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()


if __name__ == "__main__":
    try:
        print(*tests_of(changed_since(sys.argv[1])), sep="\n")
    except subprocess.CalledProcessError as error:
        sys.exit(f"Git: {error.stderr.strip()}. Name a branch or a commit: make test-changed BASE=HEAD")
