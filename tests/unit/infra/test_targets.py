"""Which emulator a command talks to, and which it refuses."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from infra import commands
from infra.emulator.ports import free_port
from infra.errors import CommandError
from infra.settings import Settings
from infra.targets import connect, localstack_url

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
        thread = threading.Thread(target=server.serve_forever)
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
        connect(localstack(free_port()))
    assert "compose.yaml" in raised.value.advice
    assert "LOCALSTACK_HOST" in raised.value.advice


def test_an_account_of_localstack_is_named_by_the_key() -> None:
    with emulator(LOCALSTACK) as port:
        own = connect(Settings(target="localstack", port=port, is_port_given=True, account_id="123456789012"))
    credentials = own.session.get_credentials()
    assert credentials is not None
    assert credentials.access_key == "123456789012"


def test_down_leaves_a_localstack_running_and_says_how_to_stop_it() -> None:
    with emulator(LOCALSTACK) as port, pytest.raises(CommandError, match="not started by this command") as raised:
        commands.down(localstack(port))
    assert "make reset TARGET=localstack" in raised.value.advice
