"""Wrong variables and interrupted commands end with a message, never with a traceback."""

import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from infra import files
from infra.cli import main
from infra.emulator import ports
from infra.settings import ROOT


@pytest.mark.parametrize("port", ["80000", "0", "-1", "abc", "4566.5"])
def test_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["status", f"--port={port}"])
    assert ended.value.code == 2
    assert f"PORT: a port is a number from 1 to 65535, not '{port}'" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["80", "1023"])
def test_port_that_the_system_keeps_for_itself_is_refused(
    port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ports below 1024 are root's on most machines."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ports, "is_taken", lambda _: False)
    monkeypatch.setattr(socket.socket, "bind", refuse)
    assert main(["up", f"--port={port}"]) == 1
    told = capsys.readouterr().err
    assert f"Port {port} cannot be used: Permission denied." in told
    assert "make up PORT=4570" in told
    assert "Traceback" not in told


def test_port_that_is_bound_by_another_program_is_refused() -> None:
    """It need not listen: `is_taken` connects, and would find nobody."""
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        port = int(other.getsockname()[1])
        assert ports.refusal(port) == "Address already in use"
    assert ports.refusal(port) is None


def test_stage_that_is_none_is_refused_by_the_name_of_its_variable(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["status", "--stage", "mars"])
    assert "STAGE: invalid choice: 'mars'" in capsys.readouterr().err


@pytest.mark.parametrize("given", [[], ["--customer=cus_1"], ["--reason=r"], ["--customer=cus_1", "--reason= "]])
def test_nothing_is_opened_without_a_customer_and_a_reason(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["open-retained", *given]) == 1
    assert "for what legal purpose?" in capsys.readouterr().err


@pytest.mark.parametrize(("error", "printed"), [("KeyboardInterrupt", False), ("ValueError", True)])
def test_ctrl_c_prints_no_traceback(error: str, printed: bool) -> None:
    command = [sys.executable, "-c", f"import infra\nraise {error}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert ("Traceback" in done.stderr) is printed


def test_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "folder" / "file.json"
    files.write(path, "first")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "rename", interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.write(path, "second")
    assert path.read_text() == "first"
    assert path.stat().st_mode & 0o077 == 0
