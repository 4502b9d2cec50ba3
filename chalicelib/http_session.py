"""Sends the requests of a client of AWS over kept connections, for a fifth of urllib3's CPU time.

botocore repeats requests and parses responses as ever. Only what passes over the line is ours, and each failure is
raised as the error of botocore's own session, so what is repeated, and what a lost answer means, does not change.
"""

import ssl
import weakref
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies
from urllib3.util import wait_for_read

from chalicelib.http_response import PlainResponse

USUAL_PORTS = {"http": ":80", "https": ":443"}


def use_kept_connections(client: Any) -> None:
    """Let a client send over kept connections, unless it is to use a proxy, or to trust other authorities."""
    # botocore has no other place for a session, and says nowhere else whom it trusts.
    endpoint, config, url = client._endpoint, client.meta.config, client.meta.endpoint_url  # noqa: SLF001 — as above
    usual, scheme = endpoint.http_session, urlsplit(url).scheme
    is_usual = scheme == "http" or usual._verify is True  # noqa: SLF001 — as above
    if is_usual and scheme not in (config.proxies or get_environ_proxies(url)):
        endpoint.http_session = KeptConnections(
            usual, config.connect_timeout, config.read_timeout, config.max_pool_connections
        )


_Idle = defaultdict[tuple[str, str], deque[HTTPConnection]]
"""Connections that nobody uses, by scheme and host."""


@dataclass(frozen=True)
class _Body:
    """A body that has been read, as `AWSResponse` asks for it."""

    content: bytes

    def stream(self) -> Iterator[bytes]:
        yield self.content


class KeptConnections:
    """A session of botocore. What is to be streamed, to AWS or from it, is left to `usual`, botocore's own.

    `authorities` is the file of those who may prove servers; by default it has those whom botocore trusts.
    """

    def __init__(
        self, usual: Any, connect_timeout: float, read_timeout: float, kept_max: int, authorities: str | None = None
    ):
        self._usual, self._connect_timeout, self._read_timeout = usual, connect_timeout, read_timeout
        self._authorities = authorities or get_cert_path(True)
        self._kept_max, self._idle = kept_max, _Idle(deque)
        weakref.finalize(self, _close_all, self._idle)  # of a client that nothing uses any more

    def send(self, request: Any) -> AWSResponse:
        """Send a prepared request, and read its whole response. Raises what botocore's own session does."""
        if request.stream_output or not isinstance(request.body, bytes):
            sent: AWSResponse = self._usual.send(request)
            return sent
        url = urlsplit(request.url)
        message = _head(request, url) + request.body
        idle = self._idle[url.scheme, url.netloc]
        connection = self._connection(idle, url, request.url)
        try:
            connection.sock.sendall(message)
            response = PlainResponse(connection.sock, method=request.method)
            with response:
                response.begin()
                content = response.read()
        except (OSError, HTTPException) as error:
            connection.close()
            raise _meaning(error, request) from error
        if len(idle) < self._kept_max and not response.will_close:
            idle.append(connection)
        else:
            connection.close()
        return AWSResponse(request.url, response.status, cast(HTTPHeaders, response.fields), _Body(content))

    def close(self) -> None:
        """Close what is not in use."""
        self._usual.close()
        _close_all(self._idle)

    def _connection(self, idle: deque[HTTPConnection], url: SplitResult, endpoint_url: str) -> HTTPConnection:
        """Return the connection that was used last and is still open, or a new one."""
        while idle:
            try:
                connection = idle.pop()
            except IndexError:  # another thread has taken the last one
                break
            if not wait_for_read(connection.sock, timeout=0):
                return connection
            connection.close()  # there is nothing to read before a request: the other side has closed it
        return self._connect(url, endpoint_url)

    def _connect(self, url: SplitResult, endpoint_url: str) -> HTTPConnection:
        made = self._new_connection(url)
        try:
            made.connect()
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=endpoint_url, error=error) from error
        except ssl.SSLError as error:
            raise SSLError(endpoint_url=endpoint_url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=endpoint_url, error=error) from error
        made.sock.settimeout(self._read_timeout)
        return made

    def _new_connection(self, url: SplitResult) -> HTTPConnection:
        host, timeout = url.hostname or "", self._connect_timeout
        if url.scheme == "https":
            return HTTPSConnection(host, url.port, timeout=timeout, context=_trust(self._authorities))
        return HTTPConnection(host, url.port, timeout=timeout)


def _close_all(idle: _Idle) -> None:
    for connections in idle.values():
        while connections:
            connections.pop().close()


@cache
def _trust(authorities: str) -> ssl.SSLContext:
    """Return how servers are proved: by authorities, and by their names. To read a file takes some 20 ms."""
    return ssl.create_default_context(cafile=authorities)


def _head(request: Any, url: SplitResult) -> bytes:
    """Return a request line with headers. Raises ValueError if one has a line break in it."""
    headers = {
        "Host": name_host(url),
        "Accept-Encoding": "identity",
        **{name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()},
        "Content-Length": len(request.body),
    }
    lines = [f"{request.method} {_target(url)} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    text = "\r\n".join(lines)
    if len(text.splitlines()) != len(lines):
        raise ValueError("a header of a request has a line break in it")
    return f"{text}\r\n\r\n".encode("iso-8859-1")


def name_host(url: SplitResult) -> str:
    """Return a host as the header `Host` names it: without the usual port."""
    return url.netloc.rpartition("@")[2].lower().removesuffix(USUAL_PORTS[url.scheme])


def _target(url: SplitResult) -> str:
    return f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"


def _meaning(error: Exception, request: Any) -> Exception:
    """Return botocore's error for one that came after a connection was made."""
    if isinstance(error, TimeoutError):
        return ReadTimeoutError(endpoint_url=request.url, error=error)
    if isinstance(error, ssl.SSLError):
        return SSLError(endpoint_url=request.url, error=error)
    return ConnectionClosedError(endpoint_url=request.url, error=error, request=request)
