"""Fields of an event's data: where each comes from, and its JSON Schema.

All come from fields that the audit may contain (`domain/audit/visible_fields.py`): ids, amounts, states. A person's
data is in none of them. A field without a value is left out. Data that was written before a field existed stays as it
is: a later field has a later `since`, and is optional in the schema.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain import money
from chalicelib.domain.audit.record import Record

Json = dict[str, Any]
ID: Json = {"type": "string"}
TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer"}
MOMENT: Json = {"type": "string", "format": "date-time"}
DAY: Json = {"type": "string", "format": "date"}
AMOUNT: Json = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
NAMES: Json = {"type": "array", "items": {"type": "string"}}


@dataclass(frozen=True)
class Occurrence:
    """A change of an item: its audit record, and the fields of the item after it that the audit may contain."""

    record: Record
    state: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Return the id of the thing that changed."""
        return self.record.entity_id

    @property
    def part_id(self) -> str:
        """Return the id of the part of it that changed, such as a holder of an account; empty if it is the thing."""
        return self.record.item_key[1].partition("#")[2]


@dataclass(frozen=True)
class Field:
    """A field of an event's data, `since` an edition of the catalogue. `is_optional`: it may be missing."""

    name: str
    schema: Json
    read: Callable[[Occurrence], Any]
    is_optional: bool = False
    description: str = ""
    since: int = 1

    def is_in(self, edition: int | None) -> bool:
        """Return whether events of an edition have the field."""
        return self.since <= (edition or 0)


def own_id(description: str) -> Field:
    """Return the field with the id of the thing that changed."""
    return Field("id", ID, lambda told: told.id, description=description)


def plain(name: str, schema: Json = TEXT, *, is_optional: bool = False, description: str = "") -> Field:
    """Return a field that is an attribute of the item."""
    return Field(name, schema, lambda told: told.state.get(name), is_optional, description)


def amount(name: str) -> Field:
    """Return a field with an amount of the item, in its currency, as decimal text."""

    def read(told: Occurrence) -> str | None:
        minor = told.state.get(name)
        return None if minor is None else money.text(minor, told.state["currency"])

    return Field(name, AMOUNT, read, description="A decimal amount in `currency`")


def changes(names: Mapping[str, str]) -> Field:
    """Return the field that lists what has changed. `names` are the API's names by the item's."""

    def read(told: Occurrence) -> list[str]:
        return sorted({names[name] for name in told.record.touched & names.keys()})

    return Field("changed", NAMES, read, description="The fields that changed, without their values")


def data_of(fields: tuple[Field, ...], told: Occurrence) -> Json:
    """Return the data of an event. Raises KeyError, ValueError or TypeError for an item that is not well-formed."""
    of_edition = [field for field in fields if field.is_in(told.record.event_edition)]
    found = {field.name: field.read(told) for field in of_edition}
    missing = [field.name for field in of_edition if found[field.name] is None and not field.is_optional]
    if missing:
        raise ValueError(f"the item has no {', '.join(missing)}")
    return {name: value for name, value in found.items() if value is not None}


def schema_of(fields: tuple[Field, ...]) -> Json:
    """Return the JSON Schema of the data of an event."""
    described = {
        field.name: field.schema | ({"description": field.description} if field.description else {}) for field in fields
    }
    required = [field.name for field in fields if not field.is_optional]
    return {"type": "object", "properties": described, "required": required}
