"""Every difference of LocalStack's open core that is left, and what the bank does about it.

A test that fails here tells of a difference that is gone: docs/homes.md and the code that makes up for it may go, too.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from infra import commands
from infra.demo import commands as demo
from infra.deploy import change_set
from infra.errors import CommandError
from infra.targets import Cloud
from tests.stack import Stack, eventually
from tests.workflow.bank import Client

pytestmark = pytest.mark.localstack
HALF_AN_ALARM = {"Namespace": "AWS/Lambda", "MetricName": "Errors", "Period": 60, "EvaluationPeriods": 1}
OTHER_HALF = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 1, "Statistic": "Sum"}


def logged(stack: Stack, function: str) -> list[str]:
    pages = stack.client("logs").get_paginator("filter_log_events")
    events = pages.paginate(logGroupName=f"/aws/lambda/florin-{stack.stage}-{function}")
    return [event["message"] for page in events for event in page["events"]]


def test_no_authorizer_is_called(stack: Stack, customer: Client) -> None:
    assert customer.get("/v1/user/profile").status == 200
    eventually(lambda: any("/v1/user/profile" in line for line in logged(stack, "api")))
    assert logged(stack, "authorize") == []


def test_an_ended_session_is_refused_at_once(stack: Stack, customer: Client) -> None:
    """No gateway keeps what the authorizer said for a minute."""
    assert customer.post("/v1/auth/logout").status == 204
    assert customer.get("/v1/user/profile").status == 401


def test_functions_have_no_layers(stack: Stack) -> None:
    functions = stack.client("lambda").list_functions()["Functions"]
    assert len(functions) > 10
    assert [one for one in functions if one.get("Layers")] == []


def test_the_second_api_of_ses_is_absent(stack: Stack) -> None:
    with pytest.raises(ClientError):
        stack.client("sesv2").list_email_identities()


def test_errors_of_the_gateway_have_its_own_shape(stack: Stack) -> None:
    answer = requests.get(f"{stack.url}/v1/nowhere", timeout=30)
    assert answer.status_code in (403, 404)
    assert answer.headers["Content-Type"] != "application/problem+json"


def test_a_path_that_is_not_utf_8_is_read_as_other_text(customer: Client) -> None:
    assert customer.get("/v1/accounts/%FF").code == "not_found"


def test_permissions_of_functions_are_not_enforced(stack: Stack) -> None:
    resource = stack.client("cloudformation").describe_stack_resource(
        StackName=stack.settings.stack_name, LogicalResourceId="MailerRole"
    )["StackResourceDetail"]
    role = stack.client("iam").get_role(RoleName=resource["PhysicalResourceId"])["Role"]["Arn"]
    given = stack.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    session = boto3.Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
        region_name=stack.session.region_name,
    )
    ledger = Cloud(stack.endpoint_url, session).client("dynamodb").scan(TableName=stack.table_name("ledger"), Limit=1)
    assert "Items" in ledger


def test_a_first_deployment_that_fails_is_rolled_back_and_made_anew(stack: Stack, tmp_path: Path) -> None:
    settings = replace(stack.settings, stage="dev", build_root=tmp_path)
    broken: dict[str, Any] = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Period": "none"}}
    write_template(settings.package_dir, {"Broken": broken})
    with pytest.raises(CommandError) as raised:
        change_set.deploy(stack.cloud, settings)
    assert "removes what is left of the stack and makes it anew" in raised.value.advice
    write_template(settings.package_dir, {"Broken": broken | {"Properties": HALF_AN_ALARM | OTHER_HALF}})
    assert change_set.deploy(stack.cloud, settings) is True
    assert change_set.deploy(stack.cloud, settings) is False
    change_set.delete(stack.client("cloudformation"), settings.stack_name)


def test_a_disabled_rule_goes_on_firing(stack: Stack) -> None:
    rules, name = stack.client("events"), "disabled-rule"
    targets = rules.list_targets_by_rule(Rule=f"florin-{stack.stage}-monthly-interest")["Targets"]
    rules.put_rule(Name=name, ScheduleExpression="rate(1 minute)", State="ENABLED")
    rules.put_targets(Rule=name, Targets=targets)
    try:
        eventually(lambda: executions_by(stack, name))
        rules.disable_rule(Name=name)
        before = len(executions_by(stack, name))
        eventually(lambda: len(executions_by(stack, name)) > before)
    finally:
        rules.remove_targets(Rule=name, Ids=[target["Id"] for target in targets])
        rules.delete_rule(Name=name)


def executions_by(stack: Stack, rule: str) -> list[str]:
    """Return the executions of the monthly interest run that this rule has started."""
    machine = change_set.outputs(stack.cloud, stack.settings.stack_name)["MonthlyInterestStateMachineArn"]
    states = stack.client("stepfunctions")
    started = [one["executionArn"] for one in states.list_executions(stateMachineArn=machine)["executions"]]
    return [one for one in started if f"rule/{rule}" in states.describe_execution(executionArn=one)["input"]]


def test_localstack_is_not_stopped_by_down(stack: Stack) -> None:
    with pytest.raises(CommandError, match="not started by this command"):
        commands.down(stack.settings)
    assert Client(stack.url).get("/v1/health").status == 200


def test_a_town_is_for_the_embedded_emulator(stack: Stack) -> None:
    with pytest.raises(CommandError, match="generated people"):
        demo.make_sandbox(stack.settings)


def write_template(package_dir: Path, resources: dict[str, Any]) -> None:
    package_dir.mkdir(parents=True, exist_ok=True)
    parameters = {"Home": {"Type": "String"}}
    (package_dir / "sam.json").write_text(json.dumps({"Parameters": parameters, "Resources": resources}))
