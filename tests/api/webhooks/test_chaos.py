"""Events on a bad line: every third call of DynamoDB goes wrong, functions end amid their work, batches come again.

Nothing is lost, doubled or numbered wrongly. `EVENT_CHANGES=10000 make test TEST=tests/api/webhooks/test_chaos.py`
tries so many changes; 40 by default.
"""

import json
import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.endpoint import Endpoint
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from chalicelib import clock
from chalicelib.domain.errors import BankError
from chalicelib.domain.events.event import event_id
from chalicelib.domain.time import timestamp
from chalicelib.models.everything import set_aside
from chalicelib.services.audit import audit_consumer
from chalicelib.services.webhooks import deliver, publish, sweep
from tests.api.helpers.bank import STAGE, Json, User
from tests.api.helpers.events import event_table
from tests.api.helpers.webhooks import Hooks
from tests.faults.line import Line, Silence
from tests.faults.plan import EVERY, RATE_MAX, READS, WRITES, Call, Fault, Plan

CHANGES = int(os.environ.get("EVENT_CHANGES", "40"))
SEED = int(os.environ.get("EVENT_SEED", "20261129"))
KILLS = 0.005
"""How likely a function ends before or after a call."""
SDK_ATTEMPTS = 3
HIDDEN = timedelta(seconds=90)
"""How long SQS hides a message whose function has ended."""
CALLS = WRITES | READS | {"BatchWriteItem"}
Records = list[Json]


class Killed(BaseException):
    """The function has ended: nothing of it runs any more, also no `finally` that calls."""


@dataclass
class Chaos:
    """What goes wrong between functions and DynamoDB. `dead`: the function that runs now has ended."""

    chance: random.Random
    plan: Plan
    dead: bool = False
    kills: int = 0
    is_on: bool = False

    def run(self, act: Callable[[], object]) -> bool:
        """Run a function once, on the bad line; return whether it has come to its end."""
        self.dead, self.is_on = False, True
        try:
            act()
        except (Killed, BotoCoreError, ClientError, BankError, audit_consumer.CannotWrite):
            return False
        finally:
            self.dead = self.is_on = False
        return True

    def maybe_die(self) -> None:
        if self.dead or self.chance.random() < KILLS:
            self.kills += not self.dead
            self.dead = True
            raise Killed


@dataclass(frozen=True)
class Refusal:
    """An answer that DynamoDB never sent."""

    status: int
    body: bytes


@contextmanager
def bad_line(chaos: Chaos) -> Iterator[None]:
    """Put a line in front of the engine of DynamoDB, with the retries that the SDK makes."""
    engine = Endpoint.make_request

    def send(sent: tuple[Any, Any, Json]) -> Any:
        return engine(*sent)

    line = Line[tuple[Any, Any, Json], Any](chaos.plan, send, Refusal)

    def carry(endpoint: Any, model: Any, request: Json) -> Any:
        sent = endpoint, model, request
        if not chaos.is_on or model.service_model.service_name != "dynamodb":
            return send(sent)
        chaos.maybe_die()
        answer = _with_retries(lambda: _parse(line.carry(Call(model.name, request["body"]), sent), endpoint, model))
        chaos.maybe_die()
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Endpoint, "make_request", carry)
        yield
        line.flush()


def _parse(answer: Any, endpoint: Any, model: Any) -> Any:
    """Return what botocore makes of an answer."""
    if not isinstance(answer, Refusal):
        return answer
    parser = endpoint._response_parser_factory.create_parser(model.service_model.resolved_protocol)
    response = {"status_code": answer.status, "headers": {}, "body": answer.body}
    return SimpleNamespace(status_code=answer.status, headers={}), parser.parse(response, model.output_shape)


def _with_retries(call: Callable[[], Any]) -> Any:
    for attempt in range(SDK_ATTEMPTS):
        with suppress(Silence):
            answer = call()
            if answer[0].status_code < 300 or _is_final(answer) or attempt == SDK_ATTEMPTS - 1:
                return answer
    raise ReadTimeoutError(endpoint_url="dynamodb")


def _is_final(answer: Any) -> bool:
    """Return whether DynamoDB has refused, which no retry changes."""
    refusal: str = answer[1]["Error"]["Code"]
    return refusal in ("ConditionalCheckFailedException", "TransactionCanceledException")


