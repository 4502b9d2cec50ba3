"""Rules fire by themselves. The embedded emulator looks at its rules every ten seconds; waiting there is left out."""

import json

import pytest

from infra.deploy import change_set
from tests.stack import Stack, eventually

pytestmark = pytest.mark.localstack
MINUTES = "rate(1 minute)"


def test_a_rule_starts_the_monthly_run(stack: Stack) -> None:
    """With the target as it is deployed, so with no input; the hour is a minute here."""
    rules, name = stack.client("events"), f"florin-{stack.stage}-monthly-interest"
    machine = change_set.outputs(stack.cloud, stack.settings.stack_name)["MonthlyInterestStateMachineArn"]
    hourly = rules.describe_rule(Name=name)["ScheduleExpression"]
    targets = rules.list_targets_by_rule(Rule=name)["Targets"]
    before = ended(stack, machine)
    rules.put_rule(Name=name, ScheduleExpression=MINUTES, State="ENABLED")
    rules.put_targets(Rule=name, Targets=targets)  # here LocalStack schedules the rule
    try:
        [execution, *_] = eventually(lambda: new(ended(stack, machine), before))
    finally:
        rules.put_rule(Name=name, ScheduleExpression=hourly, State="ENABLED")
    told = stack.client("stepfunctions").describe_execution(executionArn=execution)
    assert json.loads(told["output"])["status"] in ("completed", "not_due")


def ended(stack: Stack, machine: str) -> list[str]:
    found = stack.client("stepfunctions").list_executions(stateMachineArn=machine, statusFilter="SUCCEEDED")
    return [execution["executionArn"] for execution in found["executions"]]


def new(found: list[str], before: list[str]) -> list[str]:
    return [execution for execution in found if execution not in before]
