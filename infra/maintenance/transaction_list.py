"""The list of all transactions, read by a scan of the table of which it asks for the keys alone.

An index would not do: a transaction whose index attributes were removed is on no list. No function may scan.
"""

from collections.abc import Iterator
from typing import Any

from chalicelib import config
from chalicelib.models import connection, keys
from chalicelib.models.item import BankItem
from chalicelib.models.ledger.transaction import Transaction

SORT_KEY = Transaction.key("")[1]


def transaction_ids() -> Iterator[str]:
    """Yield the ids of all transactions, also of pending and failed ones, in no order.

    Requests that moved no money are among them.
    """
    asked: dict[str, Any] = {
        "TableName": config.table_name(BankItem.Meta.table_name),
        "ConsistentRead": True,
        "FilterExpression": "#sk = :sk",
        "ProjectionExpression": "pk",
        "ExpressionAttributeNames": {"#sk": "sk"},
        "ExpressionAttributeValues": {":sk": {"S": SORT_KEY}},
    }
    while True:
        answer = connection.client().scan(**asked)
        yield from (keys.id_in(item["pk"]["S"]) for item in answer["Items"])
        if "LastEvaluatedKey" not in answer:
            return
        asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
