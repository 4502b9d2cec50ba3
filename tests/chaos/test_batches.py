"""The stream as Lambda may deliver it: cut into batches of every size, whole and in parts again, on a bad line."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.audit import record as audit_record
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.ledger.hash_chain import GENESIS
from chalicelib.models import connection
from chalicelib.services.audit import audit_consumer
from tests.chaos.payments import at_the_stack
from tests.faults.hook import faulty_client
from tests.faults.plan import RATE_MAX, Plan
from tests.stack import Stack, eventually
from tests.tables import make_tables
from tests.workflow.bank import Client, log_in, make_staff, register
from tests.workflow.trail import is_complete, whole

Records = list[dict[str, Any]]
Consume = Callable[[Records], object]
STAGE = "recut"
DELIVERIES_MAX = 200
WRITTEN_BY_ALL = ("ACCOUNT#gl.", "BRANCH#")
"""The bank's own accounts and a branch's counts: of those the stream may have forgotten how they began."""
DELETED_AT_ONCE_MAX = 25


@pytest.fixture(scope="module")
def records(stack: Stack) -> Records:
    """What the stream says of a customer and two accounts that have lived a little, once the bank has audited it."""
    customer = register(stack.url)
    mine, other = customer.open_account(initial_deposit="50.00")["id"], customer.open_account()["id"]
    live(customer, make_staff(log_in(stack.url, stack.admin.email, stack.admin.password), "teller"), mine, other)
    eventually(lambda: is_complete(stack))
    everything = list(stream(stack))
    ours = {f"ACCOUNT#{mine}", f"ACCOUNT#{other}"}
    written = {_pk(one) for one in everything if _writer(one) == customer.user["user_id"]}
    ours |= {pk for pk in written if not pk.startswith(WRITTEN_BY_ALL)}
    found = [record for record in everything if _pk(record) in ours]
    assert len(found) > 15
    return found


def live(customer: Client, teller: Client, mine: str, other: str) -> None:
    customer.withdraw(mine, "1.00")
    customer.transfer(mine, other, "20.00")
    customer.call("PATCH", f"/v1/accounts/{mine}", {"nickname": "Mine"})
    teller.post(f"/v1/accounts/{mine}/freeze", {"reason": "a doubt"})
    customer.deposit(mine, "2.00")


def stream(stack: Stack) -> Iterator[dict[str, Any]]:
    """The stream of `bank` from its beginning, as Lambda hands it over."""
    table = stack.client("dynamodb").describe_table(TableName=stack.table_name("bank"))["Table"]
    streams, where = stack.client("dynamodbstreams"), {"StreamArn": table["LatestStreamArn"]}
    [shard] = streams.describe_stream(**where)["StreamDescription"]["Shards"]
    start = streams.get_shard_iterator(**where, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
    page = streams.get_records(ShardIterator=start["ShardIterator"])
    while page["Records"]:
        for record in page["Records"]:
            told = record["dynamodb"]
            told["ApproximateCreationDateTime"] = told["ApproximateCreationDateTime"].timestamp()
            yield record
        page = streams.get_records(ShardIterator=page["NextShardIterator"])


def _pk(record: dict[str, Any]) -> str:
    return str(record["dynamodb"]["Keys"]["pk"]["S"])


def _writer(record: dict[str, Any]) -> str | None:
    writer: str | None = record["dynamodb"].get("NewImage", {}).get("updated_by", {}).get("S")
    return writer


@pytest.fixture
def recut(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[Any]]]:
    """An audit table of its own for this process; what is taken out of it is gone from it."""
    monkeypatch.setenv("FLORIN_STAGE", STAGE)
    at_the_stack(stack, monkeypatch)
    database, name = stack.client("dynamodb"), f"florin-{STAGE}-audit"
    tables = make_tables(database, STAGE)

    def take() -> list[Any]:
        items = [item for page in database.get_paginator("scan").paginate(TableName=name) for item in page["Items"]]
        keys = [{part: item[part] for part in ("pk", "sk")} for item in items]
        for start in range(0, len(keys), DELETED_AT_ONCE_MAX):
            some = [{"DeleteRequest": {"Key": key}} for key in keys[start : start + DELETED_AT_ONCE_MAX]]
            database.batch_write_item(RequestItems={name: some})
        return in_order(items)

    yield take
    for table in tables:
        database.delete_table(TableName=table)
    connection.forget()


@pytest.fixture
def told(stack: Stack, records: Records) -> list[Any]:
    """What the bank's own consumer has made of these records."""
    ours = set(map(_pk, records))
    return in_order([item for item in whole(stack, "audit") if item["pk"]["S"] in ours])


def in_order(items: list[Any]) -> list[Any]:
    return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def in_batches(records: Records, size: int) -> list[Records]:
    return [records[start : start + size] for start in range(0, len(records), size)]


def deliver(batches: list[Records], consume: Consume, chance: random.Random) -> None:
    """Each batch until it is taken, and now and then once more: as it was, a part of it, or from some earlier one."""
    for number, batch in enumerate(batches):
        _until_taken(batch, consume)
        again = chance.choice(["nothing", "nothing", "whole", "part", "earlier"])
        if again == "whole":
            _until_taken(batch, consume)
        elif again == "part":
            start, end = sorted(chance.sample(range(len(batch) + 1), 2))
            _until_taken(batch[start:end], consume)
        elif again == "earlier":
            for earlier in batches[chance.randrange(number + 1) : number + 1]:
                _until_taken(earlier, consume)


def _until_taken(batch: Records, consume: Consume) -> None:
    for _ in range(DELIVERIES_MAX):
        with suppress(BotoCoreError, ClientError, Unavailable):  # Lambda delivers the batch again
            consume(batch)
            return
    raise AssertionError(f"a batch of {len(batch)} is not taken in {DELIVERIES_MAX} deliveries")


def test_batches_of_every_size_make_the_same_trail(
    records: Records, told: list[Any], recut: Callable[[], list[Any]]
) -> None:
    for size in range(1, len(records) + 1):
        deliver(in_batches(records, size), audit_consumer.consume, random.Random(size))
        assert recut() == told, f"batches of {size}"


def test_a_bad_line_makes_the_same_trail(records: Records, told: list[Any], recut: Callable[[], list[Any]]) -> None:
    with faulty_client(Plan(seed=5, rate=RATE_MAX)) as line:
        for size in (1, 2, 4):
            deliver(in_batches(records, size), audit_consumer.consume, random.Random(size))
            line.flush()
            assert recut() == told, f"batches of {size}"
    assert line.plan.happened.total() > len(records)


def without_the_last(records: Records) -> None:
    audit_consumer.consume(records[:-1])


def without_links(records: Records) -> None:
    record_of = audit_record.record_of
    with mock.patch.object(audit_record, "record_of", lambda change, _: record_of(change, GENESIS)):
        audit_consumer.consume(records)


@pytest.mark.parametrize("consume", [without_the_last, without_links])
def test_a_consumer_that_is_broken_on_purpose_is_caught(
    records: Records, told: list[Any], recut: Callable[[], list[Any]], consume: Consume
) -> None:
    with suppress(audit_consumer.CannotWrite):
        deliver(in_batches(records, 7), consume, random.Random(1))
    assert recut() != told


def test_records_out_of_order_are_not_written(records: Records, recut: Callable[[], list[Any]]) -> None:
    with pytest.raises(audit_consumer.CannotWrite):
        audit_consumer.consume(records[::-1])
