"""Parses items in responses of DynamoDB without botocore's walk through every attribute.

A response in JSON already is what botocore makes of it, unless it contains bytes: those are Base64 and have to be
decoded. botocore's own parser takes about 100 µs for an item of twenty attributes.
"""

import json
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from botocore.parsers import JSONParser, ResponseParserFactory

_loads = import_module("orjson").loads if find_spec("orjson") else json.loads
"""orjson takes a fifth of the time. It is on machines of developers, and in no function."""

PLAIN = frozenset({"GetItemOutput", "QueryOutput", "ScanOutput", "BatchGetItemOutput"})
"""Shapes of responses that have nothing to convert but bytes."""
BYTES = (b'"B"', b'"BS"')
"""Begin an attribute of bytes. Inside of a text, a quotation mark has a backslash before it."""


class ItemParser(JSONParser):
    """Botocore's parser, except that it takes responses without bytes as they are."""

    def _handle_json_body(self, raw_body: bytes, shape: Any) -> Any:
        if shape.name not in PLAIN or any(one in raw_body for one in BYTES):
            return super()._handle_json_body(raw_body, shape)  # type: ignore[misc]  # not in botocore's stubs
        try:
            parsed = _loads(raw_body)
        except ValueError:  # botocore says what is wrong
            return super()._handle_json_body(raw_body, shape)  # type: ignore[misc]  # not in botocore's stubs
        return {name: value for name, value in parsed.items() if value is not None}


class ItemParsers(ResponseParserFactory):
    """Makes an ItemParser for the protocol of DynamoDB."""

    def create_parser(self, protocol_name: str) -> Any:
        return ItemParser() if protocol_name == "json" else super().create_parser(protocol_name)
