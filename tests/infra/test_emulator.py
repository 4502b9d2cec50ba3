"""The emulator is started, stopped and found in the way as a newcomer would meet it."""

import json
import os
import shutil
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from infra import commands
from infra.build import package
from infra.cli import main
from infra.deploy import change_set
from infra.emulator import checkout, ports
from infra.emulator.ministack import Emulator
from infra.emulator.ports import is_taken
from infra.errors import CommandError
from infra.settings import ROOT, Settings
from infra.targets import Cloud, connect, emulator_session
from tests.ports import reserved_port
from tests.stack import Stack, eventually

START = """
import sys
from pathlib import Path
from infra.emulator import checkout
from infra.settings import Settings
checkout.ensure_running(Settings(port=int(sys.argv[1]), state_root=Path(".florin")))
"""

HANDLE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
WAITING = {"Handle": {"Ref": "Handle"}, "Timeout": "1", "Count": 1}
SLOW = {"Resources": {"Handle": HANDLE, "Slow": {"Type": "AWS::CloudFormation::WaitCondition", "Properties": WAITING}}}
"""Waits a second for a signal that does not come, and fails."""


def test_a_program_on_the_port_is_named_and_another_port_offered(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(CommandError) as raised:
            Emulator(tmp_path, port).start()
    assert f"Port {port} is taken by pid {os.getpid()} (" in raised.value.problem
    assert "another port: make up PORT=" in raised.value.advice


def test_emulator_of_another_checkout_is_not_used(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("status", "logs", "verify", "demo", "seal", "up"):
        assert main([command, "--port", str(stack.port)]) == 1
        captured = capsys.readouterr()
        assert f"Port {stack.port} is taken by pid " in captured.err
        assert stack.admin.password not in captured.out
    assert main(["down", "--port", str(stack.port)]) == 0
    assert main(["reset", "--port", str(stack.port)]) == 0
    assert stack.emulator.answers()


def test_copied_state_names_no_emulator(stack: Stack, tmp_path: Path) -> None:
    """Its process file names a living process, which is another checkout's."""
    copy = Emulator(tmp_path / "emulator", stack.port)
    copy.folder.mkdir()
    shutil.copy(stack.settings.emulator_dir / "process.json", copy.folder)
    assert copy.running_port() is None
    assert copy.stop() is False
    copy.kill()
    assert not copy.answers()
    assert stack.emulator.answers()
    assert stack.emulator.running_port() == stack.port


def test_of_two_that_start_on_one_port_at_once_one_says_that_it_did_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = reserved_port()
    emulators = [Emulator(tmp_path / name, port) for name in "ab"]
    monkeypatch.setattr(ports, "is_taken", lambda _: False)
    monkeypatch.setattr(ports, "refusal", lambda _: None)
    with ThreadPoolExecutor(2) as pool:
        started = [pool.submit(emulator.start) for emulator in emulators]
        failures = [one.exception() for one in started]
    try:
        assert sorted(map(type, failures), key=str) == [type(None), CommandError]
        winner, loser = sorted(emulators, key=lambda one: failures[emulators.index(one)] is not None)
        assert winner.answers()
        assert (loser.answers(), loser.running_port(), loser.was_killed()) == (False, None, False)
    finally:
        for emulator in emulators:
            emulator.kill()


def test_port_is_remembered_after_the_bank_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(port=reserved_port(), state_root=tmp_path / ".florin")
    # The process that starts an emulator ends before it, as `make up` does.
    command = [sys.executable, "-c", START, str(settings.port)]
    subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)
    try:
        assert main(["down"]) == 0
        assert checkout.on_its_port(replace(settings, port=4566), None).port == settings.port
        with socket.create_server(("127.0.0.1", settings.port)):
            assert main(["status"]) == 1
            captured = capsys.readouterr().err
    finally:
        checkout.emulator_of(settings).kill()
    assert f"does not run. Port {settings.port} is taken by pid {os.getpid()}" in captured
    assert "Start it: make up" in captured


def test_what_stops_is_gone_and_what_starts_again_goes_on(stack: Stack) -> None:
    """Items, stack and stream survive a restart, and no change before or after it is lost to the audit trail."""
    _put(stack, "before")
    eventually(lambda: _audited(stack, "before"))
    stack.stop()
    assert not is_taken(stack.port)
    assert not list(stack.settings.emulator_dir.glob("tmp/*"))
    stack.start()
    _put(stack, "after")
    eventually(lambda: _audited(stack, "after"))
    assert _audited(stack, "before")


def test_what_was_written_just_before_the_bank_is_stopped_is_audited(stack: Stack) -> None:
    _put(stack, "late")
    commands.down(stack.settings)
    assert stack.emulator.child
    stack.emulator.child.wait()
    assert not is_taken(stack.port)
    stack.start()
    assert _audited(stack, "late")


def test_bank_is_not_stopped_while_a_deployment_runs(tmp_path: Path) -> None:
    """It would be saved half deployed: an interrupted `make up` leaves a deployment that goes on by itself."""
    settings = Settings(port=reserved_port(), state_root=tmp_path)
    emulator, stacks = checkout.emulator_of(settings), connect(settings).client("cloudformation")

    def status() -> str:
        return str(stacks.describe_stacks(StackName="florin-dev")["Stacks"][0]["StackStatus"])

    try:
        emulator.start()
        stacks.create_stack(StackName="florin-dev", TemplateBody=json.dumps(SLOW), OnFailure="DO_NOTHING")
        assert status() == "CREATE_IN_PROGRESS"
        commands.down(settings)
        assert emulator.child
        emulator.child.wait()
        emulator.start()
        assert status() == "CREATE_FAILED"
    finally:
        emulator.kill()


@pytest.mark.parametrize("has_stack", [False, True])
def test_status_after_ctrl_c_during_the_first_deployment_says_how_to_go_on(
    has_stack: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the stack is made, and while CloudFormation makes it: it has no outputs then."""

    def begin(cloud: Cloud, settings: Settings) -> bool:
        if has_stack:
            stacks = cloud.client("cloudformation")
            stacks.create_stack(StackName=settings.stack_name, TemplateBody=json.dumps(SLOW), OnFailure="DO_NOTHING")
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(package, "package", lambda _: True)
    monkeypatch.setattr(change_set, "deploy", begin)
    emulator = Emulator(tmp_path / ".florin" / "emulator", reserved_port())
    monkeypatch.setattr(checkout, "emulator_of", lambda _: emulator)  # it reaps the process that it has started
    try:
        assert main(["up", f"--port={emulator.port}"]) == 130
        assert "Run the same command again to continue." in capsys.readouterr().err
        for command in ("status", "verify", "demo"):
            assert main([command]) == 1
            told = capsys.readouterr()
            assert "The bank's first deployment has not ended." in told.err
            assert "Go on with it: make up" in told.err
            assert told.out == ""
    finally:
        emulator.kill()
    assert main(["status"]) == 1
    assert "Start it: make up" in capsys.readouterr().err


def test_what_was_killed_goes_on_from_its_last_stop_with_its_files(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path, reserved_port())
    storage = Cloud(emulator.url, emulator_session()).client("s3")
    try:
        emulator.start()
        storage.create_bucket(Bucket="kept")
        storage.put_object(Bucket="kept", Key="saved", Body=b"1")
        emulator.stop()
        for _ in range(2):
            emulator.start()
            assert [one["Key"] for one in storage.list_objects_v2(Bucket="kept")["Contents"]] == ["saved"]
            assert [one["Name"] for one in storage.list_buckets()["Buckets"]] == ["kept"]
            storage.put_object(Bucket="kept", Key="unsaved", Body=b"2")
            storage.create_bucket(Bucket="lost")
            storage.put_object(Bucket="lost", Key="unsaved", Body=b"2")
            assert emulator.child
            emulator.child.kill()
            emulator.child.wait()
    finally:
        emulator.stop()


def test_the_status_is_for_a_shell_to_read(stack: Stack) -> None:
    script = f'eval "$({sys.executable} -m infra status)" && echo "$BANK_URL $BANK_ADMIN_EMAIL $BANK_ADMIN_PASSWORD"'
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = ["sh", "-c", script]
    done = subprocess.run(command, cwd=stack.folder, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [stack.url, stack.admin.email, stack.admin.password]


def _put(stack: Stack, name: str) -> None:
    at = {"S": "2026-11-21T08:30:00.123456Z"}
    item = {
        "pk": {"S": f"ANNOUNCEMENT#{name}"},
        "sk": {"S": "ANNOUNCEMENT"},
        "type": {"S": "announcement"},
        "version": {"N": "1"},
        "created_at": at,
        "updated_at": at,
        "updated_by": {"S": "usr_1"},
        "request_id": {"S": "req-1"},
    }
    stack.client("dynamodb").put_item(TableName=stack.table_name("bank"), Item=item)


def _audited(stack: Stack, name: str) -> int:
    found = stack.client("dynamodb").query(
        TableName=stack.table_name("audit"),
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"ANNOUNCEMENT#{name}"}},
    )
    return int(found["Count"])