@dataclass
class Town:
    """Items that change, as the stream tells of them, and the events that must follow: id, type, subject, number."""

    customer_id: str
    chance: random.Random
    begun_at: datetime
    expected: list[tuple[str, str, str, int]] = field(default_factory=list)
    _items: dict[tuple[str, str], Json] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _made: int = 0

    def changes(self, number: int) -> Records:
        return [self._change(max(2, number // 20)) for _ in range(number)]

    def _change(self, items: int) -> Json:
        number = self.chance.randrange(items)
        kind = "ticket" if number % 4 == 3 else "account"
        key = (f"{kind.upper()}#{kind[0]}{number}", kind.upper())
        before = self._items.get(key)
        name, fields = self._new(kind) if before is None else self._next(kind, before)
        self._made += 1
        version, at = int((before or {}).get("version", 0)) + 1, self.begun_at + timedelta(milliseconds=self._made)
        after = {**(before or {}), **fields, "type": kind, "version": version, "updated_at": timestamp(at)}
        after |= {"updated_by": "usr_1", "request_id": f"r{self._made}"}
        self._items[key] = after
        if name:
            subject = f"{kind}s/{key[0].partition('#')[2]}"
            self._counts[subject] += 1
            made = event_id(key, version, name, timestamp(at))
            self.expected.append((made, name, subject, self._counts[subject]))
        return _record(self._made, key, before, after)

    def _new(self, kind: str) -> tuple[str, Json]:
        if kind == "ticket":
            return "ticket.created", {"customer_id": self.customer_id, "status": "open", "message_count": 1}
        fields = {"customer_id": self.customer_id, "account_type": "current", "currency": "USD", "status": "active"}
        return "account.opened", {**fields, "overdraft_limit": 0, "balance": 0}

    def _next(self, kind: str, before: Json) -> tuple[str | None, Json]:
        if kind == "ticket":
            if before["status"] == "open" and self.chance.random() < 0.2:
                return "ticket.resolved", {"status": "resolved"}
            return "ticket.updated", {"message_count": before["message_count"] + 1}
        moved = self.chance.choice(["money", "name", "status"])
        if moved == "money":
            return None, {"balance": before["balance"] + 1}
        if moved == "name":
            return "account.updated", {"nickname": f"Name {before['version']}"}
        is_active = before["status"] == "active"
        return ("account.frozen", {"status": "frozen"}) if is_active else ("account.unfrozen", {"status": "active"})


def _record(number: int, key: tuple[str, str], before: Json | None, after: Json) -> Json:
    images = {"NewImage": _image(key, after)} | ({"OldImage": _image(key, before)} if before else {})
    keys, at = {"pk": {"S": key[0]}, "sk": {"S": key[1]}}, clock.now().timestamp()
    told = {"Keys": keys, "ApproximateCreationDateTime": at, "SequenceNumber": str(number)}
    return {"dynamodb": told | images}


def _image(key: tuple[str, str], fields: Json) -> Json:
    plain = {"pk": key[0], "sk": key[1], **fields}
    return {name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in plain.items()}


class RowStream:
    """The stream of the table `events`."""

    def __init__(self) -> None:
        described = boto3.client("dynamodb").update_table(
            TableName=f"florin-{STAGE}-events",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        arn = described["TableDescription"]["LatestStreamArn"]
        self._client: Any = boto3.client("dynamodbstreams")
        [shard] = self._client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        where = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        self._position = self._client.get_shard_iterator(**where)["ShardIterator"]

    def read(self) -> Records:
        answer = self._client.get_records(ShardIterator=self._position)
        self._position = answer["NextShardIterator"]
        return [one for one in answer["Records"] if "sequence" in one["dynamodb"].get("NewImage", {})]


def pass_on(chaos: Chaos, batch: Records, consume: Callable[[Records], object], earlier: list[Records]) -> None:
    """Deliver a batch until it is taken, and now and then again: the whole of it, a part, or some before it."""

    def until_taken(records: Records) -> None:
        for _ in range(2_000):
            if chaos.run(lambda: consume(records)):
                return
        raise AssertionError("a batch is never taken")

    until_taken(batch)
    again = chaos.chance.choice(["nothing", "nothing", "nothing", "whole", "part", "earlier"])
    if again == "whole":
        until_taken(batch)
    elif again == "part":
        start, end = sorted(chaos.chance.sample(range(len(batch) + 1), 2))
        until_taken(batch[start:end])
    elif again == "earlier":
        for one in [*earlier[-2:], batch]:
            until_taken(one)
    earlier.append(batch)


def work(chaos: Chaos, hooks: Hooks) -> None:
    """Let the queue deliver what is due. A message whose function has ended comes again, and some come twice."""
    for message in [one for one in hooks.queue.messages if one.due_at <= clock.now()]:
        hooks.queue.messages.remove(message)
        body = json.loads(message.body)
        attempt = partial(deliver.deliver, body["delivery_id"], body["turn"], body["waits"])
        is_done = chaos.run(attempt)
        if chaos.chance.random() < 0.05:
            chaos.run(attempt)
        if not is_done:
            message.due_at = clock.now() + HIDDEN
            hooks.queue.messages.append(message)


def batches(chance: random.Random, records: Records, most: int) -> Iterator[Records]:
    start = 0
    while start < len(records):
        size = chance.randint(1, most)
        yield records[start : start + size]
        start += size


def advance(seconds: float) -> None:
    at = clock.now() + timedelta(seconds=seconds)
    clock.set_clock(lambda: at)


@pytest.mark.timeout(0 if CHANGES > 1_000 else 180)
def test_no_event_is_lost_doubled_or_misnumbered_and_every_endpoint_gets_each(
    hooks: Hooks, manager: User, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(SEED)
    kinds = [kind for kind in EVERY if kind is not Fault.DELAYED]
    chaos = Chaos(chance, Plan(SEED, RATE_MAX, kinds, CALLS))
    everything = hooks.made(manager)
    frozen = hooks.made(customer, events=["account.frozen", "ticket.*"])
    hooks.receiver.answer = lambda _: (500 if chance.random() < 0.1 else 200, {}, b"")
    town = Town(str(customer.customer_id), chance, clock.now())
    rows, told, published = RowStream(), list[Records](), list[Records]()
    monkeypatch.setattr("time.sleep", lambda _: None)
    with bad_line(chaos):
        for batch in batches(chance, town.changes(CHANGES), 12):
            pass_on(chaos, batch, audit_consumer.consume, told)
            for some in batches(chance, rows.read(), 12):
                pass_on(chaos, some, publish.publish, published)
            work(chaos, hooks)
            advance(20)  # leases of functions that were killed run out meanwhile
        while hooks.queue.messages or has_pending():
            advance(61 if hooks.queue.messages else 600)  # what is due later is not in the queue
            for some in batches(chance, rows.read(), 12):
                pass_on(chaos, some, publish.publish, published)
            chaos.run(sweep.sweep)
            work(chaos, hooks)
    require_told(town, str(customer.customer_id))
    of_bank = {made for made, *_ in town.expected}
    of_customer = {made for made, name, *_ in town.expected if name == "account.frozen" or name.startswith("ticket.")}
    assert {one.id for one in hooks.receiver.messages} == of_bank
    for endpoint, events in ((everything, of_bank), (frozen, of_customer)):
        found = [one for one in deliveries() if one["endpoint_id"] == endpoint["id"]]
        assert sorted(one["event_id"] for one in found) == sorted(events)
        assert {one["status"] for one in found} == {"succeeded"}
    assert chaos.kills
    assert chaos.plan.happened.total() > CHANGES
    print(
        f"{CHANGES} changes, {len(of_bank)} events, {len(deliveries())} deliveries, {len(hooks.receiver.messages)} "
        f"messages, {chaos.plan.happened.total()} faults, {chaos.kills} functions killed, {len(told)} batches"
    )


def require_told(town: Town, customer_id: str) -> None:
    """Check that the table has the expected rows of both recipients, and no others, and that nothing is set aside."""
    rows = [item for item in stored() if "sequence" in item]
    assert {row["recipient"] for row in rows} == {"bank", customer_id}
    for recipient in ("bank", customer_id):
        of_recipient = [row for row in rows if row["recipient"] == recipient]
        found = [(row["id"], row["type"], row["subject"], int(row["sequence"])) for row in of_recipient]
        assert sorted(found) == sorted(town.expected)
    assert [*set_aside.all_of("audit_trail"), *set_aside.all_of("event_rows")] == []


def stored() -> Iterator[Json]:
    """Yield all items of the table `events`."""
    pages = event_table().meta.client.get_paginator("scan").paginate(TableName=event_table().name)
    return (item for page in pages for item in page["Items"])


def deliveries() -> list[Json]:
    return [item for item in stored() if item["sk"] == "DELIVERY"]


def has_pending() -> bool:
    return any(one["status"] == "pending" for one in deliveries())
