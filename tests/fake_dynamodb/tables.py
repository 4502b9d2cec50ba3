"""Tables in memory that answer DynamoDB's calls by DynamoDB's rules, as far as the bank uses them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.emulator.adjustments import copy_json
from tests.fake_dynamodb.expressions import Item, Names, ValidationError, holds, plain, updated

Request = dict[str, Any]
Key = tuple[str, str]
TRANSACTION_ACTIONS_MAX = 100
BATCH_KEYS_MAX = 100
BATCH_WRITES_MAX = 25


class Refused(Exception):
    """An error as DynamoDB's answer: its code, and the other fields of the body."""

    def __init__(self, code: str, message: str = "", **more: Any):
        super().__init__(code)
        self.code, self.told = code, {"message": message, **more}


@dataclass
class Table:
    """Items by key. `indexes` has for each index the names of its keys and whether it projects whole items."""

    indexes: Mapping[str, tuple[str, str, bool]] = field(default_factory=dict)
    items: dict[Key, Item] = field(default_factory=dict)


class Tables:
    """All tables of a stage. Requests and answers are copied, so the caller shares nothing with the tables."""

    def __init__(self, tables: dict[str, Table]):
        self.tables = tables
        self._done: dict[str, Request] = {}
        self._operations: dict[str, Callable[[Request], dict[str, Any]]] = {
            "GetItem": self._get,
            "BatchGetItem": self._batch_get,
            "BatchWriteItem": self._batch_write,
            "PutItem": self._put,
            "TransactWriteItems": self._transact,
            "Query": self._query,
        }

    def call(self, operation: str, request: Request) -> dict[str, Any]:
        """Return DynamoDB's answer. Raises Refused, or NotImplementedError for an operation that no test needs."""
        if operation not in self._operations:
            raise NotImplementedError(operation)
        try:
            return copy_json(self._operations[operation](copy_json(request)))  # type: ignore[no-any-return]
        except ValidationError as error:
            raise Refused("ValidationException", str(error)) from error

    def _get(self, request: Request) -> dict[str, Any]:
        found = self._table(request).items.get(_key(request["Key"]))
        return {"Item": found} if found else {}

    def _batch_get(self, request: Request) -> dict[str, Any]:
        wanted = {name: list(map(_key, asked["Keys"])) for name, asked in request["RequestItems"].items()}
        if sum(map(len, wanted.values())) > BATCH_KEYS_MAX:
            raise ValidationError("Too many items requested for the BatchGetItem call")
        if any(len(set(keys)) < len(keys) for keys in wanted.values()):
            raise ValidationError("Provided list of item keys contains duplicates")
        found = {name: [self.tables[name].items.get(key) for key in keys] for name, keys in wanted.items()}
        return {"Responses": {name: list(filter(None, items)) for name, items in found.items()}, "UnprocessedKeys": {}}

    def _batch_write(self, request: Request) -> dict[str, Any]:
        """Put items without a condition, and delete others."""
        places = [
            (name, _key(one.get("Item") or one["Key"]), one.get("Item"))
            for name, asked in request["RequestItems"].items()
            for wrapped in asked
            for one in wrapped.values()
        ]
        if len(places) > BATCH_WRITES_MAX:
            raise ValidationError("Too many items requested for the BatchWriteItem call")
        if len({place[:2] for place in places}) < len(places):
            raise ValidationError("Provided list of item keys contains duplicates")
        for name, key, item in places:
            self.tables[name].items.pop(key, None)
            if item is not None:
                self.tables[name].items[key] = item
        return {"UnprocessedItems": {}}

    def _put(self, request: Request) -> dict[str, Any]:
        refusal = self._refusal(request)
        if refusal is not None:
            raise Refused("ConditionalCheckFailedException", "The conditional request failed", **refusal)
        self._table(request).items[_key(request["Item"])] = request["Item"]
        return {}

    def _transact(self, request: Request) -> dict[str, Any]:
        """Write all or nothing; a token that has succeeded writes nothing again."""
        token, actions = request.get("ClientRequestToken", ""), request["TransactItems"]
        if token and token in self._done:
            if self._done[token] != actions:
                raise Refused("IdempotentParameterMismatchException")
            return {}
        each = [next(iter(action.items())) for action in actions]
        places = [(action["TableName"], _key(action.get("Key") or action["Item"])) for _, action in each]
        if len(set(places)) < len(places):
            raise ValidationError("Transaction request cannot include multiple operations on one item")
        if len(places) > TRANSACTION_ACTIONS_MAX:
            raise ValidationError(f"Member must have length less than or equal to {TRANSACTION_ACTIONS_MAX}")
        refusals = [self._refusal(action) for _, action in each]
        if any(refusal is not None for refusal in refusals):
            raise cancelled(
                [{"Code": "None"} if one is None else {"Code": "ConditionalCheckFailed", **one} for one in refusals]
            )
        for kind, action in each:
            self._apply(kind, action)
        self._done[token] = actions
        return {}

    def _apply(self, kind: str, action: Request) -> None:
        items = self._table(action).items
        if kind == "Put":
            items[_key(action["Item"])] = action["Item"]
        elif kind == "Update":
            key = action["Key"]
            before: Item = items.get(_key(key)) or key
            items[_key(key)] = key | updated(action["UpdateExpression"], Names.of(action), before)
        elif kind == "Delete":
            items.pop(_key(action["Key"]), None)

    def _refusal(self, action: Request) -> dict[str, Any] | None:
        """Return what goes with the refusal when the condition fails (the item, if asked for), or None."""
        found = self._table(action).items.get(_key(action.get("Key") or action["Item"]), {})
        condition = action.get("ConditionExpression")
        if condition is None or holds(condition, Names.of(action), found):
            return None
        wants_item = action.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        return {"Item": found} if found and wants_item else {}

    def _query(self, request: Request) -> dict[str, Any]:
        table = self._table(request)
        index, oldest_first = request.get("IndexName"), request.get("ScanIndexForward", True)
        if index and request.get("ConsistentRead"):
            raise ValidationError("Consistent reads are not supported on global secondary indexes")
        partition, order, has_all = table.indexes[index] if index else ("pk", "sk", True)
        names = Names.of(request)
        keyed = [item for item in table.items.values() if partition in item and order in item]
        found = [item for item in keyed if holds(request["KeyConditionExpression"], names, item)]
        place = _place(order)
        found.sort(key=place, reverse=not oldest_first)
        if start := request.get("ExclusiveStartKey"):
            found = [
                item for item in found if place(item) != place(start) and (place(item) > place(start)) == oldest_first
            ]
        limit = request.get("Limit", len(found) + 1)
        page = found[:limit]
        answer: dict[str, Any] = {}
        if len(found) >= limit and page:
            answer["LastEvaluatedKey"] = {
                name: page[-1][name] for name in dict.fromkeys(("pk", "sk", partition, order))
            }
        keys = {"pk", "sk", partition, order}
        shown = page if has_all else [{name: value for name, value in one.items() if name in keys} for one in page]
        matching = request.get("FilterExpression")
        kept = [item for item in shown if matching is None or holds(matching, names, item)]
        return answer | {"Items": kept, "Count": len(kept), "ScannedCount": len(page)}

    def _table(self, request: Request) -> Table:
        if request["TableName"] not in self.tables:
            raise Refused("ResourceNotFoundException", "Requested resource not found")
        return self.tables[request["TableName"]]

    def __iter__(self) -> Iterator[Item]:
        for table in self.tables.values():
            yield from table.items.values()


def cancelled(reasons: list[dict[str, Any]]) -> Refused:
    """Return the refusal of a transaction, with one reason for each action."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    return Refused("TransactionCanceledException", Message=message, CancellationReasons=reasons)


def _key(told: Item) -> Key:
    return told["pk"]["S"], told["sk"]["S"]


def _place(order: str) -> Callable[[Item], tuple[Any, Key]]:
    """Return the sort key of a query: items of an index may share one, then the table's key decides."""
    return lambda item: (plain(item[order]), _key(item))
