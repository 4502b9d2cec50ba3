"""What every resource that has data must have, also those that are added later."""

import json
from typing import Any

import pytest

from tests.unit.infra.aws_template import packaged

Resource = dict[str, Any]
STAGES = ("dev", "prod")


def of_type(stage: str, kind: str) -> dict[str, Resource]:
    """Return the resources of a type by their names."""
    return {name: one for name, one in packaged(stage)["Resources"].items() if one["Type"] == kind}


def statements_of(stage: str, bucket: str) -> list[Resource]:
    """Return the statements of a bucket's policy, which holds on AWS."""
    policies = of_type(stage, "AWS::S3::BucketPolicy").values()
    [found] = [one["Properties"] for one in policies if one["Properties"]["Bucket"] == {"Ref": bucket}]
    listed: list[Resource] = found["PolicyDocument"]["Statement"]
    return listed


@pytest.mark.parametrize("stage", STAGES)
def test_every_bucket_is_private_and_takes_no_request_without_tls(stage: str) -> None:
    buckets = of_type(stage, "AWS::S3::Bucket")
    assert {"ConsoleBucket", "DigestBucket", "ExportBucket", "StatementBucket", "AccessLogBucket"} <= buckets.keys()
    for name, bucket in buckets.items():
        blocked = bucket["Properties"]["PublicAccessBlockConfiguration"]
        assert len(blocked) == 4, name
        assert all(blocked.values()), name
        assert bucket["Properties"]["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, (
            name
        )
        [denied] = [one for one in statements_of(stage, name) if "aws:SecureTransport" in json.dumps(one)]
        assert (denied["Effect"], denied["Principal"], denied["Action"]) == ("Deny", "*", "s3:*"), name
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}, name
        assert denied["Resource"] == [{"Fn::GetAtt": [name, "Arn"]}, {"Fn::Sub": f"${{{name}.Arn}}/*"}], name


@pytest.mark.parametrize("stage", STAGES)
def test_no_policy_of_a_bucket_allows_anybody_but_a_service_of_aws(stage: str) -> None:
    for name in of_type(stage, "AWS::S3::Bucket"):
        for one in statements_of(stage, name):
            assert one["Effect"] == "Deny" or (
                set(one["Principal"]) == {"Service"} and "aws:SourceArn" in json.dumps(one)
            )


def test_nobody_puts_an_object_over_another_one_in_the_archive_of_prod() -> None:
    archive = of_type("prod", "AWS::S3::Bucket")["DigestBucket"]["Properties"]
    assert (archive["ObjectLockEnabled"], archive["VersioningConfiguration"]) == (True, {"Status": "Enabled"})
    modes = packaged("prod")["Mappings"]["Digests"]["prod"]
    assert modes["RetentionMode"] == "COMPLIANCE"
    assert modes["RetentionDays"] >= 3650
    [over] = [one for one in statements_of("prod", "DigestBucket") if one["Action"] == "s3:PutObject"]
    assert (over["Effect"], over["Principal"]) == ("Deny", "*")
    assert over["Condition"]["Null"] == {"s3:if-none-match": "true"}


@pytest.mark.parametrize("stage", STAGES)
def test_every_queue_is_encrypted_and_open_to_the_account_alone(stage: str) -> None:
    """A queue without a policy takes requests of its own account only, as the policies of roles allow."""
    for name, queue in of_type(stage, "AWS::SQS::Queue").items():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True, name
    assert of_type(stage, "AWS::SQS::QueuePolicy") == {}


@pytest.mark.parametrize("stage", STAGES)
def test_gateway_and_distribution_take_tls_of_today(stage: str) -> None:
    resources = packaged(stage)["Resources"]
    policy = resources["RestAPI"]["Properties"]["SecurityPolicy"]["Fn::If"]
    assert policy[:2] == ["OnAws", "SecurityPolicy_TLS13_1_2_2021_06"]
    distribution = resources["ConsoleDistribution"]["Properties"]["DistributionConfig"]
    own = distribution["ViewerCertificate"]["Fn::If"][1]
    assert own["MinimumProtocolVersion"] == "TLSv1.2_2021"
    behaviors = [distribution["DefaultCacheBehavior"], *distribution["CacheBehaviors"]]
    assert {one["ViewerProtocolPolicy"] for one in behaviors} == {"redirect-to-https", "https-only"}


def test_the_secret_of_the_distribution_is_never_shown() -> None:
    assert packaged("prod")["Parameters"]["EdgeSecret"]["NoEcho"] is True


@pytest.mark.parametrize("stage", STAGES)
def test_no_function_gets_a_secret_by_its_environment(stage: str) -> None:
    """Whoever may describe a function reads its environment: secrets are in parameters, by their names."""
    for name, function in of_type(stage, "AWS::Serverless::Function").items():
        variables = function["Properties"].get("Environment", {}).get("Variables", {})
        secret = [one for one in variables if any(word in one for word in ("SECRET", "PASSWORD", "TOKEN", "PRIVATE"))]
        assert set(secret) <= {"EDGE_SECRET_NAME", "METRICS_TOKEN_NUMBER"}, name
        assert "EdgeSecret" not in json.dumps(variables), name


def test_keys_that_sign_or_wrap_stay_with_the_account() -> None:
    keys = of_type("prod", "AWS::KMS::Key")
    assert keys["DigestKey"]["Properties"]["KeyUsage"] == "SIGN_VERIFY"
    for name, key in keys.items():
        for one in key["Properties"]["KeyPolicy"]["Statement"]:
            is_account = ":root" in json.dumps(one["Principal"])
            is_bound = "kms:CallerAccount" in json.dumps(one.get("Condition", {}))
            assert one["Effect"] == "Deny" or is_account or is_bound, (name, one["Sid"])


@pytest.mark.parametrize("stage", STAGES)
def test_no_workflow_logs_what_it_is_about(stage: str) -> None:
    """The input of a transfer has who pays whom, and may have a PIN."""
    machines = {
        name: one for name, one in packaged(stage)["Resources"].items() if one["Type"].endswith("::StateMachine")
    }
    assert "TransferStateMachine" in machines
    for name, machine in machines.items():
        logging = machine["Properties"].get("LoggingConfiguration") or machine["Properties"]["Logging"]
        assert (logging["Level"], logging["IncludeExecutionData"]) == ("ERROR", False), name


@pytest.mark.parametrize("stage", STAGES)
def test_every_group_of_logs_forgets(stage: str) -> None:
    for name, group in of_type(stage, "AWS::Logs::LogGroup").items():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogDays"}, name
