"""Attribute types that say more than PynamoDB's own."""

import json
from typing import Any, Generic, TypeVar

from pynamodb.attributes import Attribute, JSONAttribute, UnicodeAttribute
from pynamodb.constants import NUMBER, STRING

from chalicelib.domain.crypto.ciphertext import is_sealed
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


class CompactJSONAttribute(JSONAttribute):
    """JSON without a space: DynamoDB charges writes by the kilobyte."""

    def serialize(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class ChoiceAttribute(Attribute[T], Generic[T]):
    """Text of which a Literal type says what it may be."""

    attr_type = STRING

    def serialize(self, value: T) -> str:
        return value

    def deserialize(self, value: Any) -> Any:
        return value


class PersonalAttribute(UnicodeAttribute):
    """Text about a person, or in a person's own words: an item holds it encrypted (`crypto/personal_fields.py`)."""

    def serialize(self, value: str) -> str:
        if not is_sealed(value):
            raise ValueError("a personal field must be sealed before it is written")
        return value


class SecretAttribute(PersonalAttribute):
    """A secret that a person shares with the bank: sealed like a personal field, and in no export."""


class OwnWordsAttribute(UnicodeAttribute):
    """Text in a person's own words, stored as plaintext. Erasure removes it."""
