"""The emulator is started, stopped and found in the way as a newcomer would meet it."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from infra.cli import main
from infra.emulator.ministack import Emulator
from infra.emulator.ports import free_port, is_taken
from infra.errors import CommandError
from infra.settings import ROOT
from infra.targets import Cloud, emulator_session
from tests.stack import Stack, eventually


def test_a_program_on_the_port_is_named_and_another_port_offered(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(CommandError) as raised:
            Emulator(tmp_path, port).start()
    assert f"Port {port} is taken by pid {os.getpid()} (" in raised.value.problem
    assert f"PORT={port + 1}" in raised.value.advice


def test_expected_trouble_is_told_in_two_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["status", "--port", str(free_port())]) == 1
    assert "Start it: make up" in capsys.readouterr().err


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


def test_what_was_killed_goes_on_from_its_last_stop_with_its_files(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path, free_port())
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
            assert emulator._child
            emulator._child.kill()
            emulator._child.wait()
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
