"""The monthly run's state machine inside this process, where a handler asks Step Functions for it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from chalicelib import aws
from tests.api.helpers.bank import STAGE, Json
from tests.api.helpers.machine import Machine

ARN = f"arn:aws:states:us-east-1:123456789012:stateMachine:florin-{STAGE}-monthly-interest"
STATEMENTS_ARN = ARN.replace("interest", "statements")


class RunMachine(Machine):
    """Executions that were asked for run at once, unless it is `idle` and leaves them for later, or `silent`: then Step
    Functions answers 503."""

    def __init__(self, arn: str, function: str) -> None:
        super().__init__("statemachines/scheduled_run.asl.json", function)
        self.arn = arn
        self.inputs: dict[str, str] = {}
        self.idle = self.silent = False

    @property
    def names(self) -> list[str]:
        """Of every execution that was started."""
        return list(self.inputs)

    def task(self, step: str, given: Json) -> Any:
        """One step, outside any execution."""
        return self.invoke({"step": step, "execution": "by-hand", "input": given})

    def asked(self, params: Json, **_: object) -> tuple[Any, Json] | None:
        """Answer StartExecution of this machine as AWS does."""
        asked = json.loads(params["body"])
        if asked["stateMachineArn"] != self.arn:
            return None
        if self.silent:
            return SimpleNamespace(status_code=503, headers={}), {"Error": {"Code": "ServiceUnavailable"}}
        if asked["name"] in self.names:
            return SimpleNamespace(status_code=400, headers={}), {"Error": {"Code": "ExecutionAlreadyExists"}}
        self.inputs[asked["name"]] = asked["input"]
        if not self.idle:
            self.execute(json.loads(asked["input"]), asked["name"])
        return SimpleNamespace(status_code=200), {"executionArn": f"{self.arn}:{asked['name']}"}

    def described(self, params: Json, **_: object) -> tuple[Any, Json] | None:
        """Answer DescribeExecution of this machine as AWS does."""
        machine, _, name = json.loads(params["body"])["executionArn"].rpartition(":")
        if machine != self.arn.replace(":stateMachine:", ":execution:"):
            return None
        return SimpleNamespace(status_code=200), {"input": self.inputs[name]}


@contextmanager
def running_machine(arn: str, function: str) -> Iterator[RunMachine]:
    """Answer StartExecution and DescribeExecution while the block runs."""
    machine = RunMachine(arn, function)
    events = aws.client("stepfunctions").meta.events
    answers = {"StartExecution": machine.asked, "DescribeExecution": machine.described}
    for operation, answer in answers.items():
        events.register(f"before-call.sfn.{operation}", answer)
    try:
        yield machine
    finally:
        for operation, answer in answers.items():
            events.unregister(f"before-call.sfn.{operation}", answer)
