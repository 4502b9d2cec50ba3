"""Rules of scheduled runs on the embedded emulator: an event takes the place of the minute for which a rule waits."""

import json
from typing import Any

import requests

from tests.stack import Stack
from tests.workflow.bank import Json

TRIGGER = "test.schedules"
WAIT_SCALE = "stepfunctions._SFN_WAIT_SCALE"


def retry_soon(stack: Stack) -> None:
    """Let state machines wait a tenth of what they are told to before they try again."""
    config = requests.post(f"{stack.endpoint_url}/_ministack/config", json={WAIT_SCALE: 0.1}, timeout=60)
    assert WAIT_SCALE in config.text


def fire(stack: Stack, run: str, minutes: str) -> None:
    """Let the rule of a run (`monthly-interest` …) start what it starts at these minutes, with its target and role."""
    rules, name = stack.client("events"), f"florin-{stack.stage}-{run}"
    rule = rules.describe_rule(Name=name)
    assert (rule["ScheduleExpression"], rule["State"]) == (f"cron({minutes} * * * ? *)", "ENABLED")
    pattern = json.dumps({"source": [TRIGGER]})
    rules.put_rule(Name=name, ScheduleExpression=rule["ScheduleExpression"], EventPattern=pattern, State="ENABLED")
    rules.put_events(Entries=[{"Source": TRIGGER, "DetailType": "the minute", "Detail": "{}"}])


def executions(states: Any, machine: str, status: str) -> list[Json]:
    """Return the executions of a state machine that have a status."""
    found: list[Json] = states.list_executions(stateMachineArn=machine, statusFilter=status)["executions"]
    return found
