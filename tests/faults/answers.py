"""What DynamoDB answers when it cannot or will not, word for word as far as clients read it."""

import json

from tests.faults.plan import Call

Problem = tuple[int, bytes]
TYPES = "com.amazonaws.dynamodb.v20120810#"


def problem(status: int, name: str, **more: object) -> Problem:
    return status, json.dumps({"__type": TYPES + name, "message": f"{name} on purpose"} | more).encode()


FAILURES = [problem(500, "InternalServerError"), problem(503, "ServiceUnavailable")]
_THROTTLED = [
    problem(400, name)
    for name in ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded")
]


def throttled(call: Call) -> list[Problem]:
    """The ways in which this call may be told to slow down."""
    if call.operation == "TransactWriteItems":
        return [*_THROTTLED, _cancelled(call, {0}, "ThrottlingError")]
    if call.operation == "BatchGetItem":
        unread = {"Responses": {}, "UnprocessedKeys": call.arguments["RequestItems"]}
        return [*_THROTTLED, (200, json.dumps(unread).encode())]
    return _THROTTLED


def conflict(call: Call, numbers: set[int]) -> Problem:
    """A transaction cancelled because others are at the items of these actions."""
    return _cancelled(call, numbers, "TransactionConflict")


def _cancelled(call: Call, numbers: set[int], code: str) -> Problem:
    count = len(call.items())
    codes = [code if number in numbers else "None" for number in range(count)]
    reasons = [{"Code": one} if one == "None" else {"Code": one, "Message": "on purpose"} for one in codes]
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{', '.join(codes)}]"
    return problem(400, "TransactionCanceledException", CancellationReasons=reasons, Message=message)
