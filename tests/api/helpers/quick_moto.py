"""What moto spends most of its time on, done in less: it does the same, for DynamoDB as these tests use it.

To be able to take a transaction back, moto copies the tables that it touches, value by value; and of each value that it
answers with it looks for every type under five names.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import StreamRecord


def hasten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(StreamRecord, "__deepcopy__", _itself, raising=False)
    patch.setattr(Item, "__deepcopy__", _copied)
    patch.setattr(XFormedAttributePicker, "__call__", _picking(XFormedAttributePicker.__call__))


def _itself(record: StreamRecord, memo: dict[int, Any]) -> StreamRecord:
    """Nobody changes a record once it is made."""
    return record


def _copied(item: Item, memo: dict[int, Any]) -> Item:
    """Another item with the same values, for what is no map, list or set is never changed but replaced."""
    copy = Item(item.hash_key, item.range_key, {})
    copy.attrs = LimitedSizeDict()
    dict.update(copy.attrs, {name: _apart(value, memo) for name, value in item.attrs.items()})
    return copy


def _apart(value: DynamoType, memo: dict[int, Any]) -> DynamoType:
    return deepcopy(value, memo) if isinstance(value.value, list | dict) else value


def _picking(picked: Callable[..., Any]) -> Callable[..., Any]:
    def pick(self: XFormedAttributePicker, context: AttributePickerContext) -> Any:
        """DynamoDB's answers have the names that they go by on the wire, and no other."""
        service = context.service_model
        if service and service.service_name == "dynamodb" and type(context.obj) is dict:
            return context.obj.get(context.key)
        return picked(self, context)

    return pick
