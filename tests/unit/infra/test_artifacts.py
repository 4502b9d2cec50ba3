"""What is uploaded for AWS: a canary where new functions can work beside the deployed ones, and else none."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.build import manifest
from infra.deploy import artifacts, generation, staged
from infra.settings import Settings

FUNCTIONS = {name: {"Type": "AWS::Serverless::Function", "Properties": {}} for name in staged.STAGED}
WORKFLOW = {"Type": "AWS::Serverless::StateMachine", "Properties": {"Definition": {"Comment": "screen and post"}}}
TEMPLATE: dict[str, Any] = {"Resources": {**FUNCTIONS, generation.WORKFLOW: WORKFLOW}}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(stage="dev", target="aws", build_root=tmp_path)
    made.package_dir.mkdir(parents=True)
    (made.package_dir / "sam.json").write_text(json.dumps(TEMPLATE))
    manifest.write(made)
    return made


def preference_after(settings: Settings, number: str) -> str:
    """Return how a deployment goes over whose stack has a generation."""
    s3 = SimpleNamespace(
        meta=SimpleNamespace(endpoint_url="https://s3.example"), head_bucket=lambda **_: {}, head_object=lambda **_: {}
    )
    cloud: Any = SimpleNamespace(client=lambda _: s3, account_id=lambda: "123456789012")
    stack = {"Outputs": [{"OutputKey": generation.OUTPUT, "OutputValue": number}]}
    uploaded = artifacts.upload(cloud, settings, stack)
    preference = uploaded.body["Resources"]["TransferTask"]["Properties"]["DeploymentPreference"]
    return str(preference["Type"])


def test_deployment_over_the_same_generation_has_a_canary(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert preference_after(settings, generation.of_template(TEMPLATE)) == staged.PREFERENCE
    assert capsys.readouterr().out == ""


def test_deployment_over_another_generation_goes_over_at_once_and_says_so(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert preference_after(settings, "0-another") == "AllAtOnce"
    assert "There is no canary" in capsys.readouterr().out
