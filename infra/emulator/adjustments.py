"""What MiniStack does differently for this bank. Each function changes one thing, before it serves."""

import copy
import hashlib
import json
import re
import tempfile
import threading
import zipfile
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson

EXPRESSIONS_KEPT = 1_000
"""The bank's expressions are some dozens: their values are apart from them."""

READS = ("KeyConditionExpression", "FilterExpression")

POLICIES_KEPT = 1_000
"""A role has one or two."""

MESSAGES_AT_ONCE_MAX = 24
"""Of a queue. Enough for four webhook endpoints that answer nothing, with five attempts each, and for others beside."""

_unpacking = threading.Lock()


def make_all() -> None:
    evaluate_quickly()
    read_json_quickly()
    compare_partition_keys()
    measure_texts()
    read_policies_once()
    unpack_once()
    open_one_session()
    name_requests()
    find_queues_by_name()
    limit_functions_of_queues()


def evaluate_quickly() -> None:
    """Let MiniStack check and split an expression once, and copy items without a look for what they have in common.

    It does so for each item that a query evaluates, which is 70 % of the time of a query on a large partition, and
    for each part of a transaction several times, which is half of the time of a payment.
    """
    from ministack.services import dynamodb

    for name in ("_condition_syntax_error", "_tokenize"):
        setattr(dynamodb, name, lru_cache(EXPRESSIONS_KEPT)(getattr(dynamodb, name)))
    dynamodb.copy = SimpleNamespace(deepcopy=copy_json)


def copy_json(value: Any) -> Any:
    """Return a copy of a value of JSON; any other value is copied as `copy.deepcopy` does."""
    if type(value) is dict:
        return {key: copy_json(item) for key, item in value.items()}
    if type(value) is list:
        return [copy_json(item) for item in value]
    return value if type(value) is str else copy.deepcopy(value)


def read_json_quickly() -> None:
    """Let MiniStack's DynamoDB read requests and write responses with orjson, which takes a fifth of the time.

    What orjson refuses, such as half of a surrogate pair, is read and written as before.
    """
    from ministack.services import dynamodb

    write = dynamodb.json_response

    def write_quickly(data: Any, status: int = 200, **options: Any) -> Any:
        code, headers, _ = write({}, status, **options)
        return code, headers, dump_json(data)

    dynamodb.json_response = write_quickly
    dynamodb.json = SimpleNamespace(**vars(json) | {"loads": load_json})


def load_json(text: Any, **options: Any) -> Any:
    """Return what a text in JSON says. Raises json.JSONDecodeError."""
    try:
        return json.loads(text, **options) if options else orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def dump_json(data: Any) -> bytes:
    """Return data as compact JSON in UTF-8."""
    try:
        return orjson.dumps(data)
    except TypeError:
        return json.dumps(data, ensure_ascii=False).encode()


def read_policies_once() -> None:
    """Let MiniStack read a policy of a role once. It does so for each request, which is 6 % of its time."""
    from ministack.core import iam_evaluator

    read = iam_evaluator.parse_policy_document
    read_once = lru_cache(POLICIES_KEPT)(read)
    iam_evaluator.parse_policy_document = lambda policy: (read_once if isinstance(policy, str) else read)(policy)


def compare_partition_keys() -> None:
    """Let MiniStack compare the key of a partition, or one attribute, without interpreting the expression.

    It does so for each item of the partition and for each page, which was a third of the time of `make verify` there.
    """
    from ministack.services import dynamodb

    interpret = dynamodb._evaluate_condition

    def evaluate(expr: Any, item: Any, values: Any, names: Any, slot: str = "ConditionExpression") -> Any:
        compared = equality(expr) if slot in READS and isinstance(expr, str) else None
        wanted = (values or {}).get(compared[1]) if compared else None
        if compared and wanted and "S" in wanted:
            return item.get((names or {}).get(compared[0], compared[0])) == wanted
        return interpret(expr, item, values, names, slot)

    dynamodb._evaluate_condition = evaluate


