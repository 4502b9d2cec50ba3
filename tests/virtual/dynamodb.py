"""DynamoDB in virtual time: tables in memory, answers that take as long as DynamoDB's, conflicts, faults and kills."""

import io
import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import ExponentialBackoff

from bench import units
from bench.price import Tariff
from chalicelib.models import connection
from chalicelib.models.ledger import shared_plan, shared_write
from tests.fake_dynamodb.tables import Refused, cancelled
from tests.fake_dynamodb.wire import FakeDynamoDB
from tests.faults.line import Line, Silence
from tests.faults.plan import Call, Plan
from tests.virtual.time import VirtualTime

SECONDS = {name: value / 1000 for name, value in Tariff.load().assumed.items() if name.endswith("_ms")}
READS = frozenset({"BatchGetItem", "GetItem", "Query"})
COMPUTING_SECONDS = (0.003, 0.006)
"""Between the read and the write of a post."""
PLANNING_SECONDS, SENDING_SECONDS = 0.0009, 0.0002
"""For each further transfer of a group, rounded up: on busy cores 0.83 to 0.92 ms of processor time were measured from
the query to the actions, and 0.16 to 0.18 ms of the write, on 2026-11-30."""
SENDING_SHARE = 1 / 4
"""Of the computing of a group's first transfer."""
SINGLE_SECONDS = 0.001
"""For any other call."""
Place = tuple[str, str, str]


def never(*_: object) -> bool:
    """Kill nobody."""
    return False


class Killed(BaseException):
    """The process has ended; whatever it would have done next it does not."""


