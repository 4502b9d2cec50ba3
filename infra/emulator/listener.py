"""The socket at which the emulator listens, before it has loaded anything."""

import errno
import socket
from types import SimpleNamespace
from typing import Any

BACKLOG = 2048
"""As many clients may wait for the emulator to start, and a client that gives up and comes again counts anew."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens: the kernel accepts connections, which wait for their answers until the server runs.

    It names its protocol, without which asyncio leaves Nagle's algorithm on: the body of an answer would then wait
    40 ms for the client to acknowledge its head.

    Raises:
        OSError: the port is taken.

    """
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def leave_out_probe(ministack: Any) -> None:
    """Let MiniStack not look whether its port is taken: it is, by the socket that listens for it."""
    ministack.socket = SimpleNamespace(**vars(socket) | {"socket": _UnconnectedSocket})


class _UnconnectedSocket(socket.socket):
    """A socket that connects to nothing."""

    def connect_ex(self, address: Any, /) -> int:  # noqa: ARG002 — as MiniStack calls it
        return errno.ECONNREFUSED
