"""Tests in forked processes: each runs once, and what goes wrong in a process is said by the first one."""

import os
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
OUTLIVED = """
import os
import time
from pathlib import Path

def test_death():
    if os.fork():
        os._exit(1)
    for _ in range(600):
        time.sleep(0.1)
        if Path("noticed").exists():
            os._exit(0)
    Path("late").touch()
    os._exit(0)
"""


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the tests in a folder with a plain pytest."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.fork_workers", "-p", "no:cacheprovider", *options]
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "-p no:logging",
    }
    out = folder / "out"  # a pipe would be open for as long as any process of the run has it
    with out.open("w") as file:
        ran = subprocess.run(command, cwd=folder, env=environment, stdout=file, stderr=file, check=False)
    return subprocess.CompletedProcess(command, ran.returncode, out.read_text())


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


@pytest.mark.parametrize(
    ("death", "how"),
    [("os._exit(0)", "exit code 0"), ("os._exit(3)", "exit code 3"), ("os.kill(os.getpid(), 9)", "SIGKILL")],
)
def test_test_whose_process_dies_fails_by_name_and_all_others_are_reported(folder: Path, death: str, how: str) -> None:
    dying = f"def test_before():\n    pass\n\ndef test_death():\n    {death}\n\ndef test_after():\n    pass\n"
    (folder / "test_4.py").write_text(f"import os\n\n{dying}")
    (folder / "test_5.py").write_text(f"import os\n\n{dying}")
    ran = run(folder)
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED
    assert "2 failed, 16 passed in" in ran.stdout
    for number in (4, 5):
        assert f"FAILED test_{number}.py::test_death - The process of this test died: {how}" in ran.stdout
    ran_by = (folder / "ran").read_text().split()
    assert len(ran_by) >= 12, "whatever a dead process had not reported yet was run again"


def test_death_is_noticed_though_a_process_of_the_dead_one_lives_on(folder: Path) -> None:
    (folder / "test_4.py").write_text(OUTLIVED)
    ran = run(folder)
    (folder / "noticed").touch()
    assert "1 failed, 12 passed in" in ran.stdout
    assert not (folder / "late").exists()


def test_death_after_the_last_test_of_a_process_fails_the_run(folder: Path) -> None:
    ending = "import os\nimport pytest\n\n@pytest.fixture\ndef wrong():\n    yield\n    os._exit(2)\n"
    (folder / "test_4.py").write_text(ending + "\ndef test_last(wrong):\n    pass\n")
    ran = run(folder)
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED
    assert "FAILED test_4.py::test_last - The process of this test died: exit code 2" in ran.stdout


def test_loggers_of_the_collection_write_into_the_output_of_each_test(folder: Path) -> None:
    logging_test = "\ndef test_log():\n    log.error('from %s', __name__)\n    assert log.disabled\n"
    for number in range(4):
        loggers = f"import logging\nimport sys\n\nlog = logging.getLogger('{number}')\n"
        handler = "log.addHandler(logging.StreamHandler(sys.stdout))\n"
        (folder / f"test_{number}.py").write_text(loggers + handler + logging_test)
    ran = run(folder)
    assert "4 failed in" in ran.stdout
    assert "Logging error" not in ran.stdout
    for number in range(4):
        assert ran.stdout.count(f"from test_{number}\n") == 1


def test_all_run_in_one_process_where_a_fork_is_not_safe(folder: Path) -> None:
    (folder / "conftest.py").write_text("from tests import forked\n\nforked.IS_FORK_SAFE = False\n")
    ran = run(folder)
    assert ran.returncode == pytest.ExitCode.OK
    assert "12 passed in" in ran.stdout
    assert len(set((folder / "ran").read_text().split())) == 1


def test_first_failure_ends_the_run_if_told_so(folder: Path) -> None:
    for number in range(40):
        (folder / f"test_5{number}.py").write_text(FAILING)
    ran = run(folder, "--exitfirst")
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED
    assert ran.stdout.count("FAILED ") <= 4, "each process may have had one"
