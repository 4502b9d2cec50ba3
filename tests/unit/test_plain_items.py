"""Items are parsed as botocore parses them, whatever is in them."""

import base64
import json
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.model import ServiceModel
from botocore.parsers import JSONParser

from chalicelib.models import connection
from chalicelib.models.plain_items import ItemParser, ItemParsers

BYTES = base64.b64encode(b"\x00\xff").decode()
ATTRIBUTES = {
    "text": {"S": "Zoë"},
    "number": {"N": "-12345678901234567890123456789012345678"},
    "flag": {"BOOL": False},
    "nothing": {"NULL": True},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "list": {"L": [{"S": "a"}, {"L": [{"B": BYTES}]}]},
    "map": {"M": {"S": {"N": "1"}, "B": {"B": BYTES}}},
    "bytes": {"B": BYTES},
    "all_bytes": {"BS": [BYTES]},
}
KEY = {"pk": {"S": "p"}, "sk": {"S": "s"}}


@cache
def dynamodb() -> ServiceModel:
    """Return botocore's description of DynamoDB, which takes longer to read than all items here."""
    return botocore.session.get_session().get_service_model("dynamodb")


def parsed(parser: JSONParser, operation: str, body: dict[str, Any]) -> Any:
    shape = dynamodb().operation_model(operation).output_shape
    assert shape
    return parser.parse({"headers": {}, "status_code": 200, "body": json.dumps(body).encode()}, shape)


@pytest.mark.parametrize("attribute", [None, *ATTRIBUTES])
def test_item_is_what_botocore_makes_of_it(attribute: str | None) -> None:
    item = KEY | ({attribute: ATTRIBUTES[attribute]} if attribute else ATTRIBUTES)
    for operation, body in (
        ("GetItem", {"Item": item}),
        ("Query", {"Items": [item, KEY], "Count": 2, "LastEvaluatedKey": KEY}),
        ("Scan", {"Items": []}),
        ("Query", {"Items": [item], "Count": 1, "LastEvaluatedKey": None, "ConsumedCapacity": {"CapacityUnits": 1.5}}),
        (
            "BatchGetItem",
            {"Responses": {"t": [item]}, "UnprocessedKeys": {"t": {"Keys": [KEY], "ConsistentRead": True}}},
        ),
    ):
        assert parsed(ItemParser(), operation, body) == parsed(JSONParser(), operation, body)


def test_bytes_are_decoded_wherever_they_are() -> None:
    item = parsed(ItemParser(), "GetItem", {"Item": KEY | ATTRIBUTES})["Item"]
    assert item["bytes"] == {"B": b"\x00\xff"}
    assert item["list"]["L"][1]["L"] == [{"B": b"\x00\xff"}]
    assert item["map"]["M"]["B"] == {"B": b"\x00\xff"}


def test_refused_write_keeps_the_item_that_it_found() -> None:
    body = {"__type": "x#ConditionalCheckFailedException", "message": "no", "Item": KEY | ATTRIBUTES}
    answers = []
    for parser in (ItemParser(), JSONParser()):
        shape = dynamodb().shape_for("ConditionalCheckFailedException")
        answers.append(parser.parse({"headers": {}, "status_code": 400, "body": json.dumps(body).encode()}, shape))
    assert answers[0] == answers[1]
    assert answers[0]["Item"]["bytes"] == {"B": b"\x00\xff"}


@pytest.mark.parametrize("is_batch", [False, True])
def test_requests_and_commands_parse_plainly(is_batch: bool) -> None:
    connection.forget()
    if is_batch:
        connection.use_batch_timeouts()
    connection.client()
    factory = connection.connection().session.get_component("response_parser_factory")
    assert isinstance(factory, ItemParsers)
    connection.forget()
