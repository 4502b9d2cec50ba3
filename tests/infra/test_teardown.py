"""Removing a bank from an emulator that runs on."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from infra.deploy import change_set, teardown
from infra.errors import CommandError
from infra.targets import Cloud, emulator_session
from tests.stack import Stack

LOCKED = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}


def test_a_stage_goes_with_all_that_is_in_it_and_no_other(stack: Stack, tmp_path: Path) -> None:
    settings = replace(stack.settings, stage="dev", build_root=tmp_path)
    versioned = {"VersioningConfiguration": {"Status": "Enabled"}, "ObjectLockEnabled": True}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "florin-dev-digests", **versioned}}
    settings.package_dir.mkdir(parents=True)
    told = {"Parameters": {"Home": {"Type": "String"}}, "Resources": {"Bucket": bucket}}
    (settings.package_dir / "sam.json").write_text(json.dumps(told))
    change_set.deploy(stack.cloud, settings)
    storage, parameters = stack.client("s3"), stack.client("ssm")
    storage.put_object_lock_configuration(Bucket="florin-dev-digests", ObjectLockConfiguration=LOCKED)
    storage.put_object(Bucket="florin-dev-digests", Key="digests/1", Body=b"{}")
    for name in ("/florin/dev/jwks", "/florin/dev/webhook-keys", "/florin/dev/private/keys"):
        parameters.put_parameter(Name=name, Value="{}", Type="String")
    assert teardown.remove(stack.cloud, settings) is True
    assert teardown.remove(stack.cloud, settings) is False
    assert [one["Name"] for one in storage.list_buckets()["Buckets"] if "florin-dev" in one["Name"]] == []
    assert [one["Name"] for one in parameters.describe_parameters()["Parameters"] if "/dev/" in one["Name"]] == []
    assert change_set.stands(stack.cloud, stack.settings.stack_name)
    assert stack.deploy() is False


def test_nothing_is_removed_from_aws(stack: Stack) -> None:
    with pytest.raises(CommandError, match="on AWS is not removed"):
        teardown.remove(Cloud(None, emulator_session()), stack.settings)
