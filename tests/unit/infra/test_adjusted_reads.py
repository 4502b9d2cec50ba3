"""What MiniStack does in fewer steps gives what it gives by itself."""

from typing import Any

import pytest
from ministack.services import dynamodb

from infra.emulator import adjustments

ITEM: dict[str, Any] = {"pk": {"S": "ACCOUNT#1"}, "sk": {"S": "HOLD#1"}, "gsi1pk": {"S": "DAY#1"}}
VALUES: dict[str, Any] = {":0": {"S": "ACCOUNT#1"}, ":1": {"S": "HOLD#"}, ":2": {"S": "DAY#1"}}
EXPRESSIONS = (
    "pk = :0",
    " #k = :0 ",
    "#k=:1",
    "gsi1pk = :2",
    "gsi2pk = :2",
    "#k = :0 AND begins_with (#s, :1)",
    "#s BETWEEN :2 AND :1",
    "begins_with(pk, :0)",
)


@pytest.fixture(autouse=True)
def unadjusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore MiniStack's own functions after each test."""
    for name in ("_evaluate_condition", "_item_size_bytes", "_number_size_bytes"):
        monkeypatch.setattr(dynamodb, name, getattr(dynamodb, name))


@pytest.mark.parametrize("slot", ["KeyConditionExpression", "FilterExpression"])
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_condition_holds_as_it_does_unadjusted(expression: str, slot: str) -> None:
    asked = (expression, ITEM, VALUES, {"#k": "pk", "#s": "sk"}, slot)
    expected = dynamodb._evaluate_condition(*asked)
    adjustments.compare_partition_keys()
    assert dynamodb._evaluate_condition(*asked) == expected


def test_comparison_with_another_item_does_not_hold() -> None:
    adjustments.compare_partition_keys()
    asked: tuple[Any, ...] = ("pk = :1", ITEM, VALUES, {}, "KeyConditionExpression")
    assert dynamodb._evaluate_condition(*asked) is False


def test_comparison_with_a_missing_value_gives_what_it_gives_unadjusted() -> None:
    asked: tuple[Any, ...] = ("pk = :9", ITEM, VALUES, {}, "KeyConditionExpression")
    expected = dynamodb._evaluate_condition(*asked)
    adjustments.compare_partition_keys()
    assert dynamodb._evaluate_condition(*asked) == expected


@pytest.mark.parametrize(
    "item",
    [
        ITEM,
        {"name": {"S": "Żółw"}, "größe": {"N": "-12.50"}, "data": {"B": b"abc"}},
        {
            "is": {"BOOL": True},
            "none": {"NULL": True},
            "of": {"SS": ["a", "ß"]},
            "in": {"M": {"x": {"L": [{"S": "y"}]}}},
        },
        {"odd": {"S": None}, "odder": "text"},
    ],
)
def test_item_is_as_large_as_it_is_unadjusted(item: dict[str, Any]) -> None:
    expected = dynamodb._item_size_bytes(item)
    adjustments.measure_texts()
    assert dynamodb._item_size_bytes(item) == expected > 0
