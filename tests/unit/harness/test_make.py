"""Variables of the Makefile reach the commands that they are for."""

import subprocess
import sys

import pytest

from infra import cli
from infra.settings import ROOT


def planned(*arguments: str) -> str:
    """Return the last command that make would run."""
    command = ["make", "--dry-run", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("test", "selects"),
    [
        ("tests/api/accounts/test_pins.py", '"tests/api/accounts/test_pins.py"'),
        ("tests/api/accounts/test_pins.py::test_x", '"tests/api/accounts/test_pins.py::test_x"'),
        ("test_x", '-k "test_x"'),
    ],
)
def test_one_test_is_run_by_its_path_or_its_name(test: str, selects: str) -> None:
    assert planned("test", f"TEST={test}").endswith(f"-m pytest {selects}")


def test_logs_are_followed_and_filtered() -> None:
    words = planned("logs", "FOLLOW=1", "MINUTES=90", "ID=r-1").split()
    assert words[3:7] == ["logs", "--follow", '--minutes="90"', '--id="r-1"'], words
    assert {"--follow", "--minutes"}.isdisjoint(planned("logs").split())


@pytest.mark.parametrize("port", ["80000", "0", "-1", "abc"])
def test_port_that_is_none_is_refused_in_one_line(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(given_to_infra(port))
    problem, *advice = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert problem == f"✗ PORT: a port is a number from 1 to 65535, not '{port}'"
    assert len(advice) == 1
    assert ended.value.code == 2


def test_wrong_port_ends_the_command_itself_with_a_code() -> None:
    command = [sys.executable, "-m", "infra", *given_to_infra("0")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr.strip().startswith("✗ PORT: a port is a number from 1 to 65535, not '0'")
    assert done.returncode == 2


def given_to_infra(port: str) -> list[str]:
    """Return the arguments that make gives to the command for a port."""
    command = planned("status", f"PORT={port}").rstrip()
    assert command.endswith(f"--port {port}")
    return command.split("-m infra ")[1].split()
