"""The faulty line as a server: what a deployed bank's functions are given for DynamoDB."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

import urllib3

from tests.faults.line import Line, Silence
from tests.faults.plan import Call, Plan

TIMEOUT_SECONDS = 60
Moment = Literal["before", "after"]
Watch = Callable[[Call, Moment, int], None]
"""Told of each call before it is carried and before its answer is given back, with the port from which it came. What
raises Silence before, loses it."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Request:
    headers: dict[str, str]
    body: bytes


class Proxy(ThreadingHTTPServer):
    """Listens on 127.0.0.1, on a free port; `line.faulty` says whether anything happens to what goes through it."""

    daemon_threads = True
    request_queue_size = 64
    watch: Watch | None = None

    def __init__(self, target_url: str, plan: Plan):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target_url = target_url
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.line: Line[Request, Reply] = Line(plan, self._send, _refuse, faulty=False)
        self._pool = urllib3.PoolManager(maxsize=32, retries=False, timeout=TIMEOUT_SECONDS)

    @contextmanager
    def serving(self) -> Iterator["Proxy"]:
        """What is still under way lands before the proxy goes."""
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.line.flush()
            self.shutdown()
            self.server_close()
            thread.join()
            self._pool.clear()

    @contextmanager
    def faulty(self, plan: Plan) -> Iterator[Plan]:
        """While the block runs, the plan's faults happen; in the end everything has landed."""
        self.line.plan, self.line.faulty = plan, True
        try:
            yield plan
        finally:
            self.line.faulty = False
            self.line.flush()

    @contextmanager
    def watched(self, watch: Watch) -> Iterator[None]:
        self.watch = watch
        try:
            yield
        finally:
            self.watch = None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may go away, and be killed; that is what this is for."""

    def _send(self, request: Request) -> Reply:
        answer = self._pool.request("POST", self.target_url, body=request.body, headers=request.headers)
        return Reply(answer.status, dict(answer.headers), answer.data)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Proxy

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        call = Call(self.headers["X-Amz-Target"].rpartition(".")[2], body)
        port = self.client_address[1]
        try:
            self._tell(call, "before", port)
            reply = self.server.line.carry(call, Request(dict(self.headers), body))
        except Silence:
            self.close_connection = True
            return
        self._tell(call, "after", port)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(reply.body)

    def _tell(self, call: Call, moment: Moment, port: int) -> None:
        if self.server.watch:
            self.server.watch(call, moment, port)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _refuse(status: int, body: bytes) -> Reply:
    return Reply(status, {"Content-Type": "application/x-amz-json-1.0"}, body)
