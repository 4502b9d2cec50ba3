"""Parses items in responses of DynamoDB without botocore's walk through every attribute, for commands that read a bank.

An item in JSON already is what botocore makes of it, unless it contains bytes: those are Base64 and have to be decoded.
botocore's own parser takes about 100 µs for an item of twenty attributes, a look for bytes 3 µs.
"""

from typing import Any

from botocore.parsers import JSONParser, ResponseParserFactory

PLAIN = frozenset({"S", "N", "BOOL", "NULL", "SS", "NS"})
"""Types of attributes that JSON writes as they are. Lists and maps may contain bytes."""


class ItemParser(JSONParser):
    """Botocore's parser, except that it takes plain items as they are."""

    def _handle_map(self, shape: Any, value: dict[str, Any]) -> Any:
        if shape.value.name == "AttributeValue" and _is_plain(value):
            return value
        return super()._handle_map(shape, value)  # type: ignore[misc]


class ItemParsers(ResponseParserFactory):
    """Makes an ItemParser for the protocol of DynamoDB."""

    def create_parser(self, protocol_name: str) -> Any:
        return ItemParser() if protocol_name == "json" else super().create_parser(protocol_name)


def _is_plain(item: dict[str, Any]) -> bool:
    return all(kind in PLAIN for attribute in item.values() for kind in attribute)
