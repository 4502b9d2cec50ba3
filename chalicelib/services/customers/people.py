"""Customers and addresses with what is personal of them in clear, beside the items that keep it sealed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from chalicelib.models.personal import PersonalItem
from chalicelib.services.crypto import personal_fields
from chalicelib.services.crypto.personal_fields import Fields

ItemT = TypeVar("ItemT", bound=PersonalItem)


@dataclass(frozen=True)
class Revealed(Generic[ItemT]):
    """An item as read, and its personal fields in clear: never log those."""

    item: ItemT
    personal: Fields = field(repr=False)

    def changed(self, edits: Mapping[str, str | None]) -> Fields:
        """Return the edits that differ from the stored values; a value that is encrypted again counts as a change."""
        return {name: value for name, value in edits.items() if self.personal[name] != value}


def decrypt_all(items: Iterable[ItemT]) -> list[Revealed[ItemT]]:
    """Decrypt all items, in one call at most."""
    read = list(items)
    return [Revealed(item, fields) for item, fields in zip(read, personal_fields.reveal(read), strict=True)]


def encrypted_fields(item: PersonalItem, fields: Mapping[str, str | None]) -> Fields:
    """Return the fields of an item encrypted, ready to write."""
    return personal_fields.encrypt(item.whose, item.own_key, fields)


def encrypt(item: ItemT, fields: Mapping[str, str | None]) -> ItemT:
    """Give a new item its personal fields."""
    for name, value in encrypted_fields(item, fields).items():
        setattr(item, name, value)
    return item
