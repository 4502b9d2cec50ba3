"""Runs one copy of a Lambda function: reads invocations from standard input, a line of JSON each, and answers likewise.

It runs in a bare Python of the function's version, started with `-I -S`, so the function sees the packages of its own
zip and no others. It must import nothing but the standard library.
"""

import importlib
import json
import os
import sys
import time
import traceback
from typing import Any, TextIO


class Context:
    """The context object of Lambda, with the time that is really left."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.aws_request_id = request["request_id"]
        self.invoked_function_arn = request["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = self.client_context = None
        self._ends_at = time.monotonic() + float(os.environ["AWS_LAMBDA_FUNCTION_TIMEOUT"])

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._ends_at - time.monotonic()) * 1000))


def failure(error: BaseException) -> dict[str, Any]:
    """Return what Lambda answers when a function raises."""
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }


def answer(handler: Any, request: dict[str, Any]) -> dict[str, Any]:
    os.environ["_X_AMZN_TRACE_ID"] = request["trace_id"]
    try:
        result = json.dumps(handler(json.loads(request["payload"] or "null"), Context(request)))
        return {"payload": result, "is_error": False}
    except BaseException as error:  # noqa: BLE001 — also SystemExit is the function's failure
        print(f"[ERROR] {type(error).__name__}: {error}")
        traceback.print_exc()
        return {"payload": json.dumps(failure(error)), "is_error": True}


def main(answers: TextIO) -> None:
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    module, _, name = os.environ["_HANDLER"].rpartition(".")
    try:
        handler = getattr(importlib.import_module(module.replace("/", ".")), name)
    except BaseException as error:
        print(json.dumps(failure(error)), file=answers, flush=True)
        raise
    print("{}", file=answers, flush=True)
    for line in sys.stdin:
        told = answer(handler, json.loads(line))
        sys.stdout.flush()
        print(json.dumps(told), file=answers, flush=True)


if __name__ == "__main__":
    # The function's own prints are its log, and go where its errors go.
    own = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    main(own)
