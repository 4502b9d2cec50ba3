"""Sending a webhook message to real sockets of this machine."""

import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.webhooks import destination
from chalicelib.services.webhooks import sender
from chalicelib.services.webhooks.wire import Deadline, Wire
from tests.certificates import Authority
from tests.receiver import Message, Receiver, answer

HEADERS = {"Content-Type": "application/json", "webhook-id": "evt_1"}
NAME = "hooks.example.com"
SHORT_SECONDS = 0.5
"""A limit of time that a test can wait for."""
ENDED_SECONDS_MAX = 30
"""A busy machine may notice the limit late, but does not wait for ever."""

Resolve = Callable[[list[list[str]]], list[str]]


@pytest.fixture
def short_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "SECONDS_MAX", SHORT_SECONDS)


@pytest.fixture
def slow_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second passes with each look at the clock, which is one before each wait: nothing else takes time."""
    monkeypatch.setattr(sender, "Deadline", lambda seconds: Deadline(seconds, partial(next, count(1000.0))))


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Let names have addresses: one list for each time that they are asked for; the last one for every later time."""

    def replace(answers: list[list[str]]) -> list[str]:
        asked: list[str] = []

        def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
            addresses = answers[min(len(asked), len(answers) - 1)]
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return replace


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this process trusts. Its name's receivers may listen at any port."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.path))
    sender.tls_context.cache_clear()
    monkeypatch.setattr(destination, "PORTS", range(1024, 65536))
    return made


@pytest.fixture(autouse=True)
def trust_of_its_own() -> Any:
    yield
    sender.tls_context.cache_clear()


def drip(piece: bytes, begin: bytes = b"") -> Callable[[socket.socket, Message], None]:
    """Return what sends a beginning at once, and then a piece after the other, without an end."""

    def respond(connection: socket.socket, _: Message) -> None:
        connection.sendall(begin)
        while True:
            connection.sendall(piece)
            time.sleep(0.001)

    return respond


def test_message_arrives_as_it_is_given() -> None:
    with Receiver(answer(202, "Thank you")) as receiver:
        sent = sender.send(f"{receiver.url}?a=B&c", HEADERS, b'{"a": "\xc3\xbc"}')
        [message] = receiver.messages
    assert (sent.status, sent.error, sent.excerpt, sent.is_success) == (202, None, "Thank you", True)
    assert message.line == "POST /hook?a=B&c HTTP/1.1"
    assert message.body == b'{"a": "\xc3\xbc"}'
    assert message.headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "accept-encoding": "identity",
        "content-length": "11",
        "content-type": "application/json",
        "webhook-id": "evt_1",
        "user-agent": "Florin-Webhooks/1.0",
        "connection": "close",
    }


@pytest.mark.parametrize("status", [400, 410, 429, 500, 503])
def test_other_status_is_no_success(status: int) -> None:
    with Receiver(answer(status, Retry_After="7")) as receiver:
        sent = sender.send(receiver.url, HEADERS, b"{}")
    assert (sent.status, sent.retry_after_seconds, sent.is_success) == (status, 7, False)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(status: int) -> None:
    with Receiver() as other, Receiver(answer(status, Location=other.url)) as receiver:
        sent = sender.send(receiver.url, HEADERS, b"{}")
    assert (sent.status, sent.is_success, other.connections) == (status, False, 0)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as proxy, Receiver() as receiver:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv(name.upper(), f"http://127.0.0.1:{proxy.port}")
        assert sender.send(receiver.url, HEADERS, b"{}").status == 200
    assert (proxy.connections, receiver.connections) == (0, 1)


@pytest.mark.parametrize("stage", ["dev", "prod"])
@pytest.mark.parametrize("form", ["http://127.0.0.1:{}/", "https://127.0.0.1:{}/", "http://localhost:{}/"])
def test_own_machine_gets_nothing_outside_stage_local(monkeypatch: pytest.MonkeyPatch, stage: str, form: str) -> None:
    """Lambda's own interface is at 127.0.0.1:9001. The setting does not open it."""
    monkeypatch.setenv("FLORIN_STAGE", stage)
    monkeypatch.setenv("WEBHOOK_LOOPBACK", "on")
    with Receiver() as receiver:
        sent = sender.send(form.format(receiver.port), HEADERS, b"{}")
        assert (sent.status, sent.error is None, receiver.connections) == (None, False, 0)


def test_own_machine_gets_nothing_without_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_LOOPBACK", "off")
    with Receiver() as receiver:
        assert sender.send(receiver.url, HEADERS, b"{}").status is None
        assert receiver.connections == 0


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::ffff:7f00:1"], []],
)
def test_name_of_a_private_address_gets_nothing(
    monkeypatch: pytest.MonkeyPatch, authority: Authority, resolve: Resolve, addresses: list[str]
) -> None:
    monkeypatch.setenv("FLORIN_STAGE", "prod")
    resolve([addresses])
    with Receiver(tls=authority.server(NAME)) as receiver:
        url = f"https://{NAME}:{receiver.port}/"
        assert sender.find_refusal(url) == "must name a host whose addresses are all public"
        sent = sender.send(url, HEADERS, b"{}")
        assert (sent.error, receiver.connections) == (
            "The URL must name a host whose addresses are all public.",
            0,
        )


