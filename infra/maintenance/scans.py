"""Scans of whole tables, which no function may make: all transactions, and the number of all rows of events.

An index would not do for the transactions: one whose index attributes were removed is on no list.
"""

from collections.abc import Iterator
from typing import Any

from chalicelib import resources
from chalicelib.models import connection, keys
from chalicelib.models.events.event_lists import Wanted
from chalicelib.models.events.event_row import ALL_DAYS, EventRow
from chalicelib.models.item import BankItem
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.services.verification.verify_by_links import Scans

SORT_KEY = Transaction.key("")[1]


def transaction_ids() -> Iterator[str]:
    """Yield the ids of all transactions, also of pending and failed ones, in no order.

    Requests that moved no money are among them.
    """
    asked: dict[str, Any] = {
        "TableName": resources.table_name(BankItem.Meta.table_name),
        "FilterExpression": "#sk = :sk",
        "ProjectionExpression": "pk",
        "ExpressionAttributeNames": {"#sk": "sk"},
        "ExpressionAttributeValues": {":sk": {"S": SORT_KEY}},
    }
    for page in _pages(asked):
        yield from (keys.id_in(item["pk"]["S"]) for item in page["Items"])


def count_events(since: str, until: str) -> int:
    """Return how many rows the lists of events have between two timestamps: the bank's and those of all customers."""
    first, last = Wanted(since, until).bounds
    values = {":since": since, ":until": until, ":first": first, ":last": last}
    values |= {":days": ALL_DAYS, ":customers": keys.customer("")}
    asked: dict[str, Any] = {
        "TableName": resources.table_name(EventRow.Meta.table_name),
        "Select": "COUNT",
        "FilterExpression": "#at BETWEEN :since AND :until AND #sk BETWEEN :first AND :last"
        " AND (begins_with(#pk, :days) OR begins_with(#pk, :customers))",
        "ExpressionAttributeNames": {"#at": "timestamp", "#sk": "sk", "#pk": "pk"},
        "ExpressionAttributeValues": {name: {"S": value} for name, value in values.items()},
    }
    return sum(page["Count"] for page in _pages(asked))


SCANS = Scans(transaction_ids, count_events)


def _pages(asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the pages of a consistent scan."""
    start: dict[str, Any] = {}
    while True:
        answer = connection.client().scan(**asked, **start, ConsistentRead=True)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
