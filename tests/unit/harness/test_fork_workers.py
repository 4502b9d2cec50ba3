"""Tests in forked processes: each runs once, and what goes wrong in a process is said by the first one."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.settings import ROOT

PASSING = """
import os
import pytest

@pytest.fixture(scope="session", autouse=True)
def process():
    yield
    with open("ended", "a") as file:
        file.write("x")

@pytest.mark.parametrize("number", range(3))
def test_one(number, tmp_path):
    with open("ran", "a") as file:
        file.write(f"{os.getpid()} ")
"""
FAILING = """
import os
import pytest

def test_wrong(capfd):
    os.system("echo from a command")
    assert 1 == 2

@pytest.fixture
def broken():
    yield
    raise ValueError("at the end")

def test_ends_wrong(broken):
    pass
"""


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the tests in a folder with a plain pytest."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.fork_workers", "-p", "no:cacheprovider", *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(4):
        (tmp_path / f"test_{number}.py").write_text(PASSING)
    return tmp_path


def test_each_test_runs_once_and_failures_are_shown_with_their_output(folder: Path) -> None:
    (folder / "test_4.py").write_text(FAILING)
    ran = run(folder)
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED
    assert "1 failed, 13 passed, 1 error in" in ran.stdout
    assert {"from a command", "E       assert 1 == 2", "E       ValueError: at the end"} <= set(ran.stdout.splitlines())
    processes = (folder / "ran").read_text().split()
    assert len(processes) == 12
    assert len((folder / "ended").read_text()) >= len(set(processes)) > 1, "fixtures of each process have ended"


def test_process_that_dies_fails_the_run_and_its_file_is_named(folder: Path) -> None:
    (folder / "test_4.py").write_text("import os\n\ndef test_death():\n    os._exit(0)\n")
    ran = run(folder)
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    assert re.search(rf"^ERROR: A process died in (\S+ or )?{re.escape(str(folder))}/test_4.py", ran.stderr), ran.stderr


def test_first_failure_ends_the_run_if_told_so(folder: Path) -> None:
    for number in range(40):
        (folder / f"test_5{number}.py").write_text(FAILING)
    ran = run(folder, "--exitfirst")
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED
    assert ran.stdout.count("FAILED ") <= 4, "each process may have had one"