def test_name_that_becomes_private_after_the_endpoint_is_made_gets_nothing(
    monkeypatch: pytest.MonkeyPatch, authority: Authority, resolve: Resolve
) -> None:
    monkeypatch.setenv("FLORIN_STAGE", "prod")
    resolve([["93.184.216.34"], ["127.0.0.1"]])
    with Receiver(tls=authority.server(NAME)) as receiver:
        url = f"https://{NAME}:{receiver.port}/"
        assert sender.find_refusal(url) is None
        assert sender.send(url, HEADERS, b"{}").status is None
        assert receiver.connections == 0


def test_name_that_changes_between_check_and_connection_leads_to_what_was_checked(
    authority: Authority, resolve: Resolve
) -> None:
    """Both addresses are of this machine. A second look would go to the other one."""
    asked = resolve([["127.0.0.1"], ["127.0.0.2"]])
    tls = authority.server(NAME)
    with Receiver(tls=tls) as checked, Receiver(tls=tls, host="127.0.0.2", port=checked.port) as rebound:
        assert sender.send(f"https://{NAME}:{checked.port}/", HEADERS, b"{}").status == 200
        assert (asked, checked.connections, rebound.connections) == ([NAME], 1, 0)


def test_first_address_that_accepts_is_used(authority: Authority, resolve: Resolve) -> None:
    resolve([["127.0.0.3", "127.0.0.1"]])
    with Receiver(tls=authority.server(NAME)) as receiver:
        assert sender.send(f"https://{NAME}:{receiver.port}/", HEADERS, b"{}").status == 200


def test_certificate_and_host_are_those_of_the_name(authority: Authority, resolve: Resolve) -> None:
    resolve([["127.0.0.1"]])
    tls, names = authority.server(NAME), list[str | None]()
    tls.sni_callback = lambda _, name, __: names.append(name)
    with Receiver(tls=tls) as receiver:
        assert sender.send(f"https://{NAME}:{receiver.port}/x", HEADERS, b"{}").status == 200
        assert names == [NAME]
        assert receiver.messages[0].headers["host"] == f"{NAME}:{receiver.port}"


@pytest.mark.parametrize(
    ("name", "valid_years", "problem"),
    [("other.example.com", 100, "Hostname mismatch"), (NAME, 1, "certificate has expired")],
)
def test_wrong_certificate_gets_no_message(
    authority: Authority, resolve: Resolve, name: str, valid_years: int, problem: str
) -> None:
    resolve([["127.0.0.1"]])
    with Receiver(tls=authority.server(name, valid_years=valid_years)) as receiver:
        sent = sender.send(f"https://{NAME}:{receiver.port}/", HEADERS, b"{}")
        assert (sent.status, receiver.messages) == (None, [])
        assert problem in str(sent.error)
        assert NAME not in str(sent.error), "the log has the error, and the address is the customer's"


def test_certificate_of_an_unknown_authority_gets_no_message(
    authority: Authority, resolve: Resolve, tmp_path: Path
) -> None:
    resolve([["127.0.0.1"]])
    (tmp_path / "other").mkdir()
    with Receiver(tls=Authority(tmp_path / "other").server(NAME)) as receiver:
        sent = sender.send(f"https://{NAME}:{receiver.port}/", HEADERS, b"{}")
        assert (sent.status, receiver.messages) == (None, [])
        assert "certificate is not valid" in str(sent.error)


def test_plain_text_where_tls_is_expected_is_an_error(authority: Authority, resolve: Resolve) -> None:
    resolve([["127.0.0.1"]])
    with Receiver() as receiver, socket.create_server(("127.0.0.1", 0)) as plain:

        def talk() -> None:
            connection, _ = plain.accept()
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            connection.close()

        thread = threading.Thread(target=talk)
        thread.start()
        sent = sender.send(f"https://{NAME}:{plain.getsockname()[1]}/", HEADERS, b"{}")
        thread.join()
        assert sent.error == "TLS could not be agreed on with the receiver."
        assert receiver.connections == 0


@pytest.mark.usefixtures("short_time")
def test_silence_ends_at_the_limit() -> None:
    def keep_silent(connection: socket.socket, _: Message) -> None:
        connection.recv(1)

    with Receiver(keep_silent) as receiver:
        started = time.monotonic()
        sent = sender.send(receiver.url, HEADERS, b"{}")
        assert time.monotonic() - started < ENDED_SECONDS_MAX
    assert (sent.status, sent.error) == (None, sender.TIMED_OUT)
    assert sent.milliseconds >= SHORT_SECONDS * 1000


