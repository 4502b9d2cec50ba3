"""What the packaged template says, stage by stage, without deploying it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib.handlers import problems
from infra import digests, gateway_responses
from infra.settings import STAGES

Template = dict[str, Any]
TABLES = ("BankTable", "LedgerTable", "AuditTable")
CHANGES_WHAT_IS_WRITTEN = {
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "PartiQLUpdate",
    "PartiQLDelete",
    "DeleteTable",
}
# API Gateway's own list; the fallbacks DEFAULT_4XX and DEFAULT_5XX cover what it may add.
RESPONSE_TYPES = {
    "ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR", "AUTHORIZER_FAILURE",
    "BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX", "DEFAULT_5XX", "EXPIRED_TOKEN", "INTEGRATION_FAILURE",
    "INTEGRATION_TIMEOUT", "INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED",
    "REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "THROTTLED", "UNAUTHORIZED", "UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED",
}  # fmt: skip


def test_cfn_lint_finds_nothing(template_files: dict[str, Path]) -> None:
    command = [str(Path(sys.executable).with_name("cfn-lint")), *map(str, template_files.values())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("stage", STAGES)
def test_no_policy_has_a_wildcard_of_actions(templates: dict[str, Template], stage: str) -> None:
    for statement in _statements(templates[stage]):
        assert not any("*" in action for action in _actions(statement)), statement
        assert "NotAction" not in statement
        assert statement["Resource"] != "*" or statement["Sid"] == "DeliverLogs", statement


@pytest.mark.parametrize("stage", STAGES)
def test_no_function_may_change_what_the_ledger_or_the_audit_holds(templates: dict[str, Template], stage: str) -> None:
    for statement in _statements(templates[stage]):
        resource = json.dumps(statement["Resource"])
        actions = {action.removeprefix("dynamodb:") for action in _actions(statement)}
        assert "PartiQL" not in str(actions)
        assert "DeleteItem" not in actions, statement
        if "LedgerTable" in resource or "AuditTable" in resource:
            assert not actions & CHANGES_WHAT_IS_WRITTEN, statement


def test_timeouts_nest_so_that_the_inner_gives_up_first(templates: dict[str, Template]) -> None:
    resources = templates["prod"]["Resources"]
    machine = resources["TransferStateMachine"]["Properties"]["Definition"]
    api_gateway_seconds = 29
    task_seconds = resources["TransferTask"]["Properties"]["Timeout"]
    api_seconds = resources["APIHandler"]["Properties"]["Timeout"]
    states = [state for state in machine["States"].values() if state["Type"] == "Task"]
    assert all(state["TimeoutSeconds"] == task_seconds for state in states)
    assert task_seconds * len(states) < machine["TimeoutSeconds"] < api_seconds < api_gateway_seconds


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_tables_survive_their_stack(templates: dict[str, Template], stage: str) -> None:
    for table in TABLES:
        resource = templates[stage]["Resources"][table]
        assert resource["DeletionPolicy"] == "Retain"
        assert resource["Properties"]["DeletionProtectionEnabled"] is True
        assert resource["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_digests_survive_their_stack_but_not_a_deployment_that_is_rolled_back(
    templates: dict[str, Template], stage: str
) -> None:
    for resource in (templates[stage]["Resources"][name] for name in ("DigestKey", "DigestBucket")):
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_whoever_starts_the_sealer_waits_as_long_as_it_may_take(templates: dict[str, Template]) -> None:
    assert templates["prod"]["Resources"]["Sealer"]["Properties"]["Timeout"] == digests.SEALER_SECONDS_MAX


def test_a_template_deploys_under_its_own_stage_only(templates: dict[str, Template]) -> None:
    for stage, template in templates.items():
        assert template["Parameters"]["Stage"]["AllowedValues"] == [stage]


def test_every_function_logs_to_a_group_with_a_retention(templates: dict[str, Template]) -> None:
    resources = templates["prod"]["Resources"]
    functions = [name for name, resource in resources.items() if resource["Type"] == "AWS::Serverless::Function"]
    assert sorted(functions) == ["APIHandler", "AuditTrail", "Authorize", "Sealer", "TransferTask"]
    for function in functions:
        group = resources[resources[function]["DependsOn"]]["Properties"]
        name = resources[function]["Properties"]["FunctionName"]["Fn::Sub"]
        assert group["LogGroupName"]["Fn::Sub"] == f"/aws/lambda/{name}"
        assert group["RetentionInDays"] > 0


def test_every_refusal_of_the_gateway_is_a_problem_of_the_api() -> None:
    refusals = {refusal.response_type: refusal for refusal in gateway_responses.REFUSALS}
    assert set(refusals) == RESPONSE_TYPES
    for refusal in refusals.values():
        body = json.loads(gateway_responses.body(refusal))
        assert body["status"] == refusal.status == problems.STATUS[body["code"]]
        assert body["type"] == problems.TYPE + body["code"]


def _statements(template: Template) -> list[dict[str, Any]]:
    roles = [resource for resource in template["Resources"].values() if resource["Type"] == "AWS::IAM::Role"]
    assert len(roles) == 6
    policies = [policy for role in roles for policy in role["Properties"]["Policies"]]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def _actions(statement: dict[str, Any]) -> list[str]:
    action = statement["Action"]
    return [action] if isinstance(action, str) else list(action)
