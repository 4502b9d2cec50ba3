"""What clients are told of wrong fields: words for people, without names of Python."""

from typing import Any

import pytest

from chalicelib.domain.errors import ValidationFailed
from chalicelib.handlers.http.request import validate
from chalicelib.handlers.http.schemas import Schema


class Inner(Schema):
    unit: str


class Outer(Schema):
    amount: str
    frequency: Inner
    above: dict[str, str] | None = None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"amount": 5}, "amount: must be text, in quotes"),
        ({"frequency": "monthly"}, "frequency: must be a JSON object"),
        ({"above": "250.00"}, "above: must be a JSON object"),
        ({"frequency": {}}, "frequency.unit: is required"),
        ({"memo": "Rent"}, "memo: is unknown; check its spelling"),
    ],
)
def test_wrong_field_is_named_with_what_to_send(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        validate(Outer, {"amount": "5.00", "frequency": {"unit": "month"}} | changes)
    assert str(refused.value) == told