@pytest.mark.usefixtures("slow_clock")
@pytest.mark.parametrize(
    "respond",
    [
        drip(b"H"),
        drip(b"x", b"HTTP/1.1 200 OK\r\nX-Slow: "),
        drip(b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["first line", "header", "continue"],
)
def test_slow_head_ends_at_the_limit(respond: Callable[[socket.socket, Message], None]) -> None:
    with Receiver(respond) as receiver:
        sent = sender.send(receiver.url, HEADERS, b"{}")
    assert (sent.status, sent.error) == (None, sender.TIMED_OUT)
    assert sender.SECONDS_MAX <= sent.milliseconds / 1000 <= sender.SECONDS_MAX + 2


@pytest.mark.usefixtures("slow_clock")
def test_slow_body_ends_at_the_limit_and_its_status_counts() -> None:
    with Receiver(drip(b"x", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")) as receiver:
        sent = sender.send(receiver.url, HEADERS, b"{}")
    assert (sent.status, sent.error, set(sent.excerpt)) == (200, None, {"x"})
    assert sender.SECONDS_MAX <= sent.milliseconds / 1000 <= sender.SECONDS_MAX + 2


@pytest.mark.usefixtures("short_time")
def test_receiver_that_takes_nothing_ends_at_the_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sent = sender.send(f"http://127.0.0.1:{listener.getsockname()[1]}/", HEADERS, bytes(20_000_000))
    assert (sent.status, sent.error) == (None, sender.TIMED_OUT)


@pytest.mark.usefixtures("short_time")
def test_silent_handshake_ends_at_the_limit(authority: Authority, resolve: Resolve) -> None:
    resolve([["127.0.0.1"]])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sent = sender.send(f"https://{NAME}:{listener.getsockname()[1]}/", HEADERS, b"{}")
    assert (sent.status, sent.error) == (None, sender.TIMED_OUT)


def test_slow_name_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "RESOLVE_SECONDS_MAX", 0.1)
    resolved = threading.Event()

    def getaddrinfo(*_: Any, **__: Any) -> None:
        resolved.wait(ENDED_SECONDS_MAX * 2)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    sent = sender.send(f"https://{NAME}/", HEADERS, b"{}")
    resolved.set()
    assert sent.error == sender.UNKNOWN_NAME
    assert sent.milliseconds < ENDED_SECONDS_MAX * 1000


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"])
def test_endless_answer_is_read_to_64_kilobytes(head: bytes) -> None:
    piece = b"x" * 1000 if b"chunked" not in head else b"3e8\r\n" + b"x" * 1000 + b"\r\n"

    def respond(connection: socket.socket, _: Message) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    with Receiver(respond) as receiver:
        sent = sender.send(receiver.url, HEADERS, b"{}")
    assert (sent.status, sent.excerpt) == (200, "x" * 1024)


def test_wire_leaves_what_is_beyond_its_limit() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"x" * 100_000)
        with Wire(ours, Deadline(5), 65_536).makefile("rb") as file:
            assert len(file.read()) == 65_536
        assert len(ours.recv(100_000, socket.MSG_WAITALL | socket.MSG_DONTWAIT)) == 100_000 - 65_536


@pytest.mark.parametrize(
    ("told", "error"),
    [
        (b"", sender.BROKEN),
        (b"SSH-2.0-OpenSSH_9.6\r\n", sender.NO_HTTP),
        (b"HTTP/1.1 abc\r\n\r\n", sender.NO_HTTP),
        (b"HTTP/1.1 99 Low\r\n\r\n", sender.NO_HTTP),
        (b"x" * 70_000, sender.NO_HTTP),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", sender.NO_HTTP),
    ],
)
def test_answer_that_is_no_http_is_an_error(told: bytes, error: str) -> None:
    with Receiver(lambda connection, _: connection.sendall(told)) as receiver:
        sent = sender.send(receiver.url, HEADERS, b"{}")
    assert (sent.status, sent.error) == (None, error)


@pytest.mark.parametrize(
    "told",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\nnonsense\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\nshort",
    ],
)
def test_broken_body_changes_nothing_about_the_status(told: bytes) -> None:
    with Receiver(lambda connection, _: connection.sendall(told)) as receiver:
        sent = sender.send(receiver.url, HEADERS, b"{}")
    assert (sent.status, sent.error, sent.excerpt) == (200, None, "short")


def test_receiver_that_is_not_there_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    sent = sender.send(f"http://127.0.0.1:{port}/", HEADERS, b"{}")
    assert (sent.status, sent.error) == (None, sender.UNREACHABLE)


def test_unknown_name_is_an_error_and_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: Any, **__: Any) -> None:
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    assert sender.find_refusal(f"https://{NAME}/") is None
    assert sender.send(f"https://{NAME}/", HEADERS, b"{}").error == sender.UNKNOWN_NAME


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"ok", "ok"),
        (b"a\r\nb\x1b[31mc\x00d", "a  b [31mc d"),
        ("\u202egpj.exe\u200b\u2028x".encode(), "gpj.exe  x"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"x" * 5000, "x" * 1024),
    ],
)
def test_excerpt_has_no_control_characters(body: bytes, shown: str) -> None:
    assert sender.excerpt(body) == shown
