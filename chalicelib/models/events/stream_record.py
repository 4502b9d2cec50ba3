"""Records of the stream of `bank`, converted from DynamoDB's notation to plain values."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, overload

from chalicelib.domain.audit.stream_change import Change
from chalicelib.domain.audit.visible_fields import Image
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.domain.time import timestamp
from chalicelib.models.batch import ItemT, batch_get_raw
from chalicelib.models.item import BankItem, Key, RawItem, key_of
from chalicelib.models.paging import ITEMS_AT_ONCE_MAX, walk_pages

KEY_NAMES = frozenset({"pk", "sk", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk"})


def change_of(record: dict[str, Any]) -> Change:
    """Parse a record of the stream, as Lambda delivers it."""
    change = record["dynamodb"]
    pk, sk = key_of(change["Keys"])
    before = image_of(change["OldImage"]) if "OldImage" in change else None
    after = image_of(change["NewImage"]) if "NewImage" in change else None
    return Change(
        pk=pk,
        sk=sk,
        before=fields_of(before),
        after=fields_of(after),
        seen_at=timestamp(datetime.fromtimestamp(change["ApproximateCreationDateTime"], UTC)),
        sequence=change["SequenceNumber"],
        images_digest=digest([before, after]),
    )


@dataclass(frozen=True)
class ItemChange:
    """The type and status of a written item, from a stream record, and whether the item is new."""

    kind: str | None
    status_before: str | None
    status: str | None
    is_new: bool
    image: RawItem = field(repr=False)

    def read(self, model: type[ItemT]) -> ItemT:
        """Return the item as it was written."""
        return model.from_raw_data(self.image)


def item_change_of(record: dict[str, Any]) -> ItemChange:
    """Return one record of the stream, as Lambda delivers it; of an item that was removed all is None."""
    change = record["dynamodb"]
    before, after = change.get("OldImage", {}), change.get("NewImage", {})
    return ItemChange(
        kind=_text(after, "type"),
        status_before=_text(before, "status"),
        status=_text(after, "status"),
        is_new=not before,
        image=after,
    )


def images_in(partition: str) -> dict[Key, Image]:
    """Return all items in a partition of `bank` as plain values, by their keys."""
    pages = walk_pages(BankItem, partition, at_once=ITEMS_AT_ONCE_MAX)
    return {key_of(item): image_of(item) for page in pages for item in page}


def images_of(keys: Iterable[Key]) -> dict[Key, Image]:
    """Return items of `bank` as they are now, as plain values, by their keys."""
    found = batch_get_raw(BankItem.Meta.table_name, keys)
    return {key_of(item): image_of(item) for item in found}


@overload
def fields_of(image: None) -> None: ...
@overload
def fields_of(image: Image) -> Image: ...
def fields_of(image: Image | None) -> Image | None:
    """Return an image without the attributes by which an item is stored and listed."""
    return None if image is None else {name: value for name, value in image.items() if name not in KEY_NAMES}


def image_of(item: RawItem) -> Image:
    """Return an item's attributes as plain values; a number that is no integer stays DynamoDB's text."""
    return {name: _plain(value) for name, value in item.items()}


def _text(item: RawItem, name: str) -> str | None:
    text: str | None = item.get(name, {}).get("S")
    return text


def _plain(attribute: dict[str, Any]) -> Any:
    if "S" in attribute:  # most are texts
        return attribute["S"]
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
    """Decode Base64, the form in which Lambda delivers bytes."""
    return value if isinstance(value, str) else base64.b64encode(value).decode()
