"""The tables in place of the network: requests and answers pass through the whole of the real botocore client.

A test may queue steps (`next`), which replace the answers to the next requests of an operation. botocore's own resend
after a timeout takes a step too, as a request of its own.
"""

import io
import json
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from tests.fake_dynamodb.tables import Refused, Request, Table, Tables, cancelled
from tests.tables import RESOURCES

Answer = dict[str, Any]
Step = Callable[[Callable[[], Answer], Request], Answer]
"""What happens to one request. The first argument has DynamoDB serve it and returns the answer."""

BATCH_GET, WRITE, PUT, GET, QUERY = "BatchGetItem", "TransactWriteItems", "PutItem", "GetItem", "Query"


def lost(answer: Callable[[], Answer], request: Request) -> Answer:
    """Lose the request."""
    raise ReadTimeoutError(endpoint_url="https://dynamodb.invalid")


def unanswered(answer: Callable[[], Answer], request: Request) -> Answer:
    """Serve the request and lose the answer."""
    answer()
    raise ReadTimeoutError(endpoint_url="https://dynamodb.invalid")


def refused(code: str) -> Step:
    """Return a step that answers with an error and does nothing."""

    def step(answer: Callable[[], Answer], request: Request) -> Answer:
        raise Refused(code)

    return step


throttled = refused("ThrottlingException")


def conflict(*places: int, code: str = "TransactionConflict") -> Step:
    """Return a step that cancels a transaction at the actions of these indexes."""

    def step(answer: Callable[[], Answer], request: Request) -> Answer:
        actions = range(len(request["TransactItems"]))
        raise cancelled([{"Code": code if place in places else "None"} for place in actions])

    return step


def after(act: Callable[[], object]) -> Step:
    """Return a step that does something else first."""

    def step(answer: Callable[[], Answer], request: Request) -> Answer:
        act()
        return answer()

    return step


def served(answer: Callable[[], Answer], request: Request) -> Answer:
    """Serve the request."""
    return answer()


class FakeDynamoDB:
    """The tables of the template, empty. `sent` has the requests with their operations, in order.

    `date` is its clock, which answers show if it is set.
    """

    def __init__(self, stage: str):
        self.tables = Tables(dict(_tables_of(stage)))
        self.sent: list[tuple[str, Request]] = []
        self.date: datetime | None = None
        self._stage = stage
        self._steps: dict[str, deque[Step]] = defaultdict(deque)
        self._for_good: dict[str, Step] = {}

    def next(self, operation: str, *steps: Step) -> None:
        """Queue steps for the next requests of an operation."""
        self._steps[operation].extend(steps)

    def from_now_on(self, operation: str, step: Step) -> None:
        """Take a step for every request of an operation for which none is queued."""
        self._for_good[operation] = step

    @property
    def steps_left(self) -> list[str]:
        """Return the operations with queued steps that no request has taken."""
        return [operation for operation, steps in self._steps.items() if steps]

    def table(self, name: str) -> Table:
        return self.tables.tables[f"florin-{self._stage}-{name}"]

    def count(self, operation: str) -> int:
        return sum(operation == one for one, _ in self.sent)

    def serve(self, request: Any, **_: Any) -> AWSResponse:
        """Answer a request of botocore: a handler of its event `before-send`."""
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        told = json.loads(request.body)
        self.sent.append((operation, json.loads(request.body)))
        steps = self._steps[operation]
        step = steps.popleft() if steps else self._for_good.get(operation, served)
        try:
            return self._dated(_response(request.url, 200, step(lambda: self.tables.call(operation, told), told)))
        except Refused as refusal:
            status = 500 if refusal.code in {"InternalServerError", "InternalFailure"} else 400
            return _response(
                request.url, status, {"__type": f"com.amazonaws.dynamodb.v20120810#{refusal.code}"} | refusal.told
            )

    def _dated(self, answer: AWSResponse) -> AWSResponse:
        if self.date:
            answer.headers["Date"] = format_datetime(self.date, usegmt=True)
        return answer


def _tables_of(stage: str) -> Iterator[tuple[str, Table]]:
    for resource in RESOURCES.values():
        told = resource["Properties"]
        indexes = {
            index["IndexName"]: (*_names(index), index["Projection"]["ProjectionType"] == "ALL")
            for index in told.get("GlobalSecondaryIndexes", [])
        }
        yield told["TableName"]["Fn::Sub"].replace("${Stage}", stage), Table(indexes)


def _names(index: dict[str, Any]) -> tuple[str, str]:
    first, second = (part["AttributeName"] for part in index["KeySchema"])
    return first, second


def _response(url: str, status: int, told: Answer) -> AWSResponse:
    headers: Any = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse(url, status, headers, _Body(json.dumps(told).encode()))


class _Body(io.BytesIO):
    """The body of an answer, as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()
