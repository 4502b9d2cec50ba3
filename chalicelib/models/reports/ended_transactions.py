"""How many transactions of one of the bank's days came to an end without being posted, as one item for each day.

A mark for each transaction keeps it from being counted twice, as those of report totals do. Both expire.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from chalicelib import resources
from chalicelib.models.batch import batch_get_raw
from chalicelib.models.item import Action, Key, RawItem, key_of
from chalicelib.models.reports.rollup_marks import MARKS_KEPT

TABLE = "reports"


def day_key(day: date) -> Key:
    """Return where the counts of a day are."""
    return f"ENDED#{day}", "ENDED"


def counts_in(item: RawItem | None) -> dict[str, int]:
    """Return the counts in a day's item by type, currency and status: `transfer.EUR.failed`."""
    return {name: int(value["N"]) for name, value in (item or {}).items() if "." in name}


def find_marked(transaction_ids: Iterable[str]) -> set[str]:
    """Return which transactions were counted lately."""
    wanted = {_mark_key(one): one for one in transaction_ids}
    return {wanted[key_of(item)] for item in batch_get_raw(TABLE, wanted)}


def mark(transaction_id: str, at: datetime) -> Action:
    """Keep a transaction from being counted again."""
    pk, sk = _mark_key(transaction_id)
    item = {"pk": {"S": pk}, "sk": {"S": sk}, "expires_at": _expires_at(at)}
    return {"Put": {"TableName": _table(), "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def addition(day: date, counts: Counter[str], at: datetime) -> Action:
    """Add to the counts of a day."""
    pk, sk = day_key(day)
    names = {f"#{number}": name for number, name in enumerate(counts)}
    values: dict[str, Any] = {f":{number}": {"N": str(value)} for number, value in enumerate(counts.values())}
    added = ", ".join(f"#{number} :{number}" for number in range(len(counts)))
    return {
        "Update": {
            "TableName": _table(),
            "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
            "UpdateExpression": f"SET expires_at = :until ADD {added}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values | {":until": _expires_at(at)},
        }
    }


def _mark_key(transaction_id: str) -> Key:
    return f"ENDED#{transaction_id}", "COUNTED"


def _expires_at(at: datetime) -> dict[str, str]:
    return {"N": str(int((at + MARKS_KEPT).timestamp()))}


def _table() -> str:
    return resources.table_name(TABLE)
