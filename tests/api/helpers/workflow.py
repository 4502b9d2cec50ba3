"""The transfer state machine inside this process, where a handler asks Step Functions for it.

The stand-in hangs on botocore's own event, so that the code under test calls its real client.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from chalicelib import aws
from chalicelib.services.payments.transfers import WORKFLOW_SECONDS_MAX
from tests.api.helpers.bank import STAGE, Json
from tests.api.helpers.machine import Machine

ARN = f"arn:aws:states:us-east-1:123456789012:stateMachine:florin-{STAGE}-transfer"


@contextmanager
def running_workflow() -> Iterator[Machine]:
    """Answer StartSyncExecution while the block runs."""
    workflow = Machine("statemachines/transfer.asl.json", "transfer_task")
    events = aws.client("stepfunctions", read_timeout_seconds=WORKFLOW_SECONDS_MAX, attempts_max=1).meta.events

    def answer(params: Json, **_: object) -> tuple[Any, Json]:
        asked = json.loads(params["body"])
        assert asked["stateMachineArn"] == ARN
        output = workflow.execute(json.loads(asked["input"]))
        return SimpleNamespace(status_code=200), {"status": "SUCCEEDED", "output": json.dumps(output)}

    events.register("before-call.sfn.StartSyncExecution", answer)
    try:
        yield workflow
    finally:
        events.unregister("before-call.sfn.StartSyncExecution", answer)
