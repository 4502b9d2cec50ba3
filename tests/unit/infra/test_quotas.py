"""The templates of dev and prod fit the quotas of AWS, which no emulator enforces."""

import json
from collections import Counter
from typing import Any

import pytest

from infra.deploy import concurrency, staged
from tests.unit.infra.aws_template import ACCOUNT, REGION, Template, as_text, circles, packaged, references, translated

STAGES = ("dev", "prod")
pytestmark = pytest.mark.parametrize("stage", STAGES)


def of_type(template: Template, kind: str) -> dict[str, Template]:
    """Return the properties of all resources of a type, by name."""
    found = template["Resources"].items()
    return {name: one.get("Properties", {}) for name, one in found if one["Type"] == f"AWS::{kind}"}


def names(stage: str) -> dict[str, str]:
    return {
        "Stage": stage,
        "AWS::Partition": "aws",
        "AWS::Region": REGION,
        "AWS::AccountId": ACCOUNT,
        "AWS::NoValue": "",
        "AWS::URLSuffix": "amazonaws.com",
    }


def packed_json(value: Any) -> str:
    """Return JSON without spaces, as IAM and Lambda count."""
    return json.dumps(value, separators=(",", ":"))


def test_no_resources_wait_for_each_other(stage: str) -> None:
    """CloudFormation refuses a change set with a circular dependency. It counts UpdatePolicy, which names the hooks."""
    assert circles(translated(stage)["Resources"]) == set()


def test_hook_that_names_the_api_before_the_task_of_transfers_would_be_circular(stage: str) -> None:
    resources = dict(translated(stage)["Resources"])
    resources["PreTransfers"] = {**resources["PreTransfers"], "DependsOn": "APIHandler"}
    assert {"APIHandler", "TransferStateMachine", "TransferTaskAliaslive"} <= circles(resources)


