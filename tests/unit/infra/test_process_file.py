"""Which process has an emulator's folder, while commands start and stop it at once and process ids come again."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from infra.emulator.ministack import Emulator
from infra.emulator.ports import free_port
from infra.emulator.process_file import PROCESS_FILE, Process, ProcessFile
from infra.errors import CommandError
from infra.settings import ROOT

MODULE = "tests.unit.infra.quick_emulator"
TAKE = """
import sys
from pathlib import Path
from infra.emulator.process_file import ProcessFile
with ProcessFile(Path(sys.argv[1])).hold(1):
    print("taken", flush=True)
    sys.stdin.read()
"""
TAKERS = 4
SECONDS_MAX = 60


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def emulators(tmp_path: Path) -> Iterator[list[Emulator]]:
    """Two commands' views of one folder."""
    port = free_port()
    both = [Emulator(tmp_path / "emulator", port, MODULE) for _ in range(2)]
    yield both
    for one in both:
        one.kill()


def test_process_is_named_as_long_as_it_runs(tmp_path: Path) -> None:
    file = ProcessFile(tmp_path)
    assert (file.live(), file.is_left_behind()) == (None, False)
    with file.hold(4566):
        assert (file.live(), file.is_left_behind()) == (Process(os.getpid(), 4566), False)
    assert (file.live(), file.is_left_behind()) == (None, True), "it did not say that it ends in order"
    with file.hold(4567):
        assert file.live() == Process(os.getpid(), 4567)
        file.remove()
        assert (file.live(), file.is_left_behind()) == (None, False)
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("process")] == []


def test_file_left_behind_names_nobody_though_its_process_id_is_another_programs(tmp_path: Path) -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other:
        (tmp_path / PROCESS_FILE).write_text(json.dumps({"pid": other.pid, "port": 4566}))
        emulator = Emulator(tmp_path, 4566, MODULE)
        assert (emulator.running_port(), emulator.was_killed()) == (None, True)
        assert emulator.stop() is False
        emulator.kill()
        assert other.poll() is None
        other.kill()


def test_file_left_behind_names_nobody_while_the_next_process_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its id would be that of a dead process, or of a program to which a signal must not go."""
    (tmp_path / PROCESS_FILE).write_text(json.dumps({"pid": 1, "port": 1}))
    file, dump, seen = ProcessFile(tmp_path), json.dump, []

    def watched(*written: Any) -> None:
        seen.append(file.live())
        dump(*written)
        seen.append(file.live())

    monkeypatch.setattr(json, "dump", watched)
    with file.hold(4566):
        assert seen == [None, None]
        assert file.live() == Process(os.getpid(), 4566)


def test_one_of_many_that_take_a_folder_at_once_has_it(tmp_path: Path) -> None:
    """Beside a file that a killed process has left."""
    (tmp_path / PROCESS_FILE).write_text(json.dumps({"pid": os.getpid(), "port": 1}))
    command = [sys.executable, "-c", TAKE, str(tmp_path)]
    takers = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(TAKERS)
    ]
    try:
        until(lambda: sum(one.poll() is None for one in takers) == 1)
        [winner] = [one for one in takers if one.poll() is None]
        assert winner.stdout
        assert winner.stdout.readline() == "taken\n"
        assert ProcessFile(tmp_path).live() == Process(winner.pid, 1)
    finally:
        said = [one.communicate()[1] for one in takers]
    assert sorted(said) == ["", *["Another emulator runs on this folder.\n"] * (TAKERS - 1)]


def test_of_two_starts_at_once_one_starts_it_and_both_wait_for_it(emulators: list[Emulator]) -> None:
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(one.start) for one in emulators]:
            done.result()
    [child] = [one.child for one in emulators if one.child is not None]
    assert ProcessFile(emulators[0].folder).live() == Process(child.pid, emulators[0].port)
    assert all(one.answers() for one in emulators)


def test_start_at_another_port_says_where_it_runs(emulators: list[Emulator]) -> None:
    emulators[0].start()
    with pytest.raises(CommandError, match=f"already runs on port {emulators[0].port}"):
        Emulator(emulators[0].folder, free_port(), MODULE).start()


def test_stop_during_a_start_waits_for_it_and_leaves_nothing(
    emulators: list[Emulator], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = tmp_path / "held"
    held.touch()
    monkeypatch.setenv("HELD_BY", str(held))
    starting, stopping = emulators
    with ThreadPoolExecutor(2) as pool:
        start = pool.submit(starting.start)
        until(lambda: starting.running_port() is not None)
        stop = pool.submit(stopping.stop)
        held.unlink()
        start.result()
        assert stop.result() is True
    assert (starting.running_port(), starting.was_killed()) == (None, False)
    assert starting.child
    assert starting.child.wait(SECONDS_MAX) is not None


def test_start_and_stop_again_and_again_from_two_commands_end_in_order(emulators: list[Emulator]) -> None:
    def turn(one: Emulator) -> None:
        for _ in range(3):
            one.start()
            one.stop()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(turn, one) for one in emulators]:
            done.result()
    assert (emulators[0].running_port(), emulators[0].was_killed()) == (None, False)


def test_emulator_that_ends_while_it_is_stopped_is_stopped(
    emulators: list[Emulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ended by itself after the command had found it."""
    emulators[0].start()
    kill = os.kill

    def ended_before(pid: int, number: int) -> None:
        kill(pid, number)
        until(lambda: emulators[0].running_port() is None)
        raise ProcessLookupError

    with monkeypatch.context() as patched:
        patched.setattr(os, "kill", ended_before)
        assert emulators[1].stop() is True
    assert emulators[0].running_port() is None


def test_process_of_an_interrupted_start_is_the_emulator_of_the_next(
    emulators: list[Emulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends the command, not the process that it has started."""
    interrupted, following = emulators

    def interrupt(_: Callable[[], bool]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(interrupted, "wait", interrupt)
    with suppress(KeyboardInterrupt):
        interrupted.start()
    until(lambda: following.running_port() is not None)
    following.start()
    assert (following.child, following.answers()) == (None, True)
    assert following.stop() is True


def test_kill_ends_a_process_that_has_not_taken_the_folder_yet(
    emulators: list[Emulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator = emulators[0]
    monkeypatch.setattr(ProcessFile, "live", lambda _: None)
    monkeypatch.setattr(emulator, "wait", lambda _: None)
    emulator.start()
    assert emulator.child
    emulator.kill()
    assert emulator.child.poll() is not None
    assert not emulator.folder.exists()
