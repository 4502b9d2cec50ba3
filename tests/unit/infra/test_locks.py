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
