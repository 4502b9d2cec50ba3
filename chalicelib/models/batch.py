"""Reads of many items by key, from one table."""

import random
import time
from collections.abc import Iterable
from typing import TypeVar

from chalicelib import aws, config
from chalicelib.domain.errors import Unavailable
from chalicelib.models import connection
from chalicelib.models.item import BankItem, Key, RawItem

ItemT = TypeVar("ItemT", bound=BankItem)
BATCH_MAX = 100
ATTEMPTS_MAX = 5


def batch_get(keys: Iterable[Key], *, consistent: bool = True) -> list[BankItem]:
    """Return the items of `bank` that exist, in any order; one call for each hundred keys."""
    return [BankItem.from_raw_data(item) for item in batch_get_raw("bank", keys, consistent=consistent)]


def get_all(kind: type[ItemT], keys: Iterable[Key], *, consistent: bool = True) -> list[ItemT]:
    """Return the items of one kind that exist, in the order of their keys."""
    wanted = list(keys)
    found = {item.own_key: item for item in batch_get(wanted, consistent=consistent) if isinstance(item, kind)}
    return [found[key] for key in wanted if key in found]


def batch_get_raw(table: str, keys: Iterable[Key], *, consistent: bool = True) -> list[RawItem]:
    """Return the items of any table that exist, in DynamoDB's own notation."""
    wanted = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in dict.fromkeys(keys)]
    found: list[RawItem] = []
    for start in range(0, len(wanted), BATCH_MAX):
        found += _batch(config.table_name(table), wanted[start : start + BATCH_MAX], consistent)
    return found


def _batch(name: str, keys: list[RawItem], consistent: bool) -> list[RawItem]:
    found: list[RawItem] = []
    for attempt in range(ATTEMPTS_MAX):
        with aws.translate_read_errors():
            answer = connection.client().batch_get_item(
                RequestItems={name: {"Keys": keys, "ConsistentRead": consistent}}
            )
        found += answer["Responses"].get(name, [])
        keys = answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
        if not keys:
            return found
        time.sleep(random.uniform(0, 0.05 * 2**attempt))
    raise Unavailable(
        "The bank is too busy to read what this request needs. Nothing was done; retry.", retry_after_seconds=1
    )
