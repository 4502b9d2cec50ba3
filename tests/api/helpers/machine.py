"""A state machine inside this process, as its definition says.

It follows the Amazon States Language as far as the bank's own machines go. Retries do not wait.
"""

import json
from pathlib import Path
from typing import Any

from chalice.test import Client as ChaliceClient
from jsonata import Jsonata

from app import app
from infra.settings import ROOT
from tests.api.helpers.bank import STAGE, Json

STEPS_MAX = 200


class Machine:
    """`states` are those that executions have passed through. While `broken`, every task fails at once."""

    def __init__(self, path: str, function: str) -> None:
        self.states: list[str] = []
        self.broken = False
        self._definition: Json = json.loads((ROOT / Path(path)).read_text())
        self._function = function
        self._functions = ChaliceClient(app, stage_name=STAGE, project_dir=str(ROOT)).lambda_

    def execute(self, given: Any, name: str = "an-execution") -> Any:
        """The output of an execution; what a task raised, when nothing caught it and retries were in vain."""
        return self._run(self._definition, given, {"Execution": {"Name": name, "Input": given}}, {})

    def _run(self, machine: Json, given: Any, context: Json, variables: Json) -> Any:
        state: str | None = machine["StartAt"]
        for _ in range(STEPS_MAX):
            if state is None:
                return given
            self.states.append(state)
            state, given = self._step(machine["States"][state], given, context, variables)
        raise AssertionError(f"the state machine goes round in circles: {self.states}")

    def _step(self, state: Json, given: Any, context: Json, variables: Json) -> tuple[str | None, Any]:
        """The name of the state that follows, if any, and what it is given."""
        scope: Json = {"states": {"input": given, "context": context}, **variables}
        if state["Type"] == "Choice":
            chosen = (choice["Next"] for choice in state["Choices"] if evaluated(choice["Condition"], scope))
            return next(chosen, state["Default"]), given
        if state["Type"] == "Map":
            scope["states"]["result"] = self._mapped(state, scope, variables)
        if state["Type"] == "Task":
            try:
                result = self._tried(state, evaluated(state["Arguments"]["Payload"], scope))
            except Exception as error:
                # A task that dies is what Catch is for.
                if "Catch" not in state:
                    raise
                return state["Catch"][0]["Next"], {"Error": type(error).__name__, "Cause": str(error)}
            scope["states"]["result"] = {"Payload": result}
        variables |= evaluated(state.get("Assign", {}), scope)
        return state.get("Next"), evaluated(state.get("Output", given), scope)

    def _mapped(self, state: Json, scope: Json, variables: Json) -> list[Any]:
        """One after the other: concurrency is for the emulator to show."""
        outputs = []
        for index, item in enumerate(evaluated(state["Items"], scope)):
            context = scope["states"]["context"] | {"Map": {"Item": {"Index": index, "Value": item}}}
            given = evaluated(state["ItemSelector"], scope | {"states": scope["states"] | {"context": context}})
            outputs.append(self._run(state["ItemProcessor"], given, context, dict(variables)))
        return outputs

    def _tried(self, state: Json, payload: Any) -> Any:
        """As often as the state's Retry allows, when it retries everything."""
        attempts = [retry["MaxAttempts"] for retry in state.get("Retry", []) if retry["ErrorEquals"] == ["States.ALL"]]
        for left in reversed(range(sum(attempts) + 1)):
            try:
                return self.invoke(payload)
            except Exception:
                if not left:
                    raise
        raise AssertionError("tried at least once")

    def invoke(self, payload: Any) -> Any:
        """The answer of the function, as JSON has it."""
        if self.broken:
            raise RuntimeError("the function has died")
        answer = self._functions.invoke(self._function, json.loads(json.dumps(payload))).payload
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
