"""The transfer state machine inside this process: moto starts no functions, so Step Functions is stood in for here.

The stand-in hangs on botocore's own event, so that the code under test calls its real client; and it follows the
definition that is deployed, as far as that definition goes.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from chalice.test import Client as ChaliceClient
from jsonata import Jsonata

from app import app
from chalicelib import aws
from chalicelib.services.transfers import WORKFLOW_SECONDS_MAX
from infra.settings import ROOT
from tests.api.bank import STAGE, Json

DEFINITION = json.loads((ROOT / "statemachines/transfer.asl.json").read_text())
ARN = f"arn:aws:states:us-east-1:123456789012:stateMachine:florin-{STAGE}-transfer"
STEPS_MAX = 10


class Workflow:
    """`states` are those that executions have passed through. While `broken`, every task fails at once."""

    def __init__(self) -> None:
        self.states: list[str] = []
        self.broken = False
        self._functions = ChaliceClient(app, stage_name=STAGE, project_dir=str(ROOT)).lambda_

    def execute(self, given: Any) -> Any:
        name: str | None = DEFINITION["StartAt"]
        variables: Json = {}
        for _ in range(STEPS_MAX):
            if name is None:
                return given
            self.states.append(name)
            name, given = self._step(DEFINITION["States"][name], given, variables)
        raise AssertionError(f"the state machine goes round in circles: {self.states}")

    def _step(self, state: Json, given: Any, variables: Json) -> tuple[str | None, Any]:
        """The name of the state that follows, if any, and what it is given."""
        scope: Json = {"states": {"input": given}, **variables}
        if state["Type"] == "Choice":
            chosen = (choice["Next"] for choice in state["Choices"] if evaluated(choice["Condition"], scope))
            return next(chosen, state["Default"]), given
        if state["Type"] == "Task":
            try:
                result = self._invoke(evaluated(state["Arguments"]["Payload"], scope))
            except Exception as error:  # noqa: BLE001 — a task that dies is what Catch is for
                return state["Catch"][0]["Next"], {"Error": type(error).__name__, "Cause": str(error)}
            scope["states"]["result"] = {"Payload": result}
        variables |= evaluated(state.get("Assign", {}), scope)
        return state.get("Next"), evaluated(state.get("Output", given), scope)

    def _invoke(self, payload: Any) -> Any:
        if self.broken:
            raise RuntimeError("the function has died")
        answer = self._functions.invoke("transfer_task", json.loads(json.dumps(payload))).payload
        return json.loads(json.dumps(answer))


def evaluated(template: Any, scope: Json) -> Any:
    """A template with its JSONata expressions replaced by what they say."""
    if isinstance(template, dict):
        return {name: evaluated(part, scope) for name, part in template.items()}
    if not (isinstance(template, str) and template.startswith("{%")):
        return template
    expression = Jsonata(template.removeprefix("{%").removesuffix("%}"))
    for name, value in scope.items():
        expression.assign(name, value)
    return expression.evaluate(None)


@contextmanager
def running_workflow() -> Iterator[Workflow]:
    """Answer StartSyncExecution while the block runs."""
    workflow = Workflow()
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
