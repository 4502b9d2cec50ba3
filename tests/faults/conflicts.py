"""`TransactionConflict` as DynamoDB answers it, for emulators run one transaction after the other and never say it.

The rules are those of "Transaction conflict handling in DynamoDB"
(docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling): a
`TransactWriteItems` one of whose items is part of another one that is under way is cancelled as a whole; a `PutItem`,
`UpdateItem` or `DeleteItem` of such an item is refused; the SDK retries neither; `GetItem` and `BatchGetItem` meet no
conflicts. A condition check counts like a write.
"""

import io
import json
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse

ItemKey = tuple[str, str, str]
"""Table, pk, sk."""

SINGLE_WRITES = ("PutItem", "UpdateItem", "DeleteItem")
ONGOING = "Transaction is ongoing for the item"
TYPES = "com.amazonaws.dynamodb.v20120810#"


class Conflicts:
    """The items in flight between this process and DynamoDB, whichever thread or client has sent them.

    A transaction is under way from its sending until its answer, `service_seconds` at least: its client waits as long.
    One that is cancelled for a conflict holds nothing and is answered as late.
    """

    def __init__(self, service_seconds: float = 0.005):
        self.service_seconds = service_seconds
        self.cancelled = 0
        self._in_flight: set[ItemKey] = set()
        self._lock = threading.Lock()
        self._mine = threading.local()

    @contextmanager
    def on(self, client: Any) -> Iterator["Conflicts"]:
        """Between a botocore client and DynamoDB, while the block runs."""
        hooks: list[tuple[str, Any]] = [
            ("before-send.dynamodb.TransactWriteItems", self._begin),
            ("response-received.dynamodb.TransactWriteItems", self._end),
            *((f"before-send.dynamodb.{operation}", self._refuse) for operation in SINGLE_WRITES),
        ]
        for event, hook in hooks:
            client.meta.events.register(event, hook)
        try:
            yield self
        finally:
            for event, hook in hooks:
                client.meta.events.unregister(event, hook)

    def claim(self, keys: Collection[ItemKey]) -> set[ItemKey]:
        """Begin a transaction of these items; return those that another one has, with nothing begun, if there are."""
        with self._lock:
            contended = self._in_flight.intersection(keys)
            if not contended:
                self._in_flight.update(keys)
            return contended

    def free(self, keys: Collection[ItemKey]) -> None:
        """End a transaction of these items."""
        with self._lock:
            self._in_flight.difference_update(keys)

    def _begin(self, request: Any, **_: Any) -> AWSResponse | None:
        actions = [action for wrapped in json.loads(request.body)["TransactItems"] for action in wrapped.values()]
        keys = list(map(_key, actions))
        self._mine.until = time.monotonic() + self.service_seconds
        contended = self.claim(keys)
        if not contended:
            self._mine.keys = keys
            return None
        with self._lock:
            self.cancelled += 1
        return _cancelled(request, [key in contended for key in keys])

    def _end(self, **_: Any) -> None:
        """The answer has come, whatever it is, or none will."""
        time.sleep(max(0.0, self._mine.until - time.monotonic()))
        self.free(getattr(self._mine, "keys", ()))
        self._mine.keys = ()

    def _refuse(self, request: Any, **_: Any) -> AWSResponse | None:
        with self._lock:
            if _key(json.loads(request.body)) not in self._in_flight:
                return None
            self.cancelled += 1
        return _answer(request, {"__type": f"{TYPES}TransactionConflictException", "message": ONGOING})


def _key(action: dict[str, Any]) -> ItemKey:
    key = action.get("Key") or action["Item"]
    return action["TableName"], key["pk"]["S"], key["sk"]["S"]


def _cancelled(request: Any, contended: list[bool]) -> AWSResponse:
    reasons = [{"Code": "TransactionConflict", "Message": ONGOING} if one else {"Code": "None"} for one in contended]
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    body = {"__type": f"{TYPES}TransactionCanceledException", "Message": message, "CancellationReasons": reasons}
    return _answer(request, body)


class RawBody(io.BytesIO):
    """What botocore reads a body from."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


def _answer(request: Any, body: dict[str, Any]) -> AWSResponse:
    headers: Any = {"content-type": "application/x-amz-json-1.0", "x-amzn-requestid": "injected"}
    return AWSResponse(request.url, 400, headers, RawBody(json.dumps(body).encode()))
