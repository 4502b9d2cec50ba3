"""Ports for servers that tests start."""

import atexit
import socket
import sys

from infra.emulator.ports import free_port


def reserved_port() -> int:
    """Return a free port that the system gives to no other process until this one ends.

    Tests run in several processes, and a deployment begins long before its emulator listens. Linux lets a server listen
    at a port that another socket has bound and does not listen at. Elsewhere the port is merely free at this moment.
    """
    if sys.platform != "linux":
        return free_port()
    probe = socket.socket()
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", 0))
    atexit.register(probe.close)
    return int(probe.getsockname()[1])
