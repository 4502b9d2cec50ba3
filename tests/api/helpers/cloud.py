"""AWS inside this process: the engines of the embedded emulator, called without its server.

Each is loaded by its first call. A call costs a fifth of what it costs over HTTP. Nearly all are of DynamoDB and KMS:
those do not even become HTTP requests, which takes 1.3 ms of 2 from a read. botocore only serializes and parses.
"""

import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from threading import Lock
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from botocore import handlers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.httpsession import URLLib3Session
from botocore.serialize import JSONSerializer
from ministack.services import dynamodb

from chalicelib.http_session import KeptConnections
from chalicelib.models.plain_items import ItemParser
from infra.emulator import adjustments

Json = dict[str, Any]
SERVICES = "ministack.services"
ENGINES = {
    "cloudwatch": "cloudwatch",
    "dynamodb": "dynamodb",
    "dynamodb-streams": "dynamodb_streams",
    "iam": "iam",
    "kms": "kms",
    "lambda": "lambda_svc",
    "s3": "s3",
    "ssm": "ssm",
    "sts": "sts",
}
"""The module of each service, by botocore's name of the service. Step Functions and functions: machine.py."""
NOT_SENT = {"dynamodb", "kms"}
"""Services whose calls reach their engine without an HTTP request: no test of this folder looks at one."""
PATHS_WITH_BUCKETS = {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1"}
"""botocore puts a bucket into the path, not into the host, where the host is an address."""

adjustments.evaluate_quickly()
adjustments.read_json_quickly()
adjustments.compare_partition_keys()
adjustments.measure_texts()
RESOLVER = "_resolve_endpoint_ruleset"
_parser = ItemParser()
"""For all that is in JSON: it takes items as they are, which saves a third of a read."""
_make_request, _resolve_endpoint = Endpoint.make_request, getattr(BaseClient, RESOLVER)
_serialize = JSONSerializer.serialize_to_request
_one_at_a_time = Lock()
"""The emulator's server calls its engines from one thread."""


@dataclass(frozen=True)
class Saved:
    """Tables and the records of their streams at one moment."""

    tables: dict[str, Json]
    records: dict[str, list[Json]]


def serve(patch: pytest.MonkeyPatch) -> None:
    """Answer the calls of clients that are made from now on, until the patch is undone. Engines begin empty."""
    for name in ENGINES.values():
        if engine := sys.modules.get(f"{SERVICES}.{name}"):
            engine.reset()
    for name, value in PATHS_WITH_BUCKETS.items():
        patch.setenv(name, value)
    patch.setattr(handlers, "BUILTIN_HANDLERS", [*handlers.BUILTIN_HANDLERS, ("before-send", _answer)])
    patch.setattr(Endpoint, "make_request", _request)
    patch.setattr(BaseClient, RESOLVER, _endpoint)
    patch.setattr(JSONSerializer, "serialize_to_request", _serialized)


def take_requests(patch: pytest.MonkeyPatch) -> None:
    """Let a call of DynamoDB become an HTTP request, of which only the network is left out: for tests of bad lines.

    It is answered where it would be sent. botocore calls every handler of `before-send`, though one has answered.
    """
    patch.setattr(sys.modules[__name__], "NOT_SENT", NOT_SENT - {"dynamodb"})
    others = [handler for handler in handlers.BUILTIN_HANDLERS if handler[1] is not _answer]
    patch.setattr(handlers, "BUILTIN_HANDLERS", others)
    for session in (URLLib3Session, KeptConnections):
        patch.setattr(session, "send", lambda _, request: _answer(request, "before-send.dynamodb"))


def save() -> Saved:
    """Save what the tables hold. The engine replaces items and never changes them, so a copy shares them."""
    return _copy(Saved(dict(dynamodb._tables.items()), dict(dynamodb._stream_records.items())))


def restore(saved: Saved) -> None:
    """Put the tables back as they were saved; the saved ones stay as they are."""
    copied = _copy(saved)
    for store, kept in ((dynamodb._tables, copied.tables), (dynamodb._stream_records, copied.records)):
        store.clear()
        for name, value in kept.items():
            store[name] = value


def stored_items() -> Iterator[Json]:
    """Yield every item of every table, in DynamoDB's JSON. Do not change them."""
    for table in dynamodb._tables.values():
        for partition in table["items"].values():
            yield from partition.values()


def _copy(saved: Saved) -> Saved:
    tables = {key: _copy_table(table) for key, table in saved.tables.items()}
    return Saved(tables, {key: list(records) for key, records in saved.records.items()})


def _copy_table(table: Json) -> Json:
    """Return another table with the same items. The engine makes the index anew when it is asked for."""
    partitions = {key: dict(partition) for key, partition in table["items"].items()}
    return {name: value for name, value in table.items() if name != dynamodb._INDEX_MEMBERS} | {"items": partitions}


def _endpoint(client: Any, *request: Any, **options: Any) -> Any:
    """Return the address of a client's service; it is of no use where nothing is sent."""
    is_sent = client.meta.service_model.service_name not in NOT_SENT
    return _resolve_endpoint(client, *request, **options) if is_sent else (client.meta.endpoint_url, {}, {})


def _serialized(serializer: Any, parameters: Json, model: Any) -> Any:
    """Return a request; one of DynamoDB is its parameters as they are, for JSON has all of them but bytes."""
    if model.service_model.service_name == "dynamodb":
        with suppress(TypeError):
            return _serialize(serializer, {}, model) | {"body": orjson.dumps(parameters)}
    return _serialize(serializer, parameters, model)


def _request(endpoint: Any, model: Any, request: Json) -> Any:
    """Have a request answered by the engine of its service; return the response and what is parsed from it."""
    name = model.service_model.service_name
    if name not in NOT_SENT:
        return _make_request(endpoint, model, request)
    headers = {name.lower(): value for name, value in request["headers"].items()}
    status, sent, content = _call(name, request["method"], "/", headers, request["body"])
    response: Json = {"status_code": status, "headers": HeadersDict(sent), "body": content}
    parsed = _parser.parse(response, model.output_shape)
    if status >= 300:
        endpoint._add_modeled_error_fields(response, parsed, model, _parser)
    return SimpleNamespace(status_code=status, headers=response["headers"]), parsed


def _answer(request: AWSPreparedRequest, event_name: str, **_: object) -> AWSResponse:
    address = urlsplit(request.url)
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    query = parse_qs(address.query, keep_blank_values=True)
    name = event_name.split(".")[1]
    status, sent, content = _call(name, request.method, address.path, headers, request.body, query)
    answered: Any = HeadersDict(sent)
    return AWSResponse(request.url, status, answered, _Raw(content))


def _call(name: str, method: str, path: str, headers: Json, body: Any, query: Json | None = None) -> Any:
    """Call the engine of a service; return its status, headers and body."""
    engine = import_module(f"{SERVICES}.{ENGINES[name]}")
    body = body or b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        body = body.encode()
    with _one_at_a_time:
        return _result(engine.handle_request(method, path, headers, body, query or {}))


def _result(call: Any) -> Any:
    """Run a coroutine that never waits for anything."""
    try:
        call.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the engine waits for something")


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


class _Raw(BytesIO):
    """The part of a response of urllib3 that botocore reads."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()
