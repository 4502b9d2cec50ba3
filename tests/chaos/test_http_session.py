"""The bank's session beside botocore's own: the same answers, and the same errors, whatever the other side does."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import URLLib3Session
from botocore.session import get_session
from urllib3 import HTTPResponse

from chalicelib import aws
from chalicelib.http_session import KeptConnections, use_kept_connections
from chalicelib.json_endpoint import use_few_steps
from chalicelib.models import connection, transact
from chalicelib.models.connection import Patience
from tests.certificates import Authority
from tests.faults.conflicts import RawBody

CONNECT_SECONDS, READ_SECONDS = 30.0, 30.0
SILENCE_SECONDS = 1.0
"""How long to wait for a server that does not answer; one that does may not be late on a busy machine."""
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Amzn-RequestId: one\r\nContent-Length: 2\r\n\r\n{}"
Talk = Callable[[socket.socket, list[bytes]], None]
"""What a connection is told; requests are added to the list."""
SESSIONS = ("usual", "kept")


@dataclass
class Server:
    """A server of one connection after the other."""

    port: int
    received: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


def read_request(line: socket.socket) -> bytes:
    """A request with its body, or nothing where the client has hung up."""
    told = b""
    while b"\r\n\r\n" not in told:
        more = line.recv(65536)
        if not more:
            return told
        told += more
    head, _, body = told.partition(b"\r\n\r\n")
    [length] = [int(one.split(b":")[1]) for one in head.split(b"\r\n") if one.lower().startswith(b"content-length:")]
    while len(body) < length:
        body += line.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def serving(*talks: Talk, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Let each connection have its talk, and all later ones the last."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1])

        def accept() -> None:
            with suppress(OSError):
                while True:
                    line, _ = listener.accept()
                    talk = talks[min(server.connections, len(talks) - 1)]
                    server.connections += 1
                    threading.Thread(target=speak, args=(line, talk), daemon=True).start()

        def speak(line: socket.socket, talk: Talk) -> None:
            with suppress(OSError), tls.wrap_socket(line, server_side=True) if tls else line as told:
                talk(told, server.received)

        threading.Thread(target=accept, daemon=True).start()
        yield server


def answering(*parts: bytes, times: int = 99) -> Talk:
    """Answer requests with parts of a response, as often as told, and hang up then."""

    def talk(line: socket.socket, received: list[bytes]) -> None:
        for _ in range(times):
            told = read_request(line)
            if not told:
                return
            received.append(told)
            for part in parts:
                line.sendall(part)

    return talk


def resetting(line: socket.socket, _: list[bytes]) -> None:
    """Reset the connection in the middle of an answer."""
    read_request(line)
    line.sendall(OK[:30])
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(line: socket.socket, _: list[bytes]) -> None:
    read_request(line)
    line.recv(1)  # until the client hangs up


def slow(line: socket.socket, _: list[bytes]) -> None:
    """Answer half, and nothing more."""
    read_request(line)
    line.sendall(OK[:-1])
    line.recv(1)


def speaking_plainly(line: socket.socket, _: list[bytes]) -> None:
    """Answer the first bytes, whatever they are, without TLS."""
    line.recv(65536)
    line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.fixture(params=SESSIONS)
def session(request: pytest.FixtureRequest) -> Iterator[Any]:
    made = make_session(request.param)
    yield made
    made.close()


def make_session(
    kind: str,
    authorities: str | None = None,
    connect_seconds: float = CONNECT_SECONDS,
    read_seconds: float = READ_SECONDS,
) -> Any:
    usual_session: Any = URLLib3Session
    usual = usual_session(timeout=(connect_seconds, read_seconds), verify=authorities or True)
    return usual if kind == "usual" else KeptConnections(usual, connect_seconds, read_seconds, 4, authorities)


def prepared(url: str, body: bytes = b'{"a": 1}', *, is_streamed: bool = False) -> AWSPreparedRequest:
    headers = {"Content-Type": "application/json", "X-Amz-Target": b"Get", "Content-Length": str(len(body))}
    return AWSRequest(method="POST", url=url, data=body, headers=headers, stream_output=is_streamed).prepare()


def test_an_answer_is_read_whole_and_its_headers_are_found_in_any_case(session: Any) -> None:
    with serving(answering(OK)) as server:
        answer = session.send(prepared(server.url))
        assert (answer.status_code, answer.content, answer.text) == (200, b"{}", "{}")
        assert answer.headers["x-amzn-requestid"] == answer.headers["X-Amzn-RequestId"] == "one"
        [told] = server.received
    head, _, body = told.partition(b"\r\n\r\n")
    assert body == b'{"a": 1}'
    assert head.startswith(b"POST / HTTP/1.1\r\n")
    for line in (b"Host: 127.0.0.1:%d" % server.port, b"X-Amz-Target: Get", b"Accept-Encoding: identity"):
        assert line.lower() in head.lower()


def test_path_and_query_are_sent_as_they_were_signed(session: Any) -> None:
    with serving(answering(OK)) as server:
        session.send(prepared(f"{server.url}a%20b/c?x=1&y=%2F"))
    assert server.received[0].startswith(b"POST /a%20b/c?x=1&y=%2F HTTP/1.1\r\n")


@pytest.mark.parametrize("status", [b"400 Bad Request", b"500 Internal Server Error", b"503 Slow Down", b"301 Moved"])
def test_every_status_is_an_answer(session: Any, status: bytes) -> None:
    with serving(answering(OK.replace(b"200 OK", status))) as server:
        assert session.send(prepared(server.url)).status_code == int(status[:3])


def test_an_answer_in_chunks_is_put_together(session: Any) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
    with serving(answering(chunked)) as server:
        assert [session.send(prepared(server.url)).content for _ in range(2)] == [b"{}", b"{}"]


def test_an_answer_without_a_length_ends_with_the_connection(session: Any) -> None:
    with serving(answering(b"HTTP/1.1 200 OK\r\n\r\n{}", times=1)) as server:
        assert [session.send(prepared(server.url)).content for _ in range(2)] == [b"{}", b"{}"]
        assert server.connections == 2


def test_an_answer_may_be_announced(session: Any) -> None:
    with serving(answering(b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n", OK)) as server:
        assert session.send(prepared(server.url)).content == b"{}"


def test_what_is_announced_is_not_the_answer_to_the_next_request() -> None:
    """Python takes any interim response but 100 for the final one."""
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    with serving(answering(early, early, OK)) as server, closing(make_session("kept")) as session:
        for _ in range(2):
            found = session.send(prepared(server.url))
            assert (found.status_code, found.content) == (200, b"{}")
        assert server.connections == 1


@pytest.mark.parametrize("digits", [16, 5_000])
def test_a_length_that_no_machine_has_says_nothing(digits: int) -> None:
    """Python makes no number of the longest ones, and reads none of so many bytes."""
    told = OK.replace(b"Content-Length: 2", b"Content-Length: " + b"9" * digits)
    with serving(answering(told, times=1)) as server, closing(make_session("kept")) as session:
        assert session.send(prepared(server.url)).content == b"{}"


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_an_answer_without_a_body_leaves_the_connection_open(session: Any, status: bytes) -> None:
    with serving(answering(b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\n\r\n" % status)) as server:
        assert [session.send(prepared(server.url)).content for _ in range(2)] == [b"", b""]
        assert server.connections == 1


def test_an_old_server_closes_the_connection(session: Any) -> None:
    with serving(answering(OK.replace(b"HTTP/1.1", b"HTTP/1.0"), times=1)) as server:
        assert [session.send(prepared(server.url)).content for _ in range(2)] == [b"{}", b"{}"]
        assert server.connections == 2


def test_of_two_lengths_the_first_one_counts() -> None:
    with serving(answering(OK.replace(b"\r\n\r\n{}", b"\r\nContent-Length: 1\r\n\r\n{}"), times=1)) as server:
        assert make_session("kept").send(prepared(server.url)).content == b"{}"


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 101 + b"Content-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nno header\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nX: y\r\n folded\r\nContent-Length: 2\r\n\r\n{}",
    ],
    ids=["many", "long", "version", "no colon", "folded"],
)
def test_a_head_that_is_none_is_no_answer(head: bytes) -> None:
    """Python takes the last two for the end of the head: then the body would be whatever comes next."""
    with serving(answering(head, times=1), answering(OK)) as server:
        session = make_session("kept")
        with pytest.raises(ConnectionClosedError):
            session.send(prepared(server.url))
        assert session.send(prepared(server.url)).content == b"{}"


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nX: y", "a\rX: y"])
def test_no_header_is_sent_that_has_a_line_break(session: Any, value: str) -> None:
    with serving(answering(OK)) as server:
        request = prepared(server.url)
        request.headers["X-Amz-Target"] = value
        with pytest.raises((ValueError, HTTPClientError)):
            session.send(request)
        assert not server.received


def test_a_connection_is_kept_and_used_again(session: Any) -> None:
    with serving(answering(OK)) as server:
        for _ in range(5):
            session.send(prepared(server.url))
        assert server.connections == 1


def test_a_connection_that_the_server_has_closed_while_it_was_idle_is_replaced(session: Any) -> None:
    """As after minutes in which Lambda has frozen the process."""
    with serving(answering(OK, times=1)) as server:
        for _ in range(3):
            assert session.send(prepared(server.url)).status_code == 200
            threading.Event().wait(0.05)
        assert server.connections == 3


def test_a_connection_that_is_not_to_be_kept_is_not(session: Any) -> None:
    closing = OK.replace(b"Content-Length", b"Connection: close\r\nContent-Length")
    with serving(answering(closing)) as server:
        for _ in range(2):
            session.send(prepared(server.url))
        assert server.connections == 2


@pytest.mark.parametrize("kind", SESSIONS)
@pytest.mark.parametrize(
    ("talk", "error"),
    [
        (silent, ReadTimeoutError),
        (slow, ReadTimeoutError),
        (resetting, ConnectionClosedError),
        (answering(times=1), ConnectionClosedError),
        (answering(OK[:-1], times=1), ConnectionClosedError),
        (answering(b"no HTTP at all\r\n\r\n", times=1), ConnectionClosedError),
    ],
    ids=["silent", "slow", "reset", "no answer", "half a body", "garbage"],
)
def test_a_bad_line_is_the_same_error_and_the_next_request_has_a_new_connection(
    kind: str, talk: Talk, error: type[HTTPClientError]
) -> None:
    session = make_session(kind, read_seconds=SILENCE_SECONDS if error is ReadTimeoutError else READ_SECONDS)
    with closing(session), serving(talk, answering(OK)) as server:
        with pytest.raises(error) as raised:
            session.send(prepared(server.url))
        assert type(raised.value) is error
        assert session.send(prepared(server.url)).status_code == 200
        assert server.connections == 2


@pytest.mark.parametrize("length", [17, 30, 48, OK.index(b"{}") - 1])
def test_an_answer_whose_head_is_cut_off_is_none(length: int) -> None:
    """Python takes it for one without a body, and a read that found something would have found nothing."""
    with serving(answering(OK[:length], times=1), answering(OK)) as server, closing(make_session("kept")) as session:
        with pytest.raises(ConnectionClosedError):
            session.send(prepared(server.url))
        assert session.send(prepared(server.url)).content == b"{}"


def test_a_port_on_which_nobody_listens_is_the_same_error(session: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(EndpointConnectionError):
        session.send(prepared(f"http://127.0.0.1:{port}/"))


def test_a_name_that_is_not_known_is_the_same_error(session: Any) -> None:
    with pytest.raises(EndpointConnectionError):
        session.send(prepared("http://unknown.invalid/"))


@pytest.mark.parametrize("kind", SESSIONS)
def test_a_connection_that_is_not_accepted_in_time_is_the_same_error(kind: str) -> None:
    session = make_session(kind, connect_seconds=SILENCE_SECONDS)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        with socket.socket() as first, socket.socket() as second:  # they fill the queue
            for one in (first, second):
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
            with pytest.raises(ConnectTimeoutError):
                session.send(prepared(f"http://127.0.0.1:{port}/"))


def test_threads_get_their_own_answers(session: Any) -> None:
    """Each request names its thread, and the server answers with it."""

    def echo(line: socket.socket, _: list[bytes]) -> None:
        while told := read_request(line):
            body = told.rpartition(b"\r\n\r\n")[2]
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    def ask(name: bytes) -> list[bytes]:
        return [session.send(prepared(server.url, name)).content for _ in range(25)]

    names = [b"%d" % number for number in range(6)]
    with serving(echo) as server, ThreadPoolExecutor(len(names)) as pool:
        assert list(pool.map(ask, names)) == [[name] * 25 for name in names]


@pytest.mark.parametrize("kind", SESSIONS)
class TestProofOfTheServer:
    def test_a_server_that_an_authority_has_proved_is_spoken_to(self, kind: str, tmp_path: Path) -> None:
        authority = Authority(tmp_path)
        with serving(answering(OK), tls=authority.server("localhost")) as server:
            session = make_session(kind, str(authority.path))
            for _ in range(2):
                assert session.send(prepared(f"https://localhost:{server.port}/")).content == b"{}"
            assert server.connections == 1

    @pytest.mark.parametrize(("name", "valid_years"), [("elsewhere", 100), ("localhost", 1)])
    def test_a_wrong_name_and_an_old_certificate_are_the_same_error(
        self, kind: str, name: str, valid_years: int, tmp_path: Path
    ) -> None:
        authority = Authority(tmp_path)
        with serving(answering(OK), tls=authority.server(name, valid_years=valid_years)) as server:
            with pytest.raises(SSLError):
                make_session(kind, str(authority.path)).send(prepared(f"https://localhost:{server.port}/"))
            assert not server.received

    def test_an_authority_that_nobody_trusts_proves_nothing(self, kind: str, tmp_path: Path) -> None:
        with serving(answering(OK), tls=Authority(tmp_path).server("localhost")) as server:
            with pytest.raises(SSLError):
                make_session(kind).send(prepared(f"https://localhost:{server.port}/"))
            assert not server.received

    def test_a_server_without_tls_is_not_spoken_to(self, kind: str) -> None:
        with serving(speaking_plainly) as server, pytest.raises(SSLError):
            make_session(kind).send(prepared(f"https://localhost:{server.port}/"))


def test_what_is_streamed_is_left_to_botocores_session() -> None:
    session = make_session("kept")
    with serving(answering(OK)) as server:
        streamed = session.send(prepared(server.url, is_streamed=True))
        assert isinstance(streamed.raw, HTTPResponse)
        assert streamed.content == b"{}"


def test_closing_ends_idle_connections() -> None:
    session = make_session("kept")
    with serving(answering(OK)) as server:
        session.send(prepared(server.url))
        session.close()
        session.send(prepared(server.url))
        assert server.connections == 2


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let the bank's client of DynamoDB call another address."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)

    def use(url: str) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        connection.forget()

    yield use
    connection.forget()


def answer(status: bytes, body: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


CONFLICT = answer(
    b"400 Bad Request",
    b'{"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "Message": "no",'
    b' "CancellationReasons": [{"Code": "TransactionConflict"}]}',
)
THROTTLED = answer(b"400 Bad Request", b'{"__type": "x#ThrottlingException", "message": "no"}')
BROKEN = answer(b"500 Internal Server Error", b'{"__type": "x#InternalServerError", "message": "no"}')
LOST = answering(times=1)


@pytest.mark.parametrize(
    ("talks", "outcome", "sent"),
    [
        ((answering(OK),), None, 1),
        ((LOST, answering(OK)), None, 2),
        ((LOST,), transact.Ambiguous, 2),
        ((silent, answering(OK)), None, 2),
        ((answering(BROKEN),), transact.Ambiguous, 2),
        ((answering(CONFLICT),), transact.Cancelled, 1),
        ((answering(THROTTLED),), transact.Ambiguous, 2),
    ],
    ids=["done", "lost once", "lost twice", "late", "failed", "cancelled", "throttled"],
)
def test_a_write_means_what_it_meant(
    bank: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    talks: tuple[Talk, ...],
    outcome: type[Exception] | None,
    sent: int,
) -> None:
    """The bank's client tells apart what it told apart with botocore's session, and repeats as often."""
    monkeypatch.setattr(connection, "REQUEST", Patience(SILENCE_SECONDS if silent in talks else READ_SECONDS, 2))
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))  # before it repeats
    with serving(*talks) as server:
        for has_own in (False, True):
            server.connections, server.received = 0, []
            monkeypatch.setattr(connection, "use_kept_connections", use_kept_connections if has_own else lambda _: None)
            monkeypatch.setattr(connection, "use_few_steps", use_few_steps if has_own else lambda _: None)
            bank(server.url)
            with pytest.raises(outcome) if outcome else nullcontext():
                transact.write([{"Put": {"TableName": "t", "Item": {"pk": {"S": "a"}}}}])
            assert (server.connections if talks[0] in (LOST, silent) else len(server.received)) == sent


@pytest.mark.parametrize(
    ("url", "variables", "is_kept"),
    [
        ("https://db.example", {}, True),
        ("https://db.example", {"HTTPS_PROXY": "http://127.0.0.1:1"}, False),
        ("https://db.example", {"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "db.example"}, True),
        ("http://db.example", {"HTTPS_PROXY": "http://127.0.0.1:1"}, True),
        ("https://db.example", {"AWS_CA_BUNDLE": "/some/file"}, False),
        ("https://db.example", {"REQUESTS_CA_BUNDLE": "/some/file"}, False),
        ("http://db.example", {"REQUESTS_CA_BUNDLE": "/some/file"}, True),
    ],
)
def test_a_client_with_a_proxy_or_other_authorities_keeps_botocores_session(
    monkeypatch: pytest.MonkeyPatch, url: str, variables: dict[str, str], is_kept: bool
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    client: Any = get_session().create_client("dynamodb", region_name="us-east-1", endpoint_url=url)
    use_kept_connections(client)
    assert isinstance(client._endpoint.http_session, KeptConnections) is is_kept


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "us-gov-west-1", "cn-north-1", "ap-southeast-4"])
@pytest.mark.parametrize("service", sorted(aws.WITHOUT_RULES))
@pytest.mark.parametrize("variant", [None, "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"])
def test_addresses_without_rules_are_those_of_the_rules(
    monkeypatch: pytest.MonkeyPatch, service: str, region: str, variant: str | None
) -> None:
    for name, value in {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"):
        monkeypatch.setenv(name, str(name == variant).lower())
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)

    def sent_to(*, has_rules: bool) -> tuple[str, str]:
        session, seen = get_session(), list[Any]()
        if not has_rules:
            session.register_component("data_loader", aws.data_loader(session))
        client: Any = session.create_client(service, region_name=region)

        def note(request: Any, **_: Any) -> Any:
            seen.append(request)
            return AWSResponse(request.url, 200, HTTPHeaders(), RawBody(b"{}"))

        client.meta.events.register("before-send", note)
        client.list_tables() if service == "dynamodb" else client.start_sync_execution(stateMachineArn="arn:x")
        scope = seen[0].headers["Authorization"].decode().split("/", 1)[1].partition(",")[0]
        return seen[0].url, scope

    assert sent_to(has_rules=True) == sent_to(has_rules=False)
