"""A plain read is answered as MiniStack answers it, page by page; any other is MiniStack's."""

import gc
import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.services import dynamodb

from infra.emulator import plain_reads

Json = dict[str, Any]
READS = ("_query", "_scan", "_batch_get_item")
TABLE = "plain"
OF_ACCOUNT: Json = {
    "TableName": TABLE,
    "KeyConditionExpression": "#0 = :0",
    "ExpressionAttributeNames": {"#0": "pk"},
    "ExpressionAttributeValues": {":0": {"S": "ACCOUNT#1"}},
}
LABELS: Json = OF_ACCOUNT | {
    "KeyConditionExpression": "(#0 = :0 AND begins_with (#1, :1))",
    "ExpressionAttributeNames": {"#0": "pk", "#1": "sk"},
    "ExpressionAttributeValues": {":0": {"S": "ACCOUNT#1"}, ":1": {"S": "LABEL#"}},
}
WHOLE: Json = {"TableName": TABLE}
OF_KIND: Json = WHOLE | {
    "FilterExpression": "#sk = :sk",
    "ProjectionExpression": "pk",
    "ExpressionAttributeNames": {"#sk": "sk"},
    "ExpressionAttributeValues": {":sk": {"S": "TXN"}},
}
NOTHING = {":0": {"S": "ACCOUNT#9"}}
SCANS: list[Json] = [{}, {"ConsistentRead": True}, *({"Segment": one, "TotalSegments": 3} for one in range(3))]


def key(pk: str, sk: str) -> Json:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A table, and MiniStack's own functions, which are restored after the test."""
    own = {name: getattr(dynamodb, name) for name in READS}
    for name, function in own.items():
        monkeypatch.setattr(dynamodb, name, function)
    threshold = gc.get_threshold()
    keys = [{"AttributeName": name, "KeyType": kind} for name, kind in (("pk", "HASH"), ("sk", "RANGE"))]
    types = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
    described = {"KeySchema": keys, "AttributeDefinitions": types, "BillingMode": "PAY_PER_REQUEST"}
    assert dynamodb._create_table({"TableName": TABLE, **described})[0] == 200
    places = [*(("ACCOUNT#1", sk) for sk in ("LABEL#b", "ACCOUNT", "LABEL#a", "PIN")), ("ACCOUNT#2", "ACCOUNT")]
    for pk, sk in [*places, *((f"TXN#{number}", "TXN") for number in range(7))]:
        item = key(pk, sk) | {"name": {"S": f"Żółw {sk}"}, "large": {"S": "x" * 400_000}, "n": {"N": "-12.5"}}
        assert dynamodb._put_item({"TableName": TABLE, "Item": item})[0] == 200
    plain_reads.answer_plain_reads()
    yield own
    gc.set_threshold(*threshold)
    dynamodb._delete_table({"TableName": TABLE})


def pages(read: Any, asked: Json) -> list[Json]:
    """All pages of an answer. One page has two items of this table at most."""
    found = []
    while True:
        status, headers, body = read(asked)
        found.append({"status": status, "type": headers["Content-Type"], **json.loads(body)})
        if "LastEvaluatedKey" not in found[-1]:
            return found
        asked = asked | {"ExclusiveStartKey": found[-1]["LastEvaluatedKey"]}


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        *(
            ("_query", asked | how)
            for asked in (OF_ACCOUNT, LABELS, OF_ACCOUNT | {"ExpressionAttributeValues": NOTHING})
            for how in (
                {},
                {"Limit": 1},
                {"Limit": 3, "ConsistentRead": True, "ReturnConsumedCapacity": "TOTAL"},
                {"ScanIndexForward": False},
                {"ScanIndexForward": False, "Limit": 1},
            )
        ),
        *(("_scan", asked | how) for asked in (WHOLE, OF_KIND) for how in SCANS),
    ],
)
def test_pages_are_those_of_ministack(own: dict[str, Any], name: str, asked: Json) -> None:
    expected = pages(own[name], asked)
    plain = {"_query": plain_reads.query, "_scan": plain_reads.scan}[name]
    read = plain_reads.unless_plain(lambda _: pytest.fail("MiniStack was asked"), plain)
    assert pages(read, asked) == expected


KEYS = [key("TXN#3", "TXN"), key("ACCOUNT#1", "PIN"), key("TXN#9", "TXN"), key("NONE", "NONE")]


@pytest.mark.usefixtures("own")
def test_batch_has_the_items_that_exist_in_the_order_asked_for(own: dict[str, Any]) -> None:
    asked = {"RequestItems": {TABLE: {"Keys": KEYS, "ConsistentRead": True}}}
    expected, found = json.loads(own["_batch_get_item"](asked)[2]), json.loads(dynamodb._batch_get_item(asked)[2])
    assert found == expected
    assert plain_reads.batch_get(asked) == expected
    assert [one["pk"]["S"] for one in found["Responses"][TABLE]] == ["TXN#3", "ACCOUNT#1"]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("_query", OF_ACCOUNT | {"Limit": 0}),
        ("_query", OF_ACCOUNT | {"TableName": "none"}),
        ("_query", OF_ACCOUNT | {"KeyConditionExpression": "#0 = "}),
        ("_query", OF_ACCOUNT | {"ExpressionAttributeNames": {"#0": "sk"}}),
        ("_query", OF_ACCOUNT | {"ExpressionAttributeNames": {"#0": "pk", "#1": "sk"}}),
        ("_query", OF_ACCOUNT | {"ExpressionAttributeValues": {":0": {"N": "1"}}}),
        ("_query", OF_ACCOUNT | {"ExclusiveStartKey": key("ACCOUNT#2", "ACCOUNT")}),
        ("_query", LABELS | {"ExclusiveStartKey": key("ACCOUNT#1", "PIN")}),
        ("_query", OF_ACCOUNT | {"FilterExpression": "n < :0"}),
        ("_query", OF_ACCOUNT | {"Select": "COUNT"}),
        ("_scan", WHOLE | {"Segment": 3, "TotalSegments": 3}),
        ("_scan", WHOLE | {"Limit": 2}),
        ("_scan", OF_KIND | {"ProjectionExpression": "sk"}),
        ("_scan", OF_KIND | {"FilterExpression": "begins_with(#sk, :sk)"}),
        ("_batch_get_item", {"RequestItems": {TABLE: {"Keys": [*KEYS, KEYS[0]]}}}),
        ("_batch_get_item", {"RequestItems": {TABLE: {"Keys": [{"pk": {"S": "TXN#3"}}]}}}),
        ("_batch_get_item", {"RequestItems": {TABLE: {"Keys": KEYS, "ProjectionExpression": "sk"}}}),
        ("_batch_get_item", {"RequestItems": {TABLE: {"Keys": []}}}),
        ("_batch_get_item", {}),
    ],
)
def test_what_is_not_plain_or_wrong_is_answered_by_ministack(own: dict[str, Any], name: str, asked: Json) -> None:
    assert getattr(dynamodb, name)(asked) == own[name](asked)