@lru_cache(EXPRESSIONS_KEPT)
def equality(expr: str) -> tuple[str, str] | None:
    """Return the attribute and the value of an expression that is one comparison for equality, or None.

    Names are those of the bank's keys, none of which DynamoDB reserves, or stand for others.
    """
    found = re.fullmatch(r"\s*(#\w+|(?:gsi\d)?pk)\s*=\s*(:\w+)\s*", expr, re.ASCII)
    return (found[1], found[2]) if found else None


def measure_texts() -> None:
    """Let MiniStack measure texts first when it measures an item for the limit of a page; most attributes are texts."""
    from ministack.services import dynamodb

    measure = dynamodb._attribute_value_size
    dynamodb._number_size_bytes = lru_cache(100_000)(dynamodb._number_size_bytes)

    def item_size(item: Any) -> int:
        if not isinstance(item, dict):
            return 0
        total = 0
        for name, value in item.items():
            text = value.get("S") if isinstance(value, dict) and len(value) == 1 else None
            total += _bytes_in(name) + (_bytes_in(text) if isinstance(text, str) else measure(value))
        return total

    dynamodb._item_size_bytes = item_size


def _bytes_in(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def unpack_once() -> None:
    """Let MiniStack unpack a function's package, or a layer, once for all copies of all functions that have it.

    It unpacks it for each copy, and Python compiles it there: half of a cold start.
    """
    from ministack.core import lambda_runtime

    lambda_runtime.zipfile = SimpleNamespace(**vars(zipfile) | {"ZipFile": SharedZip})


class SharedZip(zipfile.ZipFile):
    """A zip whose content is unpacked once, into the folder for temporary files, and linked to from there on."""

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        digest = hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()[:32]
        shared = Path(tempfile.gettempdir()) / f"unpacked-{digest}"
        with _unpacking:
            if not shared.exists():
                unfinished = Path(tempfile.mkdtemp(prefix="unpacking-"))
                super().extractall(unfinished, members, pwd)
                unfinished.rename(shared)
        for entry in shared.iterdir():
            (Path(path) / entry.name).symlink_to(entry)


def open_one_session() -> None:
    """Let MiniStack read botocore's descriptions of services in one session.

    It opens one for each service, and each looks through all descriptions that there are, for 0.04 s.
    """
    import botocore.session

    botocore.session.get_session = cache(botocore.session.get_session)  # type: ignore[assignment]  # a replacement


def name_requests() -> None:
    """Let MiniStack's gateway tell the client, its own errors and the function one id of a request, as AWS does.

    It makes another one for each of them.
    """
    from ministack.services import apigateway_v1 as gateway

    execute, new_id = gateway.handle_execute, gateway.new_uuid
    current: ContextVar[str | None] = ContextVar("current", default=None)

    async def execute_named(*request: Any, **named: Any) -> Any:
        request_id = new_id()
        before = current.set(request_id)
        try:
            status, headers, body = await execute(*request, **named)
        finally:
            current.reset(before)
        return status, {**headers, "x-amzn-requestid": request_id}, body

    gateway.handle_execute, gateway.new_uuid = execute_named, lambda: current.get() or new_id()


def find_queues_by_name() -> None:
    """Let MiniStack find the queue of a function's messages under another port than the one at which it was made.

    A queue's address contains the port, and the state of an emulator is continued at another one. A message is sent to
    the queue by its name; without this nobody would take it out.
    """
    from ministack.services import sqs

    address = sqs._queue_url
    sqs._queue_url = lambda name: sqs._queue_name_to_url.get(name) or address(name)


def limit_functions_of_queues() -> None:
    """Handle fewer messages of a queue at once than AWS would.

    Each that finds no idle process starts one, with two seconds of CPU: beside a slow receiver there were eighty.
    """
    from ministack.services import lambda_svc

    allowed = lambda_svc._sqs_esm_concurrency
    lambda_svc._sqs_esm_concurrency = lambda *asked: min(allowed(*asked), MESSAGES_AT_ONCE_MAX)
