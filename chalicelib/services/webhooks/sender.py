"""Sends one webhook message, and reports what came back. It never raises for what a receiver or its network does.

The name is resolved once. All its addresses are checked, and the connection goes to one of these, so a name that has
another address a moment later gains nothing. http.client writes to the socket that is connected here: it can follow no
redirect and use no proxy.
"""

import http.client
import socket
import ssl
import unicodedata
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import cache
from threading import Thread

from chalicelib import clock, config
from chalicelib.domain.webhooks import destination as destinations
from chalicelib.domain.webhooks.destination import Address, Destination, Refused
from chalicelib.domain.webhooks.schedule import retry_after_seconds
from chalicelib.services.webhooks.wire import Deadline, Wire

SECONDS_MAX = 15
RESOLVE_SECONDS_MAX = 5
CONNECT_SECONDS_MAX = 5
ADDRESSES_TRIED_MAX = 4
RECEIVED_BYTES_MAX = 65_536
EXCERPT_BYTES = 1024
USER_AGENT = "Florin-Webhooks/1.0"

TIMED_OUT = f"The receiver did not answer within {SECONDS_MAX} seconds."
UNKNOWN_NAME = "The name of the host could not be resolved."
UNREACHABLE = "The receiver did not accept a connection."
BROKEN = "The connection was closed before there was an answer."
NO_HTTP = "The answer was not HTTP, or its head was too long."


@dataclass(frozen=True)
class Answer:
    """The result of an attempt: the receiver's `status`, or the `error` because of which there is none.

    `excerpt` is the beginning of the answer's body, without control characters.
    """

    milliseconds: int
    status: int | None = None
    error: str | None = None
    excerpt: str = ""
    retry_after_seconds: int | None = None

    @property
    def is_success(self) -> bool:
        """Return whether the receiver has accepted the message."""
        return self.status is not None and 200 <= self.status < 300


class Failed(Exception):
    """There is no answer. The message says why, and nothing about the inside of the bank's network."""


def find_refusal(url: str) -> str | None:
    """Return why no message may go to a URL, or None. It resolves the name; one that is unknown now is not refused."""
    try:
        destination = _parse(url)
        _addresses(destination, Deadline(RESOLVE_SECONDS_MAX))
    except Refused as error:
        return str(error)
    except (Failed, TimeoutError):
        return None
    return None


def send(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Post a message, within 15 seconds in all. The status counts as soon as it is there, however the body ends."""
    deadline = Deadline(SECONDS_MAX)
    try:
        destination = _parse(url)
        answer = _exchange(destination, _addresses(destination, deadline), headers, body, deadline)
    except Refused as error:
        answer = Answer(0, error=f"The URL {error}.")
    except Failed as error:
        answer = Answer(0, error=str(error))
    except TimeoutError:
        answer = Answer(0, error=TIMED_OUT)
    return replace(answer, milliseconds=deadline.milliseconds())


@cache
def tls_context() -> ssl.SSLContext:
    """Return the settings of TLS: certificates of known authorities, valid for the name. Reading them takes 20 ms."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _parse(url: str) -> Destination:
    return destinations.parse(url, allows_loopback=config.webhook_loopback())


def _addresses(destination: Destination, deadline: Deadline) -> list[Address]:
    """Resolve the name, once, and return its addresses, those of IPv4 first: Lambda has no IPv6 of its own.

    Raises Refused, Failed and TimeoutError.
    """
    texts = _resolve(destination, min(deadline.remaining(), RESOLVE_SECONDS_MAX))
    found = destinations.check_addresses(destination, texts, allows_loopback=config.webhook_loopback())
    return sorted(found, key=lambda address: address.version)


def _resolve(destination: Destination, seconds: float) -> list[str]:
    """Ask the system for the addresses of a name, in a thread: the call itself takes no limit of time."""
    result: Future[list[str]] = Future()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(destination.name, destination.port, type=socket.SOCK_STREAM)
            result.set_result(list(dict.fromkeys(str(one[4][0]) for one in found)))
        except (OSError, UnicodeError):
            result.set_exception(Failed(UNKNOWN_NAME))

    Thread(target=ask, daemon=True).start()
    try:
        return result.result(seconds)
    except TimeoutError as error:
        raise Failed(UNKNOWN_NAME) from error


def _exchange(
    destination: Destination, addresses: list[Address], headers: Mapping[str, str], body: bytes, deadline: Deadline
) -> Answer:
    """Send the message and read the answer. Raises Failed and TimeoutError."""
    with closing(_connect(destination, addresses, deadline)) as connected:
        connection = http.client.HTTPConnection(destination.name, destination.port)
        connection.auto_open = 0  # it never connects by itself, which would resolve again
        connection.sock = Wire(connected, deadline, RECEIVED_BYTES_MAX)
        own = {"Host": destination.authority, "User-Agent": USER_AGENT, "Connection": "close"}
        try:
            connection.request("POST", destination.target, body, {**headers, **own})
            return _read(connection.getresponse())
        except TimeoutError:
            raise
        except OSError as error:  # RemoteDisconnected is one, too
            raise Failed(BROKEN) from error
        except http.client.HTTPException as error:
            raise Failed(NO_HTTP) from error


def _connect(destination: Destination, addresses: list[Address], deadline: Deadline) -> socket.socket:
    """Return a connection to the first of the addresses that accepts one, secured for the name of the host."""
    for address in addresses[:ADDRESSES_TRIED_MAX]:
        with suppress(OSError):
            seconds = min(deadline.remaining(), CONNECT_SECONDS_MAX)
            connected = _dial(address, destination.port, seconds)
            break
    else:
        deadline.remaining()
        raise Failed(UNREACHABLE)
    if not destination.is_secure:
        return connected
    connected.settimeout(deadline.remaining())
    try:
        return tls_context().wrap_socket(connected, server_hostname=destination.name)
    except TimeoutError:
        connected.close()
        raise
    except ssl.SSLCertVerificationError as error:
        connected.close()
        reason = error.verify_message.partition(",")[0].rstrip(".")  # without the host, which no log may have
        raise Failed(f"The receiver's certificate is not valid: {reason}.") from error
    except OSError as error:
        connected.close()
        raise Failed("TLS could not be agreed on with the receiver.") from error


def _dial(address: Address, port: int, seconds: float) -> socket.socket:
    """Connect to an address. Not by socket.create_connection, which would resolve again."""
    dialled = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
    try:
        dialled.settimeout(seconds)
        dialled.connect((str(address), port))
    except OSError:
        dialled.close()
        raise
    return dialled


def _read(response: http.client.HTTPResponse) -> Answer:
    """Return the answer. A body that is endless, slow or broken changes nothing about the status."""
    body = b""
    with suppress(OSError, http.client.HTTPException, ValueError):
        while piece := response.read1(RECEIVED_BYTES_MAX):
            body += piece
    retry_after = retry_after_seconds(response.getheader("Retry-After"), clock.now())
    return Answer(0, response.status, excerpt=excerpt(body), retry_after_seconds=retry_after)


def excerpt(body: bytes) -> str:
    """Return the first kilobyte of a body as text, without characters that control a terminal or a page."""
    text = body[:EXCERPT_BYTES].decode(errors="replace")
    return "".join(" " if unicodedata.category(one)[0] == "C" or one in "\u2028\u2029" else one for one in text).strip()
