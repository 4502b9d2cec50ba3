"""Starts workflows and functions: the only module that calls Step Functions, or invokes Lambda.

Three ways, and what each makes of an answer that does not come:

- `start` begins an execution that goes on by itself. Its name is derived from its input, so a repeated start begins no
  second one. Unanswered: OutcomeUnknown.
- `run` and `call` wait for a result. Unanswered: None, since the work may be done, or go on.
- `send` hands an event to a function and waits for nothing. Unanswered: Unavailable.
"""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import aws
from chalicelib.domain.errors import OutcomeUnknown
from chalicelib.observability import count, logger

Json = dict[str, Any]
NOT_KNOWN = "It is not known whether work on this has begun. Repeat the request."


class NameTaken(Exception):
    """Another input has an execution of this name: a bug in how names are derived."""


def start(state_machine_arn: str, name: str, given: Json, *, detail: str = NOT_KNOWN) -> None:
    """Start the execution of that name, unless it was started before.

    Raises OutcomeUnknown with `detail` when Step Functions does not answer, NameTaken when the name has another input.
    """
    states = aws.client("stepfunctions")
    try:
        states.start_execution(stateMachineArn=state_machine_arn, name=name, input=json.dumps(given))
    except (BotoCoreError, ClientError) as error:
        if _code(error) == "ExecutionAlreadyExists":
            _require_same(states, state_machine_arn, name, given)
            return
        _log_unanswered(state_machine_arn, _code(error))
        raise OutcomeUnknown(detail, retry_after_seconds=2) from error


def run(state_machine_arn: str, given: Json, *, seconds_max: int) -> Json | None:
    """Return the result of an Express execution, None when it failed or did not answer in time. Sent once only."""
    states = aws.client("stepfunctions", read_timeout_seconds=seconds_max, attempts_max=1)
    try:
        execution = states.start_sync_execution(stateMachineArn=state_machine_arn, input=json.dumps(given))
    except (BotoCoreError, ClientError) as error:
        _log_unanswered(state_machine_arn, _code(error))
        return None
    if execution["status"] != "SUCCEEDED":
        _log_unanswered(state_machine_arn, execution.get("error", execution["status"]))
        return None
    result: Json = json.loads(execution["output"])
    return result


def call(function_name: str, event: Json, *, seconds_max: int) -> Json | None:
    """Return a function's answer, None when it did not come in time. Sent once only.

    Raises RuntimeError when the function has failed.
    """
    functions = aws.client("lambda", read_timeout_seconds=seconds_max, attempts_max=1)
    try:
        answer = functions.invoke(FunctionName=function_name, Payload=json.dumps(event))
    except (BotoCoreError, ClientError) as error:
        logger.warning("a function did not answer", function=function_name, error=_code(error))
        return None
    if "FunctionError" in answer:
        raise RuntimeError(f"the function {function_name} has failed; its log says why")
    result: Json = json.loads(answer["Payload"].read())
    return result


def send(function_name: str, event: Json) -> None:
    """Queue an event for a function. Raises Unavailable when Lambda does not take it."""
    with aws.translate_read_errors():
        functions = aws.client("lambda")
        functions.invoke(FunctionName=function_name, InvocationType="Event", Payload=json.dumps(event).encode())


def _require_same(states: Any, state_machine_arn: str, name: str, given: Json) -> None:
    """Raises NameTaken when the execution of that name has another input.

    Where its input cannot be read it is taken for the same: the name was derived from the input.
    """
    arn = f"{state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
    try:
        execution = states.describe_execution(executionArn=arn)
    except (BotoCoreError, ClientError) as error:
        logger.warning("an execution exists, and cannot be described", execution=name, error=_code(error))
        return
    if json.loads(execution["input"]) != given:
        raise NameTaken(f"an execution {name} exists, with another input")


def _log_unanswered(state_machine_arn: str, error: str) -> None:
    logger.warning("a workflow did not answer", workflow=state_machine_arn.rpartition(":")[2], error=error)
    count("WorkflowsUnanswered")


def _code(error: BotoCoreError | ClientError) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__
