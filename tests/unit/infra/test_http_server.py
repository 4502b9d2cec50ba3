"""The server in which MiniStack's app runs, with a small app in its place."""

import asyncio
import errno
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import httpx
import hypercorn.asyncio
import pytest
from hypercorn.config import Config

from infra.emulator import http_server
from infra.emulator.listener import leave_out_probe, listen

ANSWER_SECONDS_MAX = 60
START = {"type": "http.response.start", "status": 200, "headers": [(b"x-own", b"1")]}


class App:
    """Answers with the path as it was sent and as it is meant, and the body; it notes starts and ends."""

    def __init__(self) -> None:
        self.life: list[str] = []

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Any]) -> None:
        if scope["type"] == "lifespan":
            for stage in ("startup", "shutdown"):
                self.life.append((await receive())["type"])
                await send({"type": f"lifespan.{stage}.complete"})
            return
        message = await receive()
        body = message["body"]
        while message["more_body"]:
            message = await receive()
            body += message["body"]
        await send(START)
        seen = b"|".join([scope["raw_path"], scope["path"].encode(), scope["query_string"], str(len(body)).encode()])
        await send({"type": "http.response.body", "body": seen})


async def _serve_while(app: App, call: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    """Serve as `ministack.main` does, and end with the signal that `make down` sends."""
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    serving = asyncio.create_task(http_server.serve(listener, app, Config()))
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=ANSWER_SECONDS_MAX) as client:
        await call(client)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, ANSWER_SECONDS_MAX)


def test_requests_reach_the_app_as_they_were_sent_and_answers_say_nothing_of_the_server() -> None:
    app = App()

    async def call(client: httpx.AsyncClient) -> None:
        found = await client.put("/a%2Fb/c%20d?x=1&x=%2F", content=b"y" * 300_000)
        assert found.text == "/a%2Fb/c%20d|/a/b/c d|x=1&x=%2F|300000"
        assert found.headers.keys() == {"x-own", "transfer-encoding"}

    asyncio.run(_serve_while(app, call))
    assert app.life == ["lifespan.startup", "lifespan.shutdown"]


def test_sigterm_lets_the_app_save_its_state_and_the_process_go_on() -> None:
    """Uvicorn would raise the signal again; MiniStack's handler would then end the process before it tidies up."""
    ends: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: ends.append(number))
    app = App()

    async def call(client: httpx.AsyncClient) -> None:
        assert (await client.get("/")).status_code == 200

    try:
        asyncio.run(_serve_while(app, call))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (app.life[-1], ends) == ("lifespan.shutdown", [])


def test_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_ministack_serves_with_it_at_the_socket_that_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hypercorn.asyncio, "serve", None)
    with listen("127.0.0.1", 0) as listener:
        http_server.replace_hypercorn(listener)
        serve: Any = hypercorn.asyncio.serve
        assert (serve.func, serve.args) == (http_server.serve, (listener,))


def test_ministack_does_not_take_its_own_socket_for_another_program() -> None:
    ministack = SimpleNamespace()
    leave_out_probe(ministack)
    with listen("127.0.0.1", 0) as listener, ministack.socket.socket() as probe:
        assert probe.connect_ex(listener.getsockname()) == errno.ECONNREFUSED


def test_client_that_comes_before_the_server_runs_is_answered_by_it() -> None:
    """One wait, not a refusal to repeat: the emulator listens before it loads the state of a large bank."""
    app, answers = App(), []
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()) as early:
        early.sendall(b"GET /early HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

        async def answered() -> None:
            serving = asyncio.create_task(http_server.serve(listener, app, Config()))
            answers.append(await asyncio.get_running_loop().run_in_executor(None, early.recv, 4096))
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(serving, ANSWER_SECONDS_MAX)

        before = signal.getsignal(signal.SIGTERM)
        try:
            asyncio.run(answered())
        finally:
            signal.signal(signal.SIGTERM, before)
    assert answers[0].startswith(b"HTTP/1.1 200 ")


def test_connections_are_known_as_tcp_so_that_asyncio_sends_their_answers_without_delay() -> None:
    with (
        listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as connection,
    ):
        assert connection.proto == socket.IPPROTO_TCP
