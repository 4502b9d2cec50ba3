"""`make dev` sees every change of a source, once."""

from collections.abc import Callable, Iterator
from itertools import count
from os import utime
from pathlib import Path

import pytest

from infra import dev
from infra.errors import CommandError
from infra.settings import Settings

ticks = count()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("chalicelib/a.py", "infra/b.py", "statemachines/c.json", "app.py"):
        write(tmp_path / name)
    return tmp_path


def write(path: Path) -> None:
    """Write a file at a time of its own, however coarse the file system's clock is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("written")
    moment = next(ticks)
    utime(path, (moment, moment))


def waits(*happenings: Callable[[], None]) -> Callable[[], None]:
    """Return a wait during which one thing happens after another; a test that waits longer than that fails."""
    left: Iterator[Callable[[], None]] = iter(happenings)

    def wait() -> None:
        next(left)()

    return wait


def nothing() -> None:
    """Let a moment pass."""


def test_each_change_is_told_once_when_files_have_been_left_for_a_moment(root: Path) -> None:
    wait = waits(
        nothing,
        lambda: write(root / "chalicelib/a.py"),
        lambda: write(root / "infra/new.py"),
        nothing,
        nothing,
        (root / "statemachines/c.json").unlink,
        nothing,
    )
    changes = dev.changes(root, dev.source_times(root), wait)
    assert next(changes) == ["chalicelib/a.py", "infra/new.py"]
    assert next(changes) == ["statemachines/c.json"]


def test_what_is_compiled_or_is_no_source_is_no_change(root: Path) -> None:
    wait = waits(
        lambda: write(root / "chalicelib/__pycache__/a.pyc"),
        lambda: write(root / "chalicelib/.a.py.swp"),
        lambda: write(root / "README.md"),
        lambda: write(root / "app.py"),
        nothing,
    )
    assert next(dev.changes(root, dev.source_times(root), wait)) == ["app.py"]


def test_change_during_a_deployment_is_seen_after_it(root: Path) -> None:
    deployed = dev.source_times(root)
    write(root / "chalicelib/a.py")
    changes = dev.changes(root, deployed, waits(nothing, nothing, nothing, nothing))
    assert next(changes) == ["chalicelib/a.py"]
    write(root / "infra/b.py")
    assert next(changes) == ["infra/b.py"]


def test_bank_is_deployed_after_each_change_until_ctrl_c(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is changed during the first deployment is deployed, and a deployment that fails does not end it."""
    deployments = list[list[str]]()

    def run(command: list[str], **_: object) -> None:
        deployments.append(command[3:5])
        if len(deployments) == 1:
            write(root / "app.py")

    def interrupt() -> None:
        raise KeyboardInterrupt

    wait = waits(nothing, nothing, lambda: write(root / "chalicelib/a.py"), nothing, interrupt)
    monkeypatch.setattr("subprocess.run", run)
    monkeypatch.setattr("time.sleep", lambda _: wait())
    dev.develop(Settings(root=root))
    assert deployments == [["up", "--stage"], ["up", "--brief"], ["up", "--brief"]]
    assert [line for line in capsys.readouterr().out.splitlines() if line.endswith(".py")] == [
        "app.py",
        "chalicelib/a.py",
    ]


def test_bank_on_aws_is_not_deployed_after_each_change(root: Path) -> None:
    with pytest.raises(CommandError, match="on this machine only"):
        dev.develop(Settings(root=root, target="aws"))
