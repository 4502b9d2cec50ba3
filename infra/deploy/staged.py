"""Makes a deployment on AWS go over in stages: versions behind an alias, CodeDeploy's canary, a hook, and alarms.

The template has one function where AWS has versions, because no emulator has CodeDeploy. What customers' requests run
through is put behind the alias `live` when a template is uploaded for AWS.
"""

import json
from typing import Any

from infra.deploy import generation

ALIAS = "live"
STAGED = ("APIHandler", "Authorize", "TransferTask")
"""The functions on the path of a customer's request. The others work behind queues and streams, which try again."""
PREFERENCE = "Canary10Percent5Minutes"
ALARMS = ("Api5xxAlarm", "TransfersFailAlarm", "AuthorizerFailsAlarm", "WritesGivenUpAlarm")
"""Alarms that take a deployment back. Each names money or sign-ins that fail."""
HOOK = "PreTraffic"
HOOK_CODE = '''\
"""Asks the new versions before customers do, and tells CodeDeploy."""
import json, os
import boto3

def invoke(version, event):
    answer = boto3.client("lambda").invoke(FunctionName=version, Payload=json.dumps(event))
    result = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise RuntimeError(result.get("errorMessage", "failed"))
    return result

def prove(deployment_id):
    probe = invoke(os.environ["TRANSFERS"], {"step": "probe", "id": deployment_id})
    if probe["status"] != "posted":
        raise RuntimeError(probe["problem"])
    health = invoke(os.environ["API"], json.loads(os.environ["HEALTH"]))
    if health["statusCode"] != 200:
        raise RuntimeError("the API's health is %s" % health["statusCode"])

def handle(event, context):
    status = "Succeeded"
    try:
        prove(event["DeploymentId"])
    except Exception as error:
        print(json.dumps({"message": "the new version is refused", "error": str(error)}))
        status = "Failed"
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status=status,
    )
'''
HEALTH = {
    "resource": "/v1/health",
    "path": "/v1/health",
    "httpMethod": "GET",
    "headers": {},
    "multiValueHeaders": {},
    "queryStringParameters": None,
    "multiValueQueryStringParameters": None,
    "pathParameters": None,
    "stageVariables": None,
    "requestContext": {
        "resourcePath": "/v1/health",
        "httpMethod": "GET",
        "requestId": "pre-traffic",
        "identity": {"sourceIp": "127.0.0.1"},
    },
    "body": None,
    "isBase64Encoded": False,
}
"""API Gateway's event of a request for the bank's health."""


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
            "DeploymentPreference": {
                "Type": "AllAtOnce" if is_all_at_once else PREFERENCE,
                "Hooks": {"PreTraffic": {"Ref": HOOK}},
                **({"Alarms": alarms} if alarms else {}),
            },
        }
    resources |= _hook()
    staged["Outputs"] = {**staged.get("Outputs", {}), generation.OUTPUT: {"Value": generation.of_template(template)}}
    return staged


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


def _hook() -> dict[str, Any]:
    """Return the function that CodeDeploy calls before any traffic. Its prefix is what CodeDeploy's role may invoke."""
    versions = [{"Ref": "TransferTask.Version"}, {"Ref": "APIHandler.Version"}]
    statements = [
        ("AskTheNewVersions", "lambda:InvokeFunction", versions),
        ("TellCodeDeploy", "codedeploy:PutLifecycleEventHookExecutionStatus", _deployment_groups()),
        ("WriteOwnLog", ["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": [f"{HOOK}LogGroup", "Arn"]}),
    ]
    allowed = [{"Sid": sid, "Effect": "Allow", "Action": action, "Resource": on} for sid, action, on in statements]
    name = "CodeDeployHook_florin-${Stage}-pre-traffic"
    trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        HOOK: {
            "Type": "AWS::Serverless::Function",
            "DependsOn": f"{HOOK}LogGroup",
            "Properties": {
                "FunctionName": {"Fn::Sub": name},
                "InlineCode": HOOK_CODE,
                "Handler": "index.handle",
                "Runtime": "python3.11",
                "Timeout": 120,
                "Role": {"Fn::GetAtt": [f"{HOOK}Role", "Arn"]},
                "DeploymentPreference": {"Enabled": False},
                "Environment": {
                    "Variables": {
                        "TRANSFERS": versions[0],
                        "API": versions[1],
                        "HEALTH": json.dumps(HEALTH),
                    }
                },
            },
        },
        f"{HOOK}LogGroup": {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {
                "LogGroupName": {"Fn::Sub": f"/aws/lambda/{name}"},
                "RetentionInDays": {"Ref": "LogDays"},
            },
        },
        f"{HOOK}Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trusted]},
                "Policies": [
                    {
                        "PolicyName": "ProveTheNewVersions",
                        "PolicyDocument": {"Version": "2012-10-17", "Statement": allowed},
                    }
                ],
            },
        },
    }


def _deployment_groups() -> dict[str, str]:
    """Return the deployment groups that SAM makes in this stack."""
    return {"Fn::Sub": "arn:${AWS::Partition}:codedeploy:${AWS::Region}:${AWS::AccountId}:deploymentgroup:*"}
