"""The list of all transactions, read by a scan of its index.

A page has thousands, while each day takes four queries, and most days of a small bank are empty. No function may scan.
"""

from collections.abc import Iterator
from typing import Any

from chalicelib import config
from chalicelib.models import connection, keys
from chalicelib.models.item import BankItem
from chalicelib.models.ledger.transaction import Transaction

INDEX = "gsi1"
PREFIX = Transaction.key("")[0]


def transaction_ids() -> Iterator[str]:
    """Yield the ids of all transactions, also of pending and failed ones, in no order."""
    asked: dict[str, Any] = {
        "TableName": config.table_name(BankItem.Meta.table_name),
        "IndexName": INDEX,
        "FilterExpression": "begins_with(pk, :prefix)",
        "ExpressionAttributeValues": {":prefix": {"S": PREFIX}},
    }
    while True:
        answer = connection.client().scan(**asked)
        yield from (keys.id_in(item["pk"]["S"]) for item in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
