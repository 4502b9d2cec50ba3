"""Lets X-Ray trace functions and workflows, without a library in them, where the parameter `Tracing` says so.

The stage of the API is traced anyway (edge.yaml): a request that is traced there is traced in what it calls. This adds
what no request begins: schedules, streams and queues.
"""

from typing import Any

from infra.build import functions
from infra.settings import Settings

TRACES = "TracesAll"
WRITES_TRACES = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AWSXRayDaemonWriteAccess"}


def fragment(settings: Settings, merged: dict[str, Any]) -> dict[str, Any]:
    """Return what the template says of tracing, for each function and each state machine of the other fragments."""
    resources: dict[str, Any] = {}
    for function in functions.names(settings.root):
        resources[functions.resource_name(function)] = {"Properties": {"Tracing": _either("Active", "PassThrough")}}
        resources[functions.role_name(function)] = _role()
    for name, resource in merged["Resources"].items():
        if resource.get("Type") == "AWS::StepFunctions::StateMachine":
            resources[name] = {"Properties": {"TracingConfiguration": {"Enabled": _either(True, False)}}}
            resources[f"{name}Role"] = _role()
    return {
        "Parameters": {
            "Tracing": {
                "Type": "String",
                "Default": "off",
                "AllowedValues": ["on", "off"],
                "Description": "Whether X-Ray traces what no request begins, such as schedules.",
            }
        },
        "Conditions": {
            TRACES: {"Fn::And": [{"Condition": "OnAws"}, {"Fn::Equals": [{"Ref": "Tracing"}, "on"]}]},
        },
        "Resources": resources,
    }


def _either(traced: object, untraced: object) -> dict[str, Any]:
    return {"Fn::If": [TRACES, traced, untraced]}


def _role() -> dict[str, Any]:
    return {"Properties": {"ManagedPolicyArns": _either([WRITES_TRACES], {"Ref": "AWS::NoValue"})}}
