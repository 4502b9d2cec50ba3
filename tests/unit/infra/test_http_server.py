"""The server in which MiniStack's app runs, with a small app in its place."""

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx
import hypercorn.asyncio
import pytest
from hypercorn.config import Config

from infra.emulator import http_server
from infra.emulator.ports import free_port

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


def _config(port: int) -> Config:
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    return config


async def _serve_while(app: App, call: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    """Serve as `ministack.main` does, and end with the signal that `make down` sends."""
    port = free_port()
    serving = asyncio.create_task(http_server.serve(app, _config(port)))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        while not serving.done():
            with suppress(httpx.ConnectError):
                await call(client)
                break
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, 10)


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


def test_taken_port_is_an_error_and_nothing_is_saved() -> None:
    app = App()
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        asyncio.run(http_server.serve(app, _config(taken.getsockname()[1])))
    assert "lifespan.shutdown" not in app.life


def test_ministack_serves_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hypercorn.asyncio, "serve", None)
    http_server.replace_hypercorn()
    assert hypercorn.asyncio.serve is http_server.serve


def test_connections_are_known_as_tcp_so_that_asyncio_sends_their_answers_without_delay() -> None:
    port = free_port()
    with http_server.bind_socket("127.0.0.1", port) as listener:
        listener.listen()
        with socket.create_connection(("127.0.0.1", port)), listener.accept()[0] as connection:
            assert connection.proto == socket.IPPROTO_TCP
