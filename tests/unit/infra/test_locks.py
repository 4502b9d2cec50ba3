"""Every package that is installed is pinned, with the hashes of its files."""

import re
from pathlib import Path

import pytest

from infra.settings import ROOT

LOCKS = (
    "requirements.txt",
    "requirements-statements.txt",
    "requirements-dev.txt",
    "infra/checks/requirements.txt",
    "infra/localstack/requirements.txt",
    "tests/api/clients/requirements.txt",
)


def packages(lock: Path) -> list[str]:
    """The text of each package in a lock: the lines up to the next one."""
    return re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n?", "", lock.read_text(), flags=re.MULTILINE).strip())


@pytest.mark.parametrize("name", LOCKS)
def test_each_package_of_a_lock_has_hashes(name: str) -> None:
    found = packages(ROOT / name)
    assert [one.partition(" ")[0] for one in found if "==" not in one or "--hash=sha256:" not in one] == []


def test_every_lock_is_made_with_hashes() -> None:
    commands = [line for line in (ROOT / "Makefile").read_text().splitlines() if "uv pip compile" in line]
    assert len(commands) == len(LOCKS)
    assert all("--generate-hashes" in command for command in commands)


def test_first_package_that_is_installed_is_compared_with_its_hashes_too() -> None:
    """It installs all others. pip compares hashes only of packages in a file."""
    installing = [line for line in (ROOT / "Makefile").read_text().splitlines() if " pip install --" in line]
    assert all("--requirement" in line for line in installing), installing
    assert "--require-hashes" in installing[0]
    lines = (ROOT / "requirements-dev.txt").read_text().splitlines()
    [start] = [number for number, line in enumerate(lines) if line.startswith("uv==")]
    end = next(number for number in range(start, len(lines)) if lines[number].startswith("    #"))
    assert all("--hash=sha256:" in line for line in lines[start + 1 : end])


def versions(lock: str) -> dict[str, str]:
    """The version of each package in a lock, by its name as indexes compare it."""
    found = re.findall(r"^([\w.-]+)==([^ ;\n]+)", (ROOT / lock).read_text(), re.MULTILINE)
    return {normal(name): version for name, version in found}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", LOCKS)
def test_lock_has_what_its_source_asks_for(name: str) -> None:
    source, locked = (ROOT / name).with_suffix(".in").read_text(), versions(name)
    asked = re.findall(
        r"^([\w.-]+)(?:\[[\w,-]+\])?(?:==([^ ;\n]+))?[^\n]*$", re.sub("(?m)^[#-].*\n?", "", source), re.MULTILINE
    )
    assert asked
    for package, version in asked:
        assert locked[normal(package)] == (version or locked[normal(package)]), package


def test_functions_are_tested_with_the_versions_that_are_deployed() -> None:
    deployed, tested = versions("requirements.txt"), versions("requirements-dev.txt")
    assert {name: tested.get(name) for name in deployed} == deployed
