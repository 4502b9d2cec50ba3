"""A receiver of webhooks on this machine: a real socket that keeps each message and answers as a test says."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

Respond = Callable[[socket.socket, "Message"], None]


@dataclass(frozen=True)
class Message:
    """A request as it arrived. Names of headers are in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


def answer(status: int, body: str = "", **headers: str) -> Respond:
    """Return what answers each message with a status."""
    lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body.encode())}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    told = "\r\n".join([*lines, "", body]).encode()
    return lambda connection, _: connection.sendall(told)


class Receiver:
    """Listens from its start to the end of the block. `connections` counts what was accepted, with or without TLS."""

    def __init__(
        self,
        respond: Respond | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.respond = respond or answer(200)
        self.messages: list[Message] = []
        self.connections = 0
        self._tls = tls
        self._listener = socket.create_server((host, port))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}/hook"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # Closing alone does not wake a thread that accepts.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self._thread.join()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            secured = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            self._open.append(secured)
            message = _read(secured)
            if message:
                self.messages.append(message)
                self.respond(secured, message)
            secured.close()


def _read(connection: socket.socket) -> Message | None:
    with connection.makefile("rb") as file:
        line = file.readline().decode().strip()
        headers: dict[str, str] = {}
        while header := file.readline().decode().strip():
            name, _, value = header.partition(": ")
            headers[name.lower()] = value
        return Message(line, headers, file.read(int(headers.get("content-length", 0)))) if line else None
