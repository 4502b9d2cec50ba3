"""The consumer of the audit: order of delivery, and what was written around the bank."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

from chalicelib.models import connection
from chalicelib.services.audit import audit_consumer
from chalicelib.services.audit.audit_consumer import CannotWrite
from tests.api.helpers.bank import STAGE
from tests.api.helpers.stream import audited, record_of_change


def test_no_order_of_delivery_loses_or_forks_a_chain() -> None:
    first, second, third = record_of_change(1), record_of_change(2), record_of_change(3)
    for batch in ([second], [third, second], [first, third]):
        with pytest.raises(CannotWrite, match="absent"):
            audit_consumer.consume(batch)
    assert [item["version"] for item in audited()] == [1]
    audit_consumer.consume([second])
    audit_consumer.consume([third, second, first])
    records = audited()
    assert [item["version"] for item in records] == [1, 2, 3]
    assert [item["prev_hash"] for item in records[1:]] == [item["hash"] for item in records[:2]]


def test_link_that_a_cheap_read_does_not_show_yet_is_read_again() -> None:
    audit_consumer.consume([record_of_change(1)])
    with late_replica() as asked:
        audit_consumer.consume([record_of_change(2)])
    assert asked == [False, True]
    assert [item["version"] for item in audited()] == [1, 2]


def test_link_that_is_there_is_read_once_at_half_the_price() -> None:
    audit_consumer.consume([record_of_change(1)])
    with late_replica(is_late=False) as asked:
        audit_consumer.consume([record_of_change(2)])
    assert asked == [False]


@contextmanager
def late_replica(*, is_late: bool = True) -> Iterator[list[bool]]:
    """Answer reads of the audit that need not be consistent as a replica that is behind. Which were consistent?"""
    table, events = f"florin-{STAGE}-audit", connection.client().meta.events
    asked = list[bool]()

    def remember(params: Any, context: Any, **_: object) -> None:
        context["is_consistent"] = params["RequestItems"].get(table, {}).get("ConsistentRead")
        asked.append(context["is_consistent"])

    def hide(parsed: Any, context: Any, **_: object) -> None:
        if is_late and not context["is_consistent"]:
            parsed["Responses"][table] = []

    sent, answered = (f"{when}.dynamodb.BatchGetItem" for when in ("provide-client-params", "after-call"))
    events.register(sent, remember)
    events.register(answered, hide)
    try:
        yield asked
    finally:
        events.unregister(sent, remember)
        events.unregister(answered, hide)


def test_the_consumer_stops_at_a_record_that_stands_in_the_way_and_keeps_what_came_before() -> None:
    audit_consumer.consume([record_of_change(1)])
    forged = audited()[0] | {"sk": "ACCOUNT#000000000003", "version": 3}
    boto3.resource("dynamodb").Table(f"florin-{STAGE}-audit").put_item(Item=forged)
    with pytest.raises(CannotWrite, match="another record"):
        audit_consumer.consume([record_of_change(2), record_of_change(3), record_of_change(4)])
    assert [item["version"] for item in audited()] == [1, 2, 3]


def test_what_was_written_around_the_bank_stops_nothing() -> None:
    """No type, no version, a version twice, a version left out: each is kept, and the next change follows."""
    around = record_of_change(2)
    around["dynamodb"] |= {"OldImage": record_of_change(2)["dynamodb"]["NewImage"], "SequenceNumber": "77"}
    nameless = record_of_change(3)
    del nameless["dynamodb"]["NewImage"]["type"]
    skipping = record_of_change(6)
    skipping["dynamodb"]["OldImage"]["version"] = {"N": "3"}
    unversioned = record_of_change(1, pk="OTHER#1")
    del unversioned["dynamodb"]["NewImage"]["version"]
    audit_consumer.consume(
        [record_of_change(1), record_of_change(2), around, nameless, skipping, record_of_change(7), unversioned]
    )
    assert [(item["sk"], item["event"]) for item in audited()] == [
        ("ACCOUNT#000000000001", "account.created"),
        ("ACCOUNT#000000000002", "account.updated"),
        ("ACCOUNT#000000000003", "unknown.updated"),
        ("ACCOUNT#000000000006", "account.updated"),
        ("ACCOUNT#000000000007", "account.updated"),
        ("ACCOUNT#irregular-77", "account.irregular"),
        ("ACCOUNT#irregular-1", "account.irregular"),
    ]