def test_stack_has_at_most_500_resources_200_parameters_and_200_outputs(stage: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html."""
    template = translated(stage)
    assert len(template["Resources"]) <= 500
    assert len(template["Parameters"]) <= 200
    assert len(template["Outputs"]) <= 200


def test_template_has_at_most_one_megabyte_before_and_after_the_transform(stage: str) -> None:
    """A tenth of CloudFormation's limit is left, so that a new path does not stop a deployment."""
    uploaded = staged.stage(packaged(stage))
    assert max(len(packed_json(uploaded)), len(packed_json(translated(stage)))) <= 900_000


def test_api_has_at_most_300_resources_and_ten_authorizers(stage: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html."""
    definition = packaged(stage)["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    paths = [path.strip("/").split("/") for path in definition["paths"]]
    nodes = {tuple(parts[:depth]) for parts in paths for depth in range(len(parts) + 1)}
    assert len(nodes) <= 300
    assert len(definition["securityDefinitions"]) <= 10


def test_functions_that_a_client_waits_for_end_before_api_gateway_does(stage: str) -> None:
    """API Gateway waits 29 seconds for an integration, and ten for an authorizer."""
    functions = of_type(packaged(stage), "Serverless::Function")
    assert functions["APIHandler"]["Timeout"] < 29
    assert functions["Authorize"]["Timeout"] <= 10
    assert all(one["Timeout"] <= 900 for one in functions.values())


def test_names_of_functions_have_at_most_64_characters(stage: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html."""
    functions = of_type(translated(stage), "Lambda::Function")
    assert all(len(as_text(one["FunctionName"], names(stage))) <= 64 for one in functions.values())


def test_variables_of_a_function_have_at_most_four_kilobytes(stage: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. Lambda refuses names of its own."""
    for name, function in of_type(translated(stage), "Lambda::Function").items():
        variables = as_text(function.get("Environment", {}).get("Variables", {}), names(stage))
        assert len(packed_json(variables)) <= 4096, name
        assert not [one for one in variables if one.startswith(("AWS_", "LAMBDA_", "_"))], name


def test_reserved_concurrency_leaves_a_hundred_of_an_accounts_thousand(stage: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html: 100 stay for all other functions.

    A new account has ten, of which nothing can be reserved: `make deploy` compares both.
    """
    assert concurrency.sum_reservations(packaged(stage)) == {"dev": 0, "prod": 600}[stage]
    assert concurrency.sum_reservations(packaged(stage)) + concurrency.UNRESERVED_MIN <= 1000


def test_role_has_at_most_10240_characters_of_inline_policies(stage: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: spaces are not counted."""
    for name, role in of_type(translated(stage), "IAM::Role").items():
        policies = as_text([one["PolicyDocument"] for one in role.get("Policies", [])], names(stage))
        trust = as_text(role["AssumeRolePolicyDocument"], names(stage))
        assert sum(len(packed_json(one)) for one in policies) <= 10_240, name
        assert len(packed_json(trust)) <= 2048, name
        assert all("\x20" <= character <= "\xff" for character in packed_json([policies, trust])), name


def test_stage_with_access_logs_waits_for_the_accounts_role(stage: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html."""
    resources = translated(stage)["Resources"]
    waited_for = {name for name in references(resources["RestAPIapiStage"]) if name in resources}
    assert "ApiAccount" in {one for name in waited_for for one in references(resources[name])}


def test_no_role_or_policy_has_a_name_of_its_own(stage: str) -> None:
    """The deploy tool gives CAPABILITY_IAM alone: CloudFormation refuses IAM resources with names under it."""
    named = {"RoleName", "UserName", "GroupName", "ManagedPolicyName", "InstanceProfileName"}
    for resource in translated(stage)["Resources"].values():
        if resource["Type"].startswith("AWS::IAM::"):
            assert not named & resource["Properties"].keys()


def test_bucket_has_a_name_that_no_other_account_has(stage: str) -> None:
    """Names of buckets are of all accounts and regions, at most 63 characters of lower case."""
    for bucket in of_type(translated(stage), "S3::Bucket").values():
        assert {"AWS::AccountId", "Stage"} <= set(_names_in(bucket["BucketName"]["Fn::Sub"]))
        text = as_text(bucket["BucketName"], names(stage))
        assert len(text) <= 63
        assert text == text.lower()


def _names_in(text: str) -> list[str]:
    return [part.partition("}")[0] for part in text.split("${")[1:]]


def test_stream_has_at_most_two_readers(stage: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html: a third one is throttled."""
    sources = of_type(translated(stage), "Lambda::EventSourceMapping").values()
    readers = Counter(packed_json(one["EventSourceArn"]) for one in sources)
    assert max(readers.values()) <= 2


def test_source_has_at_most_five_filters(stage: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html: ten, if AWS is asked for them."""
    for source in of_type(translated(stage), "Lambda::EventSourceMapping").values():
        filters = source.get("FilterCriteria", {}).get("Filters", [])
        assert len(filters) <= 5
        assert all(len(one["Pattern"]) <= 4096 for one in filters)


def test_queue_hides_a_message_for_longer_than_its_reader_may_take(stage: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: Lambda refuses the source otherwise."""
    template = translated(stage)
    queues, functions = of_type(template, "SQS::Queue"), of_type(template, "Lambda::Function")
    for source in of_type(template, "Lambda::EventSourceMapping").values():
        queue = queues.get(source["EventSourceArn"]["Fn::GetAtt"][0])
        if queue:
            assert queue["VisibilityTimeout"] >= functions[source["FunctionName"]["Ref"]]["Timeout"]


def test_rule_has_at_most_five_targets_and_a_name_of_64_characters(stage: str) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html."""
    for rule in of_type(translated(stage), "Events::Rule").values():
        assert len(rule["Targets"]) <= 5
        assert len(as_text(rule.get("Name", ""), names(stage))) <= 64
        assert len(rule.get("Description", "")) <= 512


def test_workflow_has_at_most_one_megabyte_and_a_name_of_80_characters(stage: str) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html."""
    for machine in of_type(translated(stage), "StepFunctions::StateMachine").values():
        assert len(packed_json(machine["Definition"])) <= 1_000_000
        assert len(as_text(machine["StateMachineName"], names(stage))) <= 80


def test_policy_of_a_key_has_at_most_32_kilobytes(stage: str) -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html."""
    for key in of_type(translated(stage), "KMS::Key").values():
        assert len(packed_json(as_text(key["KeyPolicy"], names(stage)))) <= 32_768


def test_alarm_of_alarms_has_a_rule_of_at_most_10240_characters(stage: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html."""
    for alarm in of_type(translated(stage), "CloudWatch::CompositeAlarm").values():
        rule = as_text(alarm["AlarmRule"], names(stage))
        assert len(rule) <= 10_240
        assert rule.count("ALARM(") <= 100


def test_deployment_heeds_at_most_ten_alarms(stage: str) -> None:
    """https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html."""
    for group in of_type(translated(stage), "CodeDeploy::DeploymentGroup").values():
        assert len(group["AlarmConfiguration"]["Alarms"]) <= 10


def test_firewall_stands_before_the_api_for_cloudfronts_would_need_another_region(stage: str) -> None:
    """https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html."""
    assert all(one["Scope"] == "REGIONAL" for one in of_type(translated(stage), "WAFv2::WebACL").values())


def test_names_of_two_stages_in_an_account_differ(stage: str) -> None:
    """A name that AWS does not make itself has the stage in it."""
    given = {"TableName", "QueueName", "TopicName", "StateMachineName", "FunctionName", "AlarmName", "DashboardName"}
    for name, resource in packaged(stage)["Resources"].items():
        for key, value in resource.get("Properties", {}).items():
            if key in given and resource["Type"] != "AWS::Lambda::Permission":
                assert "Stage" in set(references(value)), (name, key)
