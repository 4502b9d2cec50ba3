"""What the template says of tracing: everything is traced on AWS where the parameter says so, and may write traces."""

import pytest

from infra.build import functions
from infra.build.template import merged_fragments
from infra.settings import ROOT, STAGES, Settings

EITHER = "TracesAll"


@pytest.mark.parametrize("stage", STAGES)
def test_every_function_and_workflow_is_traced_and_may_write_traces(stage: str) -> None:
    resources = merged_fragments(Settings(stage=stage))["Resources"]
    for function in functions.names(ROOT):
        mode = resources[functions.resource_name(function)]["Properties"]["Tracing"]
        assert mode == {"Fn::If": [EITHER, "Active", "PassThrough"]}
        assert resources[functions.role_name(function)]["Properties"]["ManagedPolicyArns"]["Fn::If"][0] == EITHER
    machines = [name for name, one in resources.items() if one.get("Type") == "AWS::StepFunctions::StateMachine"]
    assert len(machines) >= 6
    for name in machines:
        assert resources[name]["Properties"]["TracingConfiguration"] == {"Enabled": {"Fn::If": [EITHER, True, False]}}
        assert resources[f"{name}Role"]["Properties"]["ManagedPolicyArns"]["Fn::If"][0] == EITHER


def test_prod_alone_traces_by_default_and_no_emulator_does() -> None:
    defaults = {stage: merged_fragments(Settings(stage=stage))["Parameters"]["Tracing"]["Default"] for stage in STAGES}
    assert defaults == dict.fromkeys(STAGES, "off") | {"prod": "on"}
    condition = merged_fragments(Settings(stage="prod"))["Conditions"][EITHER]
    assert condition["Fn::And"][0] == {"Condition": "OnAws"}
