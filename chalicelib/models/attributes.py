"""Attribute types that say more than PynamoDB's own."""

from typing import Any, Generic, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.constants import NUMBER, STRING

from chalicelib.domain.money import check_minor

T = TypeVar("T", bound=str)


class IntegerAttribute(Attribute[int]):
    """An int and nothing but an int, of up to DynamoDB's 38 digits; PynamoDB's numbers may be floats."""

    attr_type = NUMBER

    def serialize(self, value: Any) -> str:
        check_minor(value)
        return str(value)

    def deserialize(self, value: Any) -> int:
        return int(value)


class ChoiceAttribute(Attribute[T], Generic[T]):
    """Text of which a Literal type says what it may be."""

    attr_type = STRING

    def serialize(self, value: T) -> str:
        return value

    def deserialize(self, value: Any) -> Any:
        return value
