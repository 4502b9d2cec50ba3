"""Which emulator a command talks to, and which it refuses."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader

from infra import commands
from infra.errors import CommandError
from infra.settings import Settings
from infra.targets import Cloud, connect, emulator_session, localstack_url
from tests.ports import reserved_port

LOCALSTACK = {"services": {}, "edition": "community", "version": "2026.3.0"}
MINISTACK = {"services": {}, "edition": "light", "version": "1.5.33"}
Serve = Callable[[dict[str, Any]], int]


@contextmanager
def emulator(health: dict[str, Any]) -> Iterator[int]:
    """A server that only says what it is; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(health).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def localstack(port: int) -> Settings:
    return Settings(target="localstack", port=port, is_port_given=True)


def test_localstack_is_taken_at_the_port_that_is_given() -> None:
    with emulator(LOCALSTACK) as port:
        cloud = connect(localstack(port))
    assert cloud.endpoint_url == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(("variable", "value"), [("AWS_ENDPOINT_URL", "http://a:1"), ("LOCALSTACK_HOST", "a:1")])
def test_localstack_is_found_by_its_own_variables(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    assert localstack_url(Settings(target="localstack")) == "http://a:1"
    assert localstack_url(localstack(4570)) == "http://127.0.0.1:4570"


def test_a_ministack_is_refused_as_a_localstack() -> None:
    with emulator(MINISTACK) as port, pytest.raises(CommandError, match="is MiniStack") as raised:
        connect(localstack(port))
    assert "TARGET=localstack" in raised.value.advice


def test_another_program_is_refused_as_a_localstack() -> None:
    with emulator({"status": "up"}) as port, pytest.raises(CommandError, match="No LocalStack responds"):
        connect(localstack(port))


def test_nothing_at_the_port_is_answered_with_how_to_start_a_localstack() -> None:
    with pytest.raises(CommandError, match="No LocalStack responds") as raised:
        connect(localstack(reserved_port()))
    assert "compose.yaml" in raised.value.advice
    assert "LOCALSTACK_HOST" in raised.value.advice


def test_an_account_of_localstack_is_named_by_the_key() -> None:
    with emulator(LOCALSTACK) as port:
        own = connect(Settings(target="localstack", port=port, is_port_given=True, account_id="123456789012"))
    credentials = own.session.get_credentials()
    assert credentials is not None
    assert credentials.access_key == "123456789012"


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"])
def test_shell_that_leads_to_an_emulator_does_not_reach_it_as_aws(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:4566")
    with pytest.raises(CommandError, match=f"{name} leads to http://127.0.0.1:4566, which is not AWS") as raised:
        connect(Settings(stage="dev", target="aws"))
    assert "TARGET=localstack" in raised.value.advice


def test_profile_that_leads_to_an_emulator_does_not_reach_it_as_aws(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[default]\nendpoint_url = http://127.0.0.1:4566\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(CommandError, match=r"leads to http://127\.0\.0\.1:4566, which is not AWS"):
        connect(Settings(stage="dev", target="aws"))


@pytest.mark.parametrize("url", ["https://dynamodb.eu-west-1.amazonaws.com", "https://vpce-1.s3.vpce.amazonaws.com"])
def test_endpoints_of_aws_are_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
    assert connect(Settings(stage="dev", target="aws")).endpoint_url is None


def test_process_of_the_bank_works_on_the_target_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    cloud = Cloud("http://127.0.0.1:4570", emulator_session())
    monkeypatch.setattr(Cloud, "account_id", lambda _: "000000000000")
    functions = SimpleNamespace(get_function_configuration=lambda **_: {})
    monkeypatch.setattr(Cloud, "client", lambda *_: functions)
    found = cloud.environment("local")
    assert {name: value for name, value in found.items() if "ENDPOINT" in name} == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4570"
    }


@pytest.mark.parametrize("command", [commands.down, commands.reset])
def test_commands_for_this_machine_leave_its_bank_alone_when_asked_for_aws(
    tmp_path: Path, command: Callable[[Settings], None]
) -> None:
    (tmp_path / "emulator").mkdir()
    with pytest.raises(CommandError, match="works on the bank on this machine"):
        command(Settings(target="aws", state_root=tmp_path, build_root=tmp_path / "build"))
    assert (tmp_path / "emulator").exists()


def test_down_leaves_a_localstack_running_and_says_how_to_stop_it() -> None:
    with emulator(LOCALSTACK) as port, pytest.raises(CommandError, match="not started by this command") as raised:
        commands.down(localstack(port))
    assert "make reset TARGET=localstack" in raised.value.advice


def test_descriptions_of_aws_are_read_once_for_all_sessions_with_an_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    emulator_session().client("sqs")
    monkeypatch.setattr(JSONFileLoader, "load_file", lambda _, path: pytest.fail(f"{path} is read again"))
    emulator_session().client("sqs")
