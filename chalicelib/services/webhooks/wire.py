"""A connection that ends: every wait counts against one deadline, and every byte received against one limit."""

import io
import ssl
import time
from collections.abc import Callable
from socket import socket
from typing import Any

CHUNK_BYTES = 16_384
"""What TLS sends as one record, so one call waits for one record only."""


class Deadline:
    """A moment by this process's monotonic clock."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started_at = clock()
        self._ends_at = self._started_at + seconds

    def remaining(self) -> float:
        """Return the seconds left. Raises TimeoutError if there are none."""
        left = self._ends_at - self._clock()
        if left <= 0:
            raise TimeoutError
        return left

    def milliseconds(self) -> int:
        """Return how much time has passed."""
        return round((self._clock() - self._started_at) * 1000)


class Wire:
    """The part of a socket that http.client uses. A response ends at the limit of bytes, at the latest."""

    def __init__(self, connected: socket | ssl.SSLSocket, deadline: Deadline, received_max: int) -> None:
        self._socket = connected
        self._deadline = deadline
        self._received_max = received_max

    def sendall(self, content: bytes) -> None:
        """Send everything. Raises TimeoutError at the deadline, however slowly the receiver takes it."""
        rest = memoryview(content)
        while rest:
            self._socket.settimeout(self._deadline.remaining())
            rest = rest[self._socket.send(rest[:CHUNK_BYTES]) :]

    def makefile(self, *_mode: Any, **_options: Any) -> io.BufferedReader:
        """Return the response as a file."""
        return io.BufferedReader(_Received(self._socket, self._deadline, self._received_max))

    def close(self) -> None:
        """Do nothing: http.client closes its socket before it has read the body. Who connected it closes it."""


class _Received(io.RawIOBase):
    """The received bytes, until the limit."""

    def __init__(self, connected: socket | ssl.SSLSocket, deadline: Deadline, bytes_max: int) -> None:
        super().__init__()
        self._socket = connected
        self._deadline = deadline
        self._left = bytes_max

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Receive once. Returns 0 at the end, and at the limit."""
        if self._left <= 0:
            return 0
        self._socket.settimeout(self._deadline.remaining())
        count = self._socket.recv_into(buffer, min(len(buffer), self._left))
        self._left -= count
        return count
