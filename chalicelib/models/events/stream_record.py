"""The stream of `bank`: from DynamoDB's own notation to plain values."""

import base64
from datetime import UTC, datetime
from typing import Any

from chalicelib.domain.audit.stream_change import Change
from chalicelib.domain.audit.visible_fields import Image
from chalicelib.domain.time import timestamp
from chalicelib.models.item import RawItem


def change_of(record: dict[str, Any]) -> Change:
    """One record of the stream, as Lambda delivers it."""
    told = record["dynamodb"]
    keys = image_of(told["Keys"])
    return Change(
        pk=keys["pk"],
        sk=keys["sk"],
        before=image_of(told["OldImage"]) if "OldImage" in told else None,
        after=image_of(told["NewImage"]) if "NewImage" in told else None,
        seen_at=timestamp(datetime.fromtimestamp(told["ApproximateCreationDateTime"], UTC)),
        sequence=told["SequenceNumber"],
    )


def image_of(item: RawItem) -> Image:
    """An item's attributes as plain values; a number that is no integer stays the text that DynamoDB has."""
    return {name: _plain(value) for name, value in item.items()}


def _plain(attribute: dict[str, Any]) -> Any:
    [(kind, value)] = attribute.items()
    if kind == "N":
        return _number(value)
    if kind == "NULL":
        return None
    if kind == "M":
        return image_of(value)
    if kind == "L":
        return [_plain(one) for one in value]
    if kind in ("SS", "NS"):
        return sorted(value)
    if kind == "BS":
        return sorted(map(_binary, value))
    return _binary(value) if kind == "B" else value


def _number(text: str) -> int | str:
    try:
        return int(text)
    except ValueError:
        return text


def _binary(value: bytes | str) -> str:
    """Base64, which is what Lambda delivers."""
    return value if isinstance(value, str) else base64.b64encode(value).decode()
