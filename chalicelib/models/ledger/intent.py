"""Posts that wait to be committed in a group, as items of the table `reports`, which has no stream.

An intent is only a request: the record of its key says what was done. It is deleted once that is decided, or once the
request must be decided alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from pynamodb.attributes import UnicodeAttribute

from chalicelib import resources
from chalicelib.domain.time import moment, timestamp
from chalicelib.models import connection
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.item import Item, Key, RawItem, key_of

DELETES_MAX = 25
"""Of one BatchWriteItem."""
KEPT = timedelta(minutes=10)
"""After its end, until DynamoDB may remove what a killed process has left."""


class Intent(Item):
    """A request to post to a busy account, as `TransferRequest.to_json` has it. No group begins it after `until`."""

    class Meta:
        table_name = "reports"

    request = CompactJSONAttribute()
    until = UnicodeAttribute()
    expires_at = IntegerAttribute()

    @staticmethod
    def partition(account_id: str) -> str:
        return f"INTENTS#{account_id}"

    @classmethod
    def new(cls, account_id: str, transaction_id: str, request: dict[str, Any], now: datetime, until: datetime) -> Self:
        """Return an intent, listed in the order of arrival."""
        expires_at = int((until + KEPT).timestamp())
        place = f"{timestamp(now)}#{transaction_id}"
        return cls(cls.partition(account_id), place, request=request, until=timestamp(until), expires_at=expires_at)

    @classmethod
    def oldest(cls, account_id: str, limit: int) -> "list[FoundIntent]":
        """Return the intents of an account, the first to arrive first."""
        answer = cls.query_once(cls.partition(account_id), consistent_read=True, limit=limit)
        return [FoundIntent.in_item(item) for item in answer["Items"]]

    @staticmethod
    def moment_of(key: Key) -> datetime | None:
        """Return when an intent was made, by the clock of its process, or None if its key does not say so."""
        try:
            return moment(key[1].partition("#")[0])
        except ValueError:
            return None

    def is_over(self, now: datetime) -> bool:
        """Return whether the request waits no longer."""
        return moment(str(self.until)) <= now

    def store(self) -> None:
        """Put the intent."""
        connection.client().put_item(**self.get_save_kwargs_from_instance())


@dataclass(frozen=True)
class FoundIntent:
    """An intent as it was read, by its key; None where nobody can read it."""

    key: Key
    intent: Intent | None

    @classmethod
    def in_item(cls, item: RawItem) -> Self:
        try:
            return cls(key_of(item), Intent.from_raw_data(item))
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls(key_of(item), None)


def delete(intents: Iterable[Key]) -> None:
    """Delete intents by their keys. One that DynamoDB leaves over is found again, with its record."""
    keys = list(intents)
    for start in range(0, len(keys), DELETES_MAX):
        deletes = [
            {"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}}
            for pk, sk in keys[start : start + DELETES_MAX]
        ]
        connection.client().batch_write_item(RequestItems={resources.table_name(Intent.Meta.table_name): deletes})
