"""Calls with few steps beside botocore's own: the same requests, results and repeats."""

import json
from binascii import crc32
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError, NoCredentialsError, ReadTimeoutError
from botocore.serialize import JSONSerializer
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.json_endpoint import JsonSerializer, use_few_steps
from tests.faults.conflicts import RawBody

NOW = datetime(2026, 11, 30, 8, 15, 3)
OWN_AND_USUAL = (True, False)
ITEM = {"pk": {"S": "ACCOUNT#Æ–漢"}, "amount": {"N": "12"}, "flags": {"L": [{"BOOL": True}, {"NULL": True}, {"M": {}}]}}
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("dynamodb", "put_item", {"TableName": "bank", "Item": ITEM, "ConditionExpression": "attribute_not_exists(pk)"}),
    ("dynamodb", "put_item", {"TableName": "bank", "Item": {"key": {"B": b"\x00\xff"}, "all": {"BS": [b"a", b"b"]}}}),
    ("dynamodb", "batch_get_item", {"RequestItems": {"bank": {"Keys": [{"pk": {"S": "a"}}], "ConsistentRead": True}}}),
    (
        "dynamodb",
        "transact_write_items",
        {"ClientRequestToken": "one", "TransactItems": [{"Put": {"TableName": "t", "Item": ITEM}}]},
    ),
    ("dynamodb", "query", {"TableName": "bank", "Limit": 3, "ExpressionAttributeValues": {":a": {"S": "a\n\"'\\"}}}),
    ("dynamodb", "list_tables", {}),
    ("dynamodb", "list_backups", {"TimeRangeLowerBound": datetime(2026, 11, 30, tzinfo=UTC)}),
    ("stepfunctions", "start_sync_execution", {"stateMachineArn": "arn:aws:x", "input": '{"a": "ö"}'}),
    ("stepfunctions", "send_task_success", {"taskToken": "token", "output": "{}"}),
]