class VirtualDynamoDB:
    """Tables in memory behind the bank's client. `calls` counts its calls by operation.

    `kill` is asked before and after each call that a process makes, and says whether it ends there, in all its threads.
    """

    def __init__(self, time: VirtualTime, fake: FakeDynamoDB, plan: Plan | None = None):
        self.time, self.fake = time, fake
        self.calls: list[str] = []
        self.group_sizes: list[int] = []
        self.read_units = self.write_units = 0.0
        self.kill: Callable[[str, Any, str], bool] = never
        self.dead: set[int] = set()
        self._in_flight = set[Place]()
        self._line = Line(plan, self._serve, self._refuse) if plan else None
        self._url = ""

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Serve the bank's client while the block runs; what is late lands at its end."""
        events = connection.client().meta.events

        def unsigned(**_: object) -> object:
            return UNSIGNED

        events.register_first("before-send.dynamodb", self._carry)
        events.register("choose-signer.dynamodb", unsigned)
        quota = patch.object(RetryQuota, "acquire", lambda *_: True)
        at_once = patch.object(ExponentialBackoff, "delay_amount", return_value=0)
        try:
            with quota, at_once, patch.object(shared_write, "plan_shared", self._plan(shared_plan.plan_shared)):
                yield
                if self._line:
                    self._line.flush()
        finally:
            events.unregister("before-send.dynamodb", self._carry)
            events.unregister("choose-signer.dynamodb", unsigned)

    def be_reliable(self) -> None:
        """Let all that is late land, and nothing go wrong any more."""
        self.kill = never
        self.dead.clear()
        if self._line:
            self._line.faulty = False
            self._line.flush()

    def _carry(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        self._end_if_killed(operation, request, "before")
        self._compute(operation, request)
        self.calls.append(operation)
        self._url = request.url
        try:
            body = request.body if isinstance(request.body, bytes) else str(request.body).encode()
            answer = self._line.carry(Call(operation, body), request) if self._line else self._serve(request)
        except Silence:
            self.time.wait(SECONDS["transaction_ms"])  # what a timeout waits for teaches nothing
            raise ReadTimeoutError(endpoint_url=request.url) from None
        self._end_if_killed(operation, request, "after")
        return answer

    def _end_if_killed(self, operation: str, request: Any, moment: str) -> None:
        if not self.time.is_inside:
            return
        if self.time.process in self.dead or self.kill(operation, json.loads(request.body), moment):
            self.dead.add(self.time.process)
            raise Killed

    def _compute(self, operation: str, request: Any) -> None:
        if operation != "TransactWriteItems":
            return self.time.wait(SINGLE_SECONDS)
        puts = [one["Put"]["Item"]["pk"]["S"] for one in json.loads(request.body)["TransactItems"] if "Put" in one]
        members = sum(pk.startswith("TXN#") for pk in puts)
        self.group_sizes.append(members)
        share = SENDING_SHARE if self.time.is_beside else 1.0
        return self.time.wait(share * random.uniform(*COMPUTING_SECONDS) + max(0, members - 1) * SENDING_SECONDS)

    def _plan(self, plan: Callable[..., Any]) -> Callable[..., Any]:
        """Have a leader take its time to plan a group; single posts are planned in the time before their writes."""

        def plan_slowly(records: Any, snapshot: Any, members: Sequence[Any]) -> Any:
            first = (1 - SENDING_SHARE) * random.uniform(*COMPUTING_SECONDS)
            self.time.wait(first + (len(members) - 1) * PLANNING_SECONDS)
            return plan(records, snapshot, members)

        return plan_slowly

    def _serve(self, request: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        told = json.loads(request.body)
        if operation in READS:
            self.time.wait(SECONDS["read_ms"] / 2)
            self.read_units += self._read_units(operation, told)
            answer = self.fake.serve(request)
            self.time.wait(SECONDS["read_ms"] / 2)
            return answer
        if operation == "TransactWriteItems":
            return self._transact(request, told)
        self.time.wait(SECONDS["write_ms"])
        if "TableName" in told and _place(told) in self._in_flight:
            return self._answer(Refused("TransactionConflictException"))
        self.write_units += self._write_units(told, is_transaction=False)
        return self.fake.serve(request)

    def _transact(self, request: Any, told: Any) -> AWSResponse:
        """Cancel one of two transactions that overlap; the other one commits if its conditions hold at its end."""
        places = [_place(action) for wrapped in told["TransactItems"] for action in wrapped.values()]
        met = self._in_flight.intersection(places)
        if met:
            self.time.wait(SECONDS["transaction_ms"])
            return self._answer(
                cancelled([{"Code": "TransactionConflict" if one in met else "None"} for one in places])
            )
        self._in_flight.update(places)
        self.time.wait(SECONDS["transaction_ms"])
        self._in_flight.difference_update(places)
        self.write_units += self._write_units(told, is_transaction=True)
        return self.fake.serve(request)

    def _read_units(self, operation: str, told: Any) -> float:
        """Return what a read takes, by the items as they are."""
        if operation == "BatchGetItem":
            asked = [(name, part, key) for name, part in told["RequestItems"].items() for key in part["Keys"]]
            return sum(
                units.read_units(self._size(name, key), consistent=part.get("ConsistentRead", False))
                for name, part, key in asked
            )
        if operation == "Query":
            partition = next(iter(told["ExpressionAttributeValues"].values()))["S"]
            items = self.fake.tables.tables[told["TableName"]].items
            found = [units.item_size(item) for (pk, _), item in items.items() if pk == partition]
            return units.read_units(sum(found[: told.get("Limit")]), consistent=told.get("ConsistentRead", False))
        return units.read_units(self._size(told["TableName"], told["Key"]), consistent=True)

    def _write_units(self, told: Any, *, is_transaction: bool) -> float:
        """Return what a write takes in its tables, by the items as they are put, or as they were."""
        actions = told.get("TransactItems", [])
        written = [(one["TableName"], one) for wrapped in actions for one in wrapped.values()]
        for name, wrapped in told.get("RequestItems", {}).items():
            written += [(name, one) for request in wrapped for one in request.values()]
        written += [(told["TableName"], told)] if "TableName" in told else []
        sizes = [
            units.item_size(one["Item"]) if "Item" in one else self._size(name, one["Key"]) for name, one in written
        ]
        return sum(max(1, -(-size // units.WRITE_BYTES)) for size in sizes) * (2 if is_transaction else 1)

    def _size(self, table: str, key: Any) -> int:
        item = self.fake.tables.tables[table].items.get((key["pk"]["S"], key["sk"]["S"]))
        return units.item_size(item) if item else 0

    def _answer(self, refused: Refused) -> AWSResponse:
        told = {"__type": f"com.amazonaws.dynamodb.v20120810#{refused.code}"} | refused.told
        return self._refuse(400, json.dumps(told).encode())

    def _refuse(self, status: int, body: bytes) -> AWSResponse:
        headers: Any = {"content-type": "application/x-amz-json-1.0"}
        return AWSResponse(self._url, status, headers, _Body(body))


class _Body(io.BytesIO):
    def stream(self) -> Iterator[bytes]:
        yield self.read()


def _place(action: dict[str, Any]) -> Place:
    key = action.get("Key") or action["Item"]
    return action["TableName"], key["pk"]["S"], key["sk"]["S"]
