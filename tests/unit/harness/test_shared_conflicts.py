"""Transactions of several processes that meet at one account."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.shared_conflicts import SharedConflicts

HOT, OWN, ENTRY = ("bank", "ACCOUNT#1", "ACCOUNT"), ("bank", "ACCOUNT#2", "ACCOUNT"), ("ledger", "ACCOUNT#1", "1")
HOLDER = """
import sys
from pathlib import Path
from tests.faults.shared_conflicts import SharedConflicts
print(SharedConflicts(0.0, Path(sys.argv[1])).claim([("bank", "ACCOUNT#1", "ACCOUNT")]), flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "locks"
    made.touch()
    return made


@contextmanager
def another_process(file: Path) -> Iterator[None]:
    """Have another process write the account while the block runs; it ends without a word."""
    command = [sys.executable, "-c", HOLDER, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "set()\n"
        yield
        process.kill()


def test_account_that_another_process_writes_is_contended_until_that_ends(file: Path) -> None:
    conflicts = SharedConflicts(0.0, file)
    with another_process(file):
        assert conflicts.claim([OWN, HOT, ENTRY]) == {HOT}
        assert conflicts.claim([OWN]) == set(), "nothing of the cancelled one is left"
    assert conflicts.claim([HOT, ENTRY]) == set()


def test_items_of_one_process_meet_in_memory(file: Path) -> None:
    conflicts = SharedConflicts(0.0, file)
    assert conflicts.claim([HOT, ENTRY]) == set()
    assert conflicts.claim([ENTRY, OWN]) == {ENTRY}
    conflicts.free([HOT, ENTRY])
    assert conflicts.claim([ENTRY, OWN]) == set()
