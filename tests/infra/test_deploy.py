"""Deploying again, deploying what is broken, deploying with the dependency layer."""

import json
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from chalicelib import clock
from infra.build import package
from infra.deploy import change_set
from infra.deploy.bootstrap import bootstrap
from infra.deploy.first_admin import find_admin
from infra.errors import CommandError
from tests.packages import PACKAGES
from tests.stack import Stack, running_stack
from tests.workflow.bank import register

HALF_AN_ALARM = {"Namespace": "AWS/Lambda", "MetricName": "Errors", "Period": 60, "EvaluationPeriods": 1}
OTHER_HALF = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 1, "Statistic": "Sum"}


def test_deploying_the_same_again_changes_nothing(stack: Stack) -> None:
    url, admin = stack.url, stack.admin
    assert stack.deploy() is False
    assert (stack.url, stack.admin) == (url, admin)


def test_a_second_deployer_leaves_the_admin_as_it_is(stack: Stack, tmp_path: Path) -> None:
    elsewhere = replace(stack.settings, state_root=tmp_path)
    assert bootstrap(stack.cloud, elsewhere) is None
    assert find_admin(elsewhere) is None
    assert bootstrap(stack.cloud, stack.settings) == stack.admin


def test_packaging_the_same_again_gives_the_same(stack: Stack, tmp_path: Path) -> None:
    before, again = (replace(stack.settings, build_root=root) for root in (PACKAGES, tmp_path))
    assert package.package(again) is True
    assert package.package(again) is False
    assert _content(again.package_dir) == _content(before.package_dir)


def test_a_failed_stack_names_the_resource_and_goes_on_when_that_is_mended(stack: Stack, tmp_path: Path) -> None:
    settings = replace(stack.settings, stage="dev", build_root=tmp_path)
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "fine"}}
    broken: dict[str, Any] = {"Type": "AWS::CloudWatch::Alarm", "DependsOn": "Topic", "Properties": HALF_AN_ALARM}
    _write_template(settings.package_dir, {"Topic": topic, "Broken": broken})
    with pytest.raises(CommandError) as raised:
        change_set.deploy(stack.cloud, settings)
    assert "florin-dev" in raised.value.problem
    assert "Broken (AWS::CloudWatch::Alarm): " in raised.value.advice
    made_before = _physical_id(stack, "Topic")
    mended = broken | {"Properties": HALF_AN_ALARM | OTHER_HALF}
    _write_template(settings.package_dir, {"Topic": topic, "Broken": mended})
    assert change_set.deploy(stack.cloud, settings) is True
    assert _physical_id(stack, "Topic") == made_before
    stack.client("cloudformation").delete_stack(StackName="florin-dev")


def test_the_dependency_layer_is_enough_to_run_on(tmp_path: Path) -> None:
    with running_stack(tmp_path, with_layer=True) as stack:
        function = stack.client("lambda").get_function_configuration(FunctionName="florin-local-api")
        assert len(function["Layers"]) == 1
        with urllib.request.urlopen(f"{stack.url}/v1/health", timeout=30) as answer:
            assert answer.status == 200
        printer = stack.client("lambda").get_function_configuration(FunctionName="florin-local-statement-task")
        assert len(printer["Layers"]) == 2
        customer = register(stack.url)
        path = f"/v1/accounts/{customer.open_account()['id']}/statements/{clock.now():%Y-%m}?format=pdf"
        signed_in = {"Authorization": f"Bearer {customer.token}"}
        link = requests.get(stack.url + path, headers=signed_in, allow_redirects=False, timeout=60)
        assert requests.get(link.headers["Location"], timeout=60).content.startswith(b"%PDF")


def _physical_id(stack: Stack, logical_id: str) -> str:
    resource = stack.client("cloudformation").describe_stack_resource(
        StackName="florin-dev", LogicalResourceId=logical_id
    )
    return str(resource["StackResourceDetail"]["PhysicalResourceId"])


def _content(package_dir: Path) -> tuple[str, str]:
    return package.content_hash(package_dir / "deployment.zip"), (package_dir / "sam.json").read_text()


def _write_template(package_dir: Path, resources: dict[str, Any]) -> None:
    package_dir.mkdir(parents=True, exist_ok=True)
    parameters = {"Home": {"Type": "String"}}
    (package_dir / "sam.json").write_text(json.dumps({"Parameters": parameters, "Resources": resources}))