class Line:
    """Answers the requests of a client in order, and remembers them."""

    def __init__(self, *answers: tuple[int, dict[str, Any]] | Exception):
        self._answers, self.sent = list(answers), list[Any]()

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        self.sent.append(request)
        answer = self._answers.pop(0) if self._answers else (200, {})
        if isinstance(answer, Exception):
            raise answer
        status, told = answer
        headers: Any = {"X-Amzn-RequestId": "one", "Content-Type": "application/x-amz-json-1.0"}
        return AWSResponse(request.url, status, headers, RawBody(json.dumps(told).encode()))


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a moment and an id be known, and no time be lost before a repeat."""
    for module in ("botocore.auth", "chalicelib.json_signature"):
        monkeypatch.setattr(f"{module}.get_current_datetime", lambda: NOW)
    monkeypatch.setattr("botocore.endpoint.uuid", SimpleNamespace(uuid4=lambda: UUID(int=7)))
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))


@pytest.fixture(params=[None, "a/token+of=a session"], ids=["user", "role"])
def credentials(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    if request.param:
        monkeypatch.setenv("AWS_SESSION_TOKEN", request.param)


def make_client(service: str, line: Line, *, is_own: bool, url: str | None = None) -> Any:
    config = Config(
        user_agent="x",
        parameter_validation=False,
        retries={"total_max_attempts": 2, "mode": "standard"},
        inject_host_prefix=url is None,
    )
    session: Any = get_session()
    client = session.create_client(service, region_name="eu-central-1", endpoint_url=url, config=config)
    client.meta.events.register("before-send", line.answer)
    if is_own:
        use_few_steps(client)
    return client


def sent(service: str, call: str, asked: dict[str, Any], *, is_own: bool, url: str | None) -> list[Any]:
    line = Line()
    getattr(make_client(service, line, is_own=is_own, url=url), call)(**asked)
    return [
        (one.method, one.url, one.body, {name.lower(): told(value) for name, value in one.headers.items()})
        for one in line.sent
    ]


def told(value: str | bytes) -> bytes:
    """Return a header without the words that Powertools adds to the user agent where botocore lets it."""
    return (value.encode() if isinstance(value, str) else value).partition(b" PT/")[0]


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("url", [None, "http://127.0.0.1:4566", "https://Proxy.example:443", "http://[::1]:8000"])
@pytest.mark.parametrize(("service", "call", "asked"), CALLS)
def test_requests_are_those_of_botocore(
    monkeypatch: pytest.MonkeyPatch, service: str, call: str, asked: dict[str, Any], url: str | None
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    own, usual = (sent(service, call, asked, is_own=is_own, url=url) for is_own in OWN_AND_USUAL)
    assert own == usual
    [(_, _, _, headers)] = own
    assert headers["authorization"].startswith(b"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261130/eu-central-1/")


CANCELLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "Message": "no",
    "CancellationReasons": [{"Code": "ConditionalCheckFailed", "Item": ITEM}, {"Code": "None"}],
}
FAILED = {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": "no", "Item": ITEM}
BROKEN, THROTTLED = {"__type": "x#InternalServerError", "message": "no"}, {"__type": "x#ThrottlingException"}
LATE, UNMET = ReadTimeoutError(endpoint_url="x"), ConnectTimeoutError(endpoint_url="x")


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(
    ("answers", "attempts"),
    [
        ([(200, {"Attributes": ITEM})], 1),
        ([(200, {"Attributes": {"key": {"B": "AP8="}}})], 1),
        ([(400, CANCELLED)], 1),
        ([(400, FAILED)], 1),
        ([(400, {"__type": "x#ValidationException", "message": "no"})], 1),
        ([(413, {})], 1),
        ([(500, BROKEN), (200, {"Attributes": ITEM})], 2),
        ([(500, BROKEN), (503, BROKEN), (200, {})], 2),
        ([(400, THROTTLED), (200, {})], 2),
        ([(400, THROTTLED), (400, THROTTLED), (200, {})], 2),
        ([(500, BROKEN), (400, CANCELLED)], 2),
        ([LATE, (200, {})], 2),
        ([LATE, UNMET, (200, {})], 2),
        ([UNMET, (400, CANCELLED)], 2),
        ([ValueError("a bug")], 1),
    ],
)
def test_results_errors_and_repeats_are_those_of_botocore(answers: list[Any], attempts: int) -> None:
    def outcome(line: Line, *, is_own: bool) -> Any:
        client = make_client("dynamodb", line, is_own=is_own)
        try:
            return client.put_item(TableName="bank", Item=ITEM)
        except Exception as error:  # noqa: BLE001 — whatever it is, both have the same
            return type(error).__name__, str(error), getattr(error, "response", None)

    lines = {is_own: Line(*answers) for is_own in OWN_AND_USUAL}
    own, usual = (outcome(line, is_own=is_own) for is_own, line in lines.items())
    assert own == usual
    assert [len(line.sent) for line in lines.values()] == [attempts, attempts]


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(
    ("kept", "attempts"),
    [(None, 1), (-3, 2)],
    ids=["whole", "cut"],
)
@pytest.mark.parametrize("is_own", OWN_AND_USUAL)
def test_a_body_that_is_not_what_dynamodb_sent_is_asked_for_again(
    *, is_own: bool, kept: int | None, attempts: int
) -> None:
    """Without the checksum, what is no JSON any more is an item that is not there."""
    found, sent_requests = json.dumps({"Item": ITEM}).encode(), list[Any]()

    def answer(request: Any, **_: Any) -> AWSResponse:
        sent_requests.append(request)
        headers: Any = {"x-amz-crc32": str(crc32(found))}
        return AWSResponse(request.url, 200, headers, RawBody(found[:kept] if len(sent_requests) == 1 else found))

    client = make_client("dynamodb", Line(), is_own=is_own)
    client.meta.events.register_first("before-send", answer)
    assert client.get_item(TableName="bank", Key={"pk": {"S": "a"}})["Item"] == ITEM
    assert len(sent_requests) == attempts


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("body", [b'{"Item": {"pk"', '{"漢'.encode()[:-1], b"{}", b""])
def test_a_body_that_is_never_what_dynamodb_sent_is_no_answer(body: bytes) -> None:
    attempts = list[Any]()

    def answer(request: Any, **_: Any) -> AWSResponse:
        attempts.append(request)
        headers: Any = {"x-amz-crc32": str(crc32(b'{"Item": {}}'))}
        return AWSResponse(request.url, 200, headers, RawBody(body))

    client = make_client("dynamodb", Line(), is_own=True)
    client.meta.events.register_first("before-send", answer)
    with pytest.raises(ConnectionClosedError):
        client.get_item(TableName="bank", Key={"pk": {"S": "a"}})
    assert len(attempts) == 2


def test_nobody_signs_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.session.Session.get_credentials", lambda *_: None)
    line = Line()
    with pytest.raises(NoCredentialsError):
        make_client("dynamodb", line, is_own=True).list_tables()
    assert not line.sent


@pytest.mark.usefixtures("credentials")
def test_credentials_are_those_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of a role, which end after some hours: a key that is kept belongs to one secret, and one day."""
    line = Line()
    client = make_client("dynamodb", line, is_own=True)
    signed = set[bytes]()
    for secret, day in (("first", 1), ("second", 1), ("second", 2)):
        monkeypatch.setattr(client._request_signer._credentials, "secret_key", secret)
        monkeypatch.setattr("chalicelib.json_signature.get_current_datetime", lambda day=day: datetime(2026, 12, day))
        client.list_tables()
        signed.add(line.sent[-1].headers["Authorization"].rpartition(b"=")[2])
    assert len(signed) == 3


texts = st.text(max_size=6)
values: Any = st.recursive(
    st.one_of(
        texts.map(lambda text: {"S": text}),
        st.integers().map(lambda number: {"N": str(number)}),
        st.booleans().map(lambda flag: {"BOOL": flag}),
        st.binary(max_size=6).map(lambda data: {"B": data}),
        st.lists(st.binary(max_size=3), max_size=2).map(lambda data: {"BS": data}),
        st.just({"NULL": True}),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda all_: {"L": all_}),
        st.dictionaries(texts, inner, max_size=3).map(lambda all_: {"M": all_}),
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def put_item() -> Any:
    """The description of an operation."""
    return get_session().get_service_model("dynamodb").operation_model("PutItem")


@given(item=st.dictionaries(texts, values, max_size=4))
def test_bodies_are_those_of_botocore(put_item: Any, item: dict[str, Any]) -> None:
    asked = {"TableName": "bank", "Item": item}
    own, usual = (one.serialize_to_request(asked, put_item) for one in (JsonSerializer(), JSONSerializer()))
    assert own == usual
