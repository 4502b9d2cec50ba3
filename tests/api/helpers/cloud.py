"""AWS inside this process: the engines of the embedded emulator, called without its server.

Each is loaded by its first call. A call costs a fifth of what it costs over HTTP.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore import handlers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from ministack.services import dynamodb

Json = dict[str, Any]
SERVICES = "ministack.services"
ENGINES = {
    "dynamodb": "dynamodb",
    "dynamodb-streams": "dynamodb_streams",
    "iam": "iam",
    "kms": "kms",
    "lambda": "lambda_svc",
    "s3": "s3",
    "secrets-manager": "secretsmanager",
    "ssm": "ssm",
    "sts": "sts",
}
"""The module of each service, by botocore's name of the service. Step Functions and functions: machine.py."""
PATHS_WITH_BUCKETS = {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1"}
"""botocore puts a bucket into the path, not into the host, where the host is an address."""

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


def _answer(request: AWSPreparedRequest, event_name: str, **_: object) -> AWSResponse:
    engine = import_module(f"{SERVICES}.{ENGINES[event_name.split('.')[1]]}")
    address = urlsplit(request.url)
    headers = {name.lower(): _text(value) for name, value in request.headers.items()}
    body: Any = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        body = body.encode()
    query = parse_qs(address.query, keep_blank_values=True)
    with _one_at_a_time:
        call = engine.handle_request(request.method, address.path, headers, body, query)
        status, sent, content = _result(call)
    answered: Any = HeadersDict(sent)
    return AWSResponse(request.url, status, answered, _Raw(content))


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
