"""Events, their ids, and the rows in which they are stored."""

import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain import ids
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.events.catalogue import BY_NAME, views_of
from chalicelib.domain.events.event import BANK, Event, body, cloudevent, event_id
from chalicelib.domain.events.examples import sample_of
from chalicelib.domain.time import timestamp
from chalicelib.models.events.event_row import EventRow, Listeners, day_list, put_all, row_from_stream, shard_of
from tests.fake_dynamodb.tables import Request
from tests.fake_dynamodb.wire import Answer, FakeDynamoDB

AT = "2026-11-21T08:30:00.123456Z"
ITEM = ("TXN#txn_1", "TXN")
CUSTOMER = "cus_01KAK4XGPNB4ZSR7GAJ2HV8D1S"


def event(number: int = 1, recipient: str = BANK) -> Event:
    name = event_id(ITEM, number, "transaction.posted", AT)
    return Event(name, "transaction.posted", AT, "transactions/txn_1", number, {"a": "ü"}, recipient)


def rows(count: int) -> list[EventRow]:
    return [EventRow.of(event(number + 1), ITEM, number + 1, wanted=False) for number in range(count)]


def test_the_id_of_an_event_never_changes() -> None:
    assert event_id(ITEM, 1, "transaction.posted", AT) == "evt_01M7YKM0XVQ7AF34G1FW2HX3NC"


def test_an_id_follows_from_item_version_type_and_time() -> None:
    known = event_id(ITEM, 1, "transaction.posted", AT)
    others = [
        event_id(("TXN#txn_2", "TXN"), 1, "transaction.posted", AT),
        event_id(ITEM, 2, "transaction.posted", AT),
        event_id(ITEM, 1, "transaction.failed", AT),
        event_id(ITEM, 1, "transaction.posted", "2026-11-21T08:30:00.124456Z"),
    ]
    assert known == event_id(ITEM, 1, "transaction.posted", AT)
    assert len({known, *others}) == 5
    assert all(ids.is_id("evt", one) for one in [known, *others])
    assert max(others) == others[-1], "ids sort by time"


@pytest.mark.parametrize("text", [AT, "2026-11-21T23:59:59.999999Z", "2026-11-22T00:00:00.000000Z"])
def test_the_day_is_in_the_id(text: str) -> None:
    assert ids.day_in(event_id(ITEM, 1, "transaction.posted", text)) == text[:10]


def test_the_day_is_in_any_id_at_any_moment() -> None:
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=random.randrange(10**15)) for _ in range(500)]
    for one in moments:
        assert ids.day_in(ids.id_of("evt", one, random.getrandbits(80))) == timestamp(one)[:10]
    assert ids.day_in("evt_" + "Z" * 26) == "9999-12-31", "an id that nobody made has a day, too"


def test_the_shards_of_a_day_fill_alike() -> None:
    counts = [0, 0, 0, 0]
    for number in range(4_000):
        counts[shard_of(event(number).id)] += 1
    assert min(counts) > 900


def test_a_row_is_read_as_it_was_written(dynamodb: FakeDynamoDB) -> None:
    for recipient in (BANK, CUSTOMER):
        put_all([EventRow.of(event(recipient=recipient), ITEM, 1, wanted=True)])
        found = EventRow.by_id(event().id, recipient)
        assert found
        assert found.event() == event(recipient=recipient)
        assert (found.item_key, found.version, found.wanted) == (ITEM, 1, True)
        assert found.expires_at == int(datetime(2027, 12, 26, 8, 30, tzinfo=UTC).timestamp())
    assert EventRow.by_id(event().id, "cus_other") is None
    assert EventRow.by_id("evt_unknown", BANK) is None
    assert (day_list("2026-11-21", shard_of(event().id)), event().id) in dynamodb.table("events").items


def test_a_row_that_nobody_wants_says_nothing_of_it() -> None:
    assert "wanted" not in EventRow.of(event(), ITEM, 1, wanted=False).raw()


def test_rows_go_25_in_a_call_and_what_is_unprocessed_goes_again(dynamodb: FakeDynamoDB) -> None:
    def half(answer: object, request: Request) -> Answer:
        [(name, asked)] = request["RequestItems"].items()
        return dynamodb.tables.call("BatchWriteItem", {"RequestItems": {name: asked[::2]}}) | {
            "UnprocessedItems": {name: asked[1::2]}
        }

    dynamodb.next("BatchWriteItem", half)
    put_all(rows(60))
    assert len(dynamodb.table("events").items) == 60
    assert dynamodb.count("BatchWriteItem") == 4


def test_the_same_row_twice_is_one(dynamodb: FakeDynamoDB) -> None:
    put_all([*rows(2), *rows(2)])
    assert len(dynamodb.table("events").items) == 2


def test_a_busy_database_is_raised_and_nothing_is_skipped(dynamodb: FakeDynamoDB) -> None:
    def none(answer: object, request: Request) -> Answer:
        return {"UnprocessedItems": request["RequestItems"]}

    dynamodb.from_now_on("BatchWriteItem", none)
    with pytest.raises(Unavailable):
        put_all(rows(1))


def test_nothing_to_write_takes_no_call(dynamodb: FakeDynamoDB) -> None:
    put_all([])
    assert dynamodb.sent == []


def test_the_stream_of_the_table_tells_rows_of_events_only() -> None:
    row = EventRow.of(event(), ITEM, 1, wanted=True)
    found = row_from_stream({"dynamodb": {"NewImage": row.raw()}})
    assert found
    assert found.event() == event()
    assert row_from_stream({"dynamodb": {}}) is None
    assert row_from_stream({"dynamodb": {"NewImage": Listeners(*Listeners.key()).serialize()}}) is None


@pytest.mark.parametrize(
    ("fields", "listening"),
    [({}, False), ({"has_endpoints": True}, True), ({"has_bus_rules": True}, True), ({"has_bus_rules": False}, False)],
)
def test_somebody_listens_to_endpoints_or_to_the_bus(fields: dict[str, bool], listening: bool) -> None:
    assert Listeners.is_anybody_in([Listeners(*Listeners.key(), **fields).serialize()]) is listening
    assert not Listeners.is_anybody_in([])


def test_each_row_of_a_transfer_is_below_the_kilobyte_that_a_write_costs() -> None:
    """With the longest ids, amounts and numbers that a bank gets in a lifetime."""
    event_type = BY_NAME["transaction.posted"]
    told = sample_of(event_type)
    entries = [one | {"seq": 10**8, "amount": one["amount"] * 10**6} for one in told.state["entries"]]
    large = replace(told, state={**told.state, "entries": entries, "amount": 25 * 10**8})
    for view in views_of(event_type, large, 10**6):
        raw = EventRow.of(view, ("TXN#" + told.id, "TXN"), 12, wanted=True).raw()
        size = sum(len(name) + len(str(next(iter(value.values()))).encode()) for name, value in raw.items())
        assert size < 1024, (view.recipient, size)


def test_a_cloud_event_has_the_required_attributes_as_text() -> None:
    """Names of attributes of CloudEvents 1.0 are lower-case letters and digits."""
    made = cloudevent(event())
    attributes = {name: value for name, value in made.items() if name != "data"}
    assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in attributes)
    assert all(isinstance(value, str) and value for value in attributes.values())
    assert {"specversion", "id", "source", "type"} <= attributes.keys()
    assert (made["id"], made["type"], made["subject"], made["time"]) == (event().id, event().type, event().subject, AT)
    assert (made["sequence"], made["data"]) == ("0000000001", body(event())["data"])
