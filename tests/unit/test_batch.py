"""Reads of many items by key."""

import random
from typing import Any

import pytest

from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import ATTEMPTS_MAX, Wanted, batch_get, batch_get_raw, get_all, merge
from chalicelib.models.ledger.snapshot import Snapshot, read
from chalicelib.models.ledger.transaction import RequestRecord
from chalicelib.models.payments.label import Label
from tests.fake_dynamodb.wire import BATCH_GET, FakeDynamoDB, Step, served
from tests.small_bank import NOON_TEXT, SmallBank, customer
from tests.unit.conftest import Time


def store(dynamodb: FakeDynamoDB, *names: str) -> None:
    for name in names:
        item = {"pk": {"S": name}, "sk": {"S": "x"}, "type": {"S": "label"}}
        dynamodb.table("bank").items[name, "x"] = item


def keys(*names: str) -> list[tuple[str, str]]:
    return [(name, "x") for name in names]


def partly(count: int) -> Step:
    """Return a step that serves so many keys and leaves the rest unprocessed."""

    def step(answer: Any, request: Any) -> Any:
        [(table, asked)] = request["RequestItems"].items()
        left = asked["Keys"][count:]
        asked["Keys"] = asked["Keys"][:count]
        return answer() | {"UnprocessedKeys": {table: asked | {"Keys": left}} if left else {}}

    return step


def asked(dynamodb: FakeDynamoDB) -> list[int]:
    """Return how many keys each read was for."""
    return [
        len(request["RequestItems"]["florin-unit-bank"]["Keys"])
        for operation, request in dynamodb.sent
        if operation == BATCH_GET
    ]


def names(items: list[Any]) -> set[str]:
    return {item["pk"]["S"] for item in items}


def test_read_has_those_that_exist(dynamodb: FakeDynamoDB) -> None:
    store(dynamodb, "a", "b")
    assert names(batch_get_raw("bank", keys("a", "nowhere", "b"))) == {"a", "b"}


def test_read_of_nothing_asks_nothing(dynamodb: FakeDynamoDB) -> None:
    assert batch_get([]) == []
    assert dynamodb.sent == []


def test_key_that_is_given_twice_is_read_once(dynamodb: FakeDynamoDB) -> None:
    store(dynamodb, "a")
    assert len(batch_get_raw("bank", keys("a", "a"))) == 1
    assert asked(dynamodb) == [1]


@pytest.mark.parametrize(("count", "reads"), [(100, [100]), (101, [100, 1]), (250, [100, 100, 50])])
def test_read_takes_a_call_for_each_hundred_keys(dynamodb: FakeDynamoDB, count: int, reads: list[int]) -> None:
    wanted = [f"k{number}" for number in range(count)]
    store(dynamodb, *wanted)
    assert names(batch_get_raw("bank", keys(*wanted))) == set(wanted)
    assert asked(dynamodb) == reads


def test_read_is_of_the_table_and_consistent_unless_told(dynamodb: FakeDynamoDB) -> None:
    store(dynamodb, "a")
    assert batch_get_raw("ledger", keys("a")) == []
    batch_get(keys("a"))
    get_all(Label, keys("a"))
    batch_get(keys("a"), consistent=False)
    get_all(Label, keys("a"), consistent=False)
    requests = [next(iter(request["RequestItems"].items())) for _, request in dynamodb.sent]
    assert [(table, told["ConsistentRead"]) for table, told in requests] == [
        ("florin-unit-ledger", True),
        *[("florin-unit-bank", consistent) for consistent in (True, True, False, False)],
    ]


def test_keys_that_were_left_are_asked_for_again_after_a_pause(dynamodb: FakeDynamoDB, passing: Time) -> None:
    store(dynamodb, "a", "b", "c")
    dynamodb.next(BATCH_GET, partly(1), partly(1), served)
    assert names(batch_get_raw("bank", keys("a", "b", "c"))) == {"a", "b", "c"}
    assert asked(dynamodb) == [3, 2, 1]
    assert passing.pauses == [0.05, 0.1]


def test_readers_that_were_throttled_together_come_back_apart(
    dynamodb: FakeDynamoDB, passing: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pause may be as short as nothing."""
    monkeypatch.setattr(random, "uniform", lambda least, _: least)
    store(dynamodb, "a", "b")
    dynamodb.next(BATCH_GET, partly(1), served)
    batch_get_raw("bank", keys("a", "b"))
    assert passing.pauses == [0]


def test_keys_that_are_left_for_too_long_are_given_up(dynamodb: FakeDynamoDB, passing: Time) -> None:
    store(dynamodb, "a")
    dynamodb.from_now_on(BATCH_GET, partly(0))
    with pytest.raises(Unavailable) as failed:
        batch_get(keys("a"))
    assert failed.value.retry_after_seconds == 1
    assert dynamodb.count(BATCH_GET) == ATTEMPTS_MAX
    assert passing.pauses == [0.05, 0.1, 0.2, 0.4], "none after the last attempt"


def test_items_of_one_kind_come_in_the_order_of_their_keys(bank: SmallBank) -> None:
    labels = [Label.new("a", f"txn_{number}", NOON_TEXT, None, []) for number in range(3)]
    for label in labels:
        bank.put(label)
    bank.open("a")
    wanted = [labels[2].own_key, Account.key("a"), ("nowhere", "x"), labels[0].own_key]
    assert [item.sk for item in get_all(Label, wanted)] == ["LABEL#txn_2", "LABEL#txn_0"]
    assert [item.id for item in get_all(Account, wanted)] == ["a"]


def test_snapshot_sorts_what_it_read_by_what_it_is(bank: SmallBank) -> None:
    bank.open("a", 7)
    label = Label.new("a", "txn_1", NOON_TEXT, None, [])
    bank.put(label)
    bank.put(RequestRecord.of("txn_1", "fingerprint", "rul_1", customer(), NOON_TEXT))
    snapshot = read("txn_1", ["a", "nowhere"], [label.own_key, ("nobody", "x")])
    assert isinstance(snapshot.record, RequestRecord)
    assert snapshot.accounts.keys() == {"a"}
    assert set(snapshot.absent) == {"nowhere"}
    assert [type(item) for item in snapshot.others.values()] == [Label]
    assert list(snapshot.others) == [label.own_key]
    assert snapshot.account("a").balance == 7
    assert snapshot.positions()["a"] == bank.account("a").position()
    with pytest.raises(NotFound, match="no account nowhere"):
        snapshot.account("nowhere")


def test_empty_snapshot_has_nothing() -> None:
    snapshot = Snapshot()
    assert snapshot.record is None
    assert (len(snapshot.accounts), len(snapshot.absent), len(snapshot.others)) == (0, 0, 0)


def test_items_that_several_want_are_read_once_and_consistently_if_one_of_them_needs_it() -> None:
    """A merged read that were less consistent than one of its parts would decide on what may be out of date."""
    merged = merge(
        [
            Wanted("bank", keys("a", "b"), consistent=False),
            Wanted("reports", keys("r"), consistent=False),
            Wanted("bank", keys("b", "c")),
            Wanted("bank", keys("d"), consistent=False),
            Wanted("reports", keys("r", "s"), consistent=False),
        ]
    )
    assert merged == [
        Wanted("bank", keys("a", "b", "c", "d"), consistent=True),
        Wanted("reports", keys("r", "s"), consistent=False),
    ]
    assert merge([]) == []
