"""A template as AWS gets it: versions behind an alias, a canary, a hook that refuses, and alarms that take it back."""

import json
from typing import Any

import pytest
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]

from infra.alarms.table import WAKING
from infra.deploy import generation, hooks, staged, versions

FUNCTION = {"Runtime": "python3.11", "Handler": "app.app", "CodeUri": "s3://bucket/code.zip"}
PERMISSION = {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
TASK = {"Fn::GetAtt": ["TransferTask", "Arn"]}


def template() -> dict[str, Any]:
    functions = (*staged.STAGED, "Mailer")
    resources = {name: {"Type": "AWS::Serverless::Function", "Properties": dict(FUNCTION)} for name in functions}
    alarms = {name: {"Type": "AWS::CloudWatch::Alarm", "Properties": {}} for name in staged.ALARMS}
    invoked = {"FunctionName": {"Ref": "APIHandler"}, **PERMISSION}
    uri = {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/functions/${APIHandler.Arn}/invocations"}
    named = {"StateMachineName": {"Fn::Sub": "florin-${Stage}-transfer"}}
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {**named, "DefinitionSubstitutions": {"TaskArn": TASK}},
    }
    alarms["TransfersFailAlarm"]["Properties"] = {"Dimensions": [{"Name": "Machine", "Value": {"Ref": "Machine"}}]}
    others = {
        "Permission": {"Type": "AWS::Lambda::Permission", "Properties": invoked},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": uri}},
        "Machine": machine,
        "LogDays": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::GetAtt": ["Mailer", "Arn"]}}},
    }
    return {"Resources": resources | alarms | others, "Parameters": {"LogDays": {"Type": "Number", "Default": 30}}}


@pytest.fixture
def translated(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The template as CloudFormation's own transform makes it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    made = Translator({}, _Parser()).translate(staged.stage(template()), {"LogDays": "30"})
    return dict(made["Resources"])


class _Parser:
    def parse(self, *_: object, **__: object) -> None:
        """Take the template as it is."""


def test_requests_go_to_the_alias_and_what_waits_in_queues_does_not(translated: dict[str, Any]) -> None:
    aliases = {name for name, one in translated.items() if one["Type"] == "AWS::Lambda::Alias"}
    assert aliases == {f"{name}Aliaslive" for name in staged.STAGED}
    assert translated["Permission"]["Properties"]["FunctionName"] == {"Ref": "APIHandlerAliaslive"}
    task = translated["Machine"]["Properties"]["DefinitionSubstitutions"]["TaskArn"]
    assert task == {"Ref": "TransferTaskAliaslive"}
    assert "${APIHandlerAliaslive}" in translated["Topic"]["Properties"]["DisplayName"]["Fn::Sub"]
    assert translated["LogDays"]["Properties"]["DisplayName"] == {"Fn::GetAtt": ["Mailer", "Arn"]}


def test_each_alias_moves_by_a_canary_after_the_hook_and_back_by_alarms(translated: dict[str, Any]) -> None:
    groups = [one for one in translated.values() if one["Type"] == "AWS::CodeDeploy::DeploymentGroup"]
    assert len(groups) == len(staged.STAGED)
    for group in groups:
        assert staged.PREFERENCE in json.dumps(group["Properties"]["DeploymentConfigName"])
        watched = [one["Name"] for one in group["Properties"]["AlarmConfiguration"]["Alarms"]]
        assert watched == [{"Ref": name} for name in staged.ALARMS]
        rollback = group["Properties"]["AutoRollbackConfiguration"]
        assert rollback["Enabled"] is True
        assert {"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"} <= set(rollback["Events"])
    for name, hook in (("APIHandler", "PreTraffic"), ("Authorize", "PreTraffic"), ("TransferTask", "PreTransfers")):
        update = translated[f"{name}Aliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        assert update["BeforeAllowTrafficHook"] == {"Ref": hook}


def test_hook_asks_the_version_that_it_lets_in_and_no_other(translated: dict[str, Any]) -> None:
    for hook, variable, function in (
        ("PreTransfers", "TRANSFERS", "TransferTask"),
        ("PreTraffic", "API", "APIHandler"),
    ):
        variables = translated[hook]["Properties"]["Environment"]["Variables"]
        assert variables.keys() - {"HEALTH"} == {variable}
        assert variables[variable]["Ref"].startswith(f"{function}Version")
        [asked] = [
            one["Resource"]
            for one in translated[f"{hook}Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
            if one["Action"] == "lambda:InvokeFunction"
        ]
        assert asked == variables[variable]


def test_alarm_that_a_deployment_heeds_does_not_wait_for_the_workflow(translated: dict[str, Any]) -> None:
    [dimension] = translated["TransfersFailAlarm"]["Properties"]["Dimensions"]
    arn = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:florin-${Stage}-transfer"
    assert dimension["Value"] == {"Fn::Sub": arn}


def version_of(properties: dict[str, Any], layer: str) -> str:
    """Return the resource of the version of `transfer_task` that SAM publishes."""
    made = template()
    made["Resources"]["TransferTask"]["Properties"] |= {"Layers": [{"Ref": "ManagedLayer"}], **properties}
    made["Resources"]["ManagedLayer"] = {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": layer}}
    translated = Translator({}, _Parser()).translate(staged.stage(made), {"LogDays": "30"})["Resources"]
    [version] = [name for name in translated if name.startswith("TransferTaskVersion")]
    return str(version)


@pytest.mark.parametrize(
    ("properties", "layer"),
    [
        ({}, "s3://bucket/new-packages.zip"),
        ({"MemorySize": 1024}, "s3://bucket/packages.zip"),
        ({"Environment": {"Variables": {"CLEARING": "on"}}}, "s3://bucket/packages.zip"),
        ({"CodeUri": "s3://bucket/new-code.zip"}, "s3://bucket/packages.zip"),
    ],
)
def test_whatever_changes_a_function_is_a_new_version(
    properties: dict[str, Any], layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    before = version_of({}, "s3://bucket/packages.zip")
    assert version_of({}, "s3://bucket/packages.zip") == before
    assert version_of(properties, layer) != before


def test_forced_deployment_heeds_no_alarm() -> None:
    forced = staged.stage(template(), past_alarms=True)["Resources"]["APIHandler"]["Properties"]
    assert "Alarms" not in forced["DeploymentPreference"]


def test_versions_that_cannot_work_beside_old_ones_go_over_at_once() -> None:
    staged_at_once = staged.stage(template(), is_all_at_once=True)["Resources"]["APIHandler"]["Properties"]
    preference = staged_at_once["DeploymentPreference"]
    assert preference["Type"] == "AllAtOnce"
    assert preference["Hooks"] == {"PreTraffic": {"Ref": "PreTraffic"}}


def with_workflow(comment: str) -> dict[str, Any]:
    workflow = {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": {"Comment": comment}}}
    made = template()
    return made | {"Resources": made["Resources"] | {generation.WORKFLOW: workflow}}


def deployed(made: dict[str, Any]) -> dict[str, Any]:
    """The stack of a template, as CloudFormation describes it."""
    outputs = {"EndpointURL": {"Value": "https://api"}, **made["Outputs"]}
    return {"Outputs": [{"OutputKey": name, "OutputValue": one["Value"]} for name, one in outputs.items()]}


def test_version_with_the_same_workflow_works_beside_the_deployed_one() -> None:
    stack = deployed(staged.stage(with_workflow("screen, then post")))
    assert generation.is_other(stack, with_workflow("screen, then post")) is False


def test_version_with_another_workflow_does_not_work_beside_the_deployed_one() -> None:
    stack = deployed(staged.stage(with_workflow("screen, then post")))
    assert generation.is_other(stack, with_workflow("post what is screened")) is True


def test_version_with_another_number_does_not_work_beside_the_deployed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    stack = deployed(staged.stage(with_workflow("the same")))
    monkeypatch.setattr(generation, "NUMBER", generation.NUMBER + 1)
    assert generation.is_other(stack, with_workflow("the same")) is True


def test_bank_that_an_earlier_version_has_deployed_is_of_another_generation() -> None:
    earlier = {"Outputs": [{"OutputKey": "EndpointURL", "OutputValue": "https://api"}]}
    assert generation.is_other(earlier, with_workflow("any")) is True


@pytest.mark.parametrize("stack", [None, {"StackStatus": "CREATE_FAILED"}])
def test_first_deployment_has_no_other_generation(stack: dict[str, Any] | None) -> None:
    assert generation.is_other(stack, with_workflow("any")) is False


def test_alarms_that_take_a_deployment_back_wake_someone() -> None:
    assert set(staged.ALARMS) <= {alarm.resource_name for alarm in WAKING}


class Cloud:
    """Lambda and CodeDeploy to the hook: a probe and a health that it gets, and the status that it tells."""

    def __init__(self, probe: dict[str, Any], health: int) -> None:
        self.answers, self.status = {"transfers": probe, "api": {"statusCode": health}}, ""

    def client(self, _: str) -> "Cloud":
        return self

    def invoke(self, FunctionName: str, Payload: str) -> dict[str, Any]:
        assert json.loads(Payload)
        answer = self.answers[FunctionName]
        failed = {"FunctionError": "Unhandled"} if "errorMessage" in answer else {}
        return {"Payload": _Body(json.dumps(answer)), **failed}

    def put_lifecycle_event_hook_execution_status(self, status: str, **_: str) -> None:
        self.status = status


class _Body:
    def __init__(self, text: str) -> None:
        self.text = text

    def read(self) -> str:
        return self.text


@pytest.mark.parametrize(
    ("probe", "health", "status"),
    [
        ({"status": "posted", "problem": None}, 200, "Succeeded"),
        ({"status": "refused", "problem": "the ledger has 1 entry"}, 200, "Failed"),
        ({"errorMessage": "AccessDenied"}, 200, "Failed"),
        ({"status": "posted", "problem": None}, 503, "Failed"),
    ],
)
def test_hook_refuses_a_version_that_does_not_post_or_is_not_healthy(
    probe: dict[str, Any], health: int, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = Cloud(probe, health)
    monkeypatch.setattr("boto3.client", cloud.client)
    for name, value in (("TRANSFERS", "transfers"), ("API", "api"), ("HEALTH", json.dumps(hooks.HEALTH))):
        monkeypatch.setenv(name, value)
    space: dict[str, Any] = {}
    exec(hooks.HOOK_CODE, space)  # noqa: S102 — the code of the function, as the template has it
    space["handle"]({"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "hook-1"}, None)
    assert cloud.status == status


def test_hook_of_transfers_asks_no_api(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud({"status": "posted", "problem": None}, 503)
    monkeypatch.setattr("boto3.client", cloud.client)
    monkeypatch.setenv("TRANSFERS", "transfers")
    space: dict[str, Any] = {}
    exec(hooks.HOOK_CODE, space)  # noqa: S102 — the code of the function, as the template has it
    space["handle"]({"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "hook-1"}, None)
    assert cloud.status == "Succeeded"


class Functions:
    """A function with six versions, of which the alias names the oldest but one and the newest."""

    def __init__(self) -> None:
        self.deleted: list[str] = []

    def get_paginator(self, name: str) -> "Functions":
        self.page = {
            "list_versions_by_function": {"Versions": [{"Version": one} for one in ("$LATEST", *"123456")]},
            "list_aliases": {
                "Aliases": [{"FunctionVersion": "6", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}}]
            },
        }[name]
        return self

    def paginate(self, **_: str) -> list[Any]:
        return [self.page]

    def delete_function(self, FunctionName: str, Qualifier: str) -> None:
        assert FunctionName == "florin-prod-api"
        self.deleted.append(Qualifier)


def test_old_versions_are_deleted_but_for_the_newest_and_those_in_use() -> None:
    functions = Functions()
    assert versions.prune(functions, ["florin-prod-api"]) == 2
    assert functions.deleted == ["1", "3"]
