"""Single changes of items of the table `events`, and who listens to it."""

from collections.abc import Sequence
from typing import TypeVar, cast

from botocore.exceptions import ClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action as Change

from chalicelib import aws
from chalicelib.models import connection
from chalicelib.models.events.event_row import EventsItem, Listeners
from chalicelib.models.item import RawItem, is_failed_condition

ItemT = TypeVar("ItemT", bound=EventsItem)


def change(item: ItemT, changes: Sequence[Change], condition: Condition | None = None) -> ItemT | None:
    """Change an item and return it as it is then; None where the condition fails. Makes an item that is missing.

    Raises Unavailable when DynamoDB does not answer: the change may have been made, and the caller does the same again.
    """
    asked = item.get_update_kwargs_from_instance(list(changes), condition)
    try:
        with aws.translate_read_errors():
            answer = connection.client().update_item(**asked, ReturnValues="ALL_NEW")
    except ClientError as error:
        if not is_failed_condition(error):
            raise
        return None
    return type(item).from_raw_data(cast(dict[str, RawItem], answer)["Attributes"])


def note_endpoints() -> None:
    """Store that there is a webhook endpoint, or is about to be one. It is never taken back."""
    change(Listeners(*Listeners.key()), [Listeners.has_endpoints.set(True)])


def note_bus_rules(*, has_any: bool) -> None:
    """Store whether the bus has rules."""
    change(Listeners(*Listeners.key()), [Listeners.has_bus_rules.set(has_any)])


def who_listens() -> Listeners:
    """Read who listens."""
    return Listeners.find(*Listeners.key()) or Listeners(*Listeners.key())
