"""Makes a deployment on AWS go over in stages: versions behind an alias, CodeDeploy's canary, a hook, and alarms.

The template has one function where AWS has versions, because no emulator has CodeDeploy. What customers' requests run
through is put behind the alias `live` when a template is uploaded for AWS.
"""

import hashlib
import json
from typing import Any

from infra.deploy import generation, hooks

ALIAS = "live"
STAGED = ("APIHandler", "Authorize", "TransferTask")
"""The functions on the path of a customer's request. The others work behind queues and streams, which try again."""
PREFERENCE = "Canary10Percent5Minutes"
ALARMS = ("Api5xxAlarm", "TransfersFailAlarm", "AuthorizerFailsAlarm", "WritesGivenUpAlarm")
"""Alarms that take a deployment back. Each names money or sign-ins that fail."""


def stage(template: dict[str, Any], *, past_alarms: bool = False, is_all_at_once: bool = False) -> dict[str, Any]:
    """Return a template whose staged functions are behind the alias. `past_alarms`: no alarm takes it back.

    `is_all_at_once`: the new versions get all requests after the hook, for versions that cannot work beside old ones.
    """
    staged: dict[str, Any] = _through_alias(template)
    resources = staged["Resources"]
    alarms = [{"Ref": name} for name in ALARMS if name in resources and not past_alarms]
    for name in STAGED:
        resources[name]["Properties"] |= {
            "AutoPublishAlias": ALIAS,
            "AutoPublishCodeSha256": _fingerprint(resources[name]["Properties"], resources),
            "DeploymentPreference": {
                "Type": "AllAtOnce" if is_all_at_once else PREFERENCE,
                "Hooks": {"PreTraffic": {"Ref": hooks.HOOKS[name].resource}},
                **({"Alarms": alarms} if alarms else {}),
            },
        }
    resources |= {name: _without_reference(resources[name], resources) for name in ALARMS if name in resources}
    resources |= hooks.resources()
    staged["Outputs"] = {**staged.get("Outputs", {}), generation.OUTPUT: {"Value": generation.of_template(template)}}
    return staged


def _fingerprint(function: dict[str, Any], resources: dict[str, Any]) -> str:
    """Return a hash of all that a function is, by which SAM decides on a new version.

    SAM itself looks at code, variables and memory: new packages in a layer would reach no request.
    """
    layers = [resources.get(one.get("Ref", ""), one) for one in function.get("Layers", [])]
    return hashlib.sha256(json.dumps([function, layers], sort_keys=True).encode()).hexdigest()


def _without_reference(alarm: dict[str, Any], resources: dict[str, Any]) -> dict[str, Any]:
    """Return an alarm that names a workflow by its ARN as text.

    The workflow has the alias of its task, and the alias heeds the alarm: a reference would close the circle, which
    CloudFormation refuses.
    """
    properties = alarm["Properties"]
    dimensions = [
        {**one, "Value": _arn_of_machine(one["Value"], resources)} for one in properties.get("Dimensions", [])
    ]
    return {**alarm, "Properties": {**properties, "Dimensions": dimensions}}


def _arn_of_machine(value: Any, resources: dict[str, Any]) -> Any:
    """Return a reference to a workflow as text, and any other value as it is."""
    resource = resources.get(value.get("Ref", ""), {}) if isinstance(value, dict) else {}
    if resource.get("Type") != "AWS::StepFunctions::StateMachine":
        return value
    name = resource["Properties"]["StateMachineName"]["Fn::Sub"]
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:states:${{AWS::Region}}:${{AWS::AccountId}}:stateMachine:{name}"}


def _through_alias(value: Any) -> Any:
    """Replace each reference to a staged function, but for its name in alarms and outputs, by one to its alias."""
    if isinstance(value, list):
        return [_through_alias(one) for one in value]
    if not isinstance(value, dict):
        return value
    function = value.get("Fn::GetAtt")
    if isinstance(function, list) and function[0] in STAGED and function[1] == "Arn":
        return {"Ref": f"{function[0]}.Alias"}
    changed = {name: _through_alias(one) for name, one in value.items()}
    if isinstance(changed.get("Fn::Sub"), str):
        for name in STAGED:
            changed["Fn::Sub"] = changed["Fn::Sub"].replace(f"${{{name}.Arn}}", f"${{{name}.Alias}}")
    if changed.get("Type") == "AWS::Lambda::Permission":
        invoked = changed["Properties"]["FunctionName"].get("Ref")
        if invoked in STAGED:
            changed["Properties"]["FunctionName"] = {"Ref": f"{invoked}.Alias"}
    return changed
