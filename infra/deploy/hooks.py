"""The functions that CodeDeploy calls before a new version gets any request. A version that fails gets none.

The API has the ARN of the workflow, the workflow has the alias of its task, and an alias has its hook. So the hook of
the task must not name the API: CloudFormation refuses resources that wait for each other. Each has a hook of its own.
"""

import json
from typing import Any, NamedTuple

HOOK_CODE = '''\
"""Asks the new version before customers do, and tells CodeDeploy."""
import json, os
import boto3

def invoke(version, event):
    answer = boto3.client("lambda").invoke(FunctionName=version, Payload=json.dumps(event))
    result = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise RuntimeError(result.get("errorMessage", "failed"))
    return result

def prove(deployment_id):
    if "TRANSFERS" in os.environ:
        probe = invoke(os.environ["TRANSFERS"], {"step": "probe", "id": deployment_id})
        if probe["status"] != "posted":
            raise RuntimeError(probe["problem"])
    if "API" in os.environ:
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


class Hook(NamedTuple):
    """A hook. It asks a version of `function`, which the environment `variable` names."""

    resource: str
    name: str
    variable: str
    function: str


TRANSFERS = Hook("PreTransfers", "pre-transfers", "TRANSFERS", "TransferTask")
REQUESTS = Hook("PreTraffic", "pre-traffic", "API", "APIHandler")
HOOKS = {"TransferTask": TRANSFERS, "APIHandler": REQUESTS, "Authorize": REQUESTS}
"""The hook before the alias of each function."""


def resources() -> dict[str, Any]:
    """Return the hooks, with their log groups and roles."""
    return _resources_of(TRANSFERS) | _resources_of(REQUESTS)


def _resources_of(hook: Hook) -> dict[str, Any]:
    # CodeDeploy's role may invoke what this name begins with.
    name = f"CodeDeployHook_florin-${{Stage}}-{hook.name}"
    health = {"HEALTH": json.dumps(HEALTH)} if hook is REQUESTS else {}
    return {
        hook.resource: {
            "Type": "AWS::Serverless::Function",
            "DependsOn": f"{hook.resource}LogGroup",
            "Properties": {
                "FunctionName": {"Fn::Sub": name},
                "InlineCode": HOOK_CODE,
                "Handler": "index.handle",
                "Runtime": "python3.11",
                "Timeout": 120,
                "Role": {"Fn::GetAtt": [f"{hook.resource}Role", "Arn"]},
                "DeploymentPreference": {"Enabled": False},
                "Environment": {"Variables": {hook.variable: _version(hook), **health}},
            },
        },
        f"{hook.resource}LogGroup": {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {
                "LogGroupName": {"Fn::Sub": f"/aws/lambda/{name}"},
                "RetentionInDays": {"Ref": "LogDays"},
            },
        },
        f"{hook.resource}Role": _role(hook),
    }


def _role(hook: Hook) -> dict[str, Any]:
    statements = [
        ("AskTheNewVersion", "lambda:InvokeFunction", _version(hook)),
        ("TellCodeDeploy", "codedeploy:PutLifecycleEventHookExecutionStatus", _deployment_groups()),
        (
            "WriteOwnLog",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            {"Fn::GetAtt": [f"{hook.resource}LogGroup", "Arn"]},
        ),
    ]
    allowed = [{"Sid": sid, "Effect": "Allow", "Action": action, "Resource": on} for sid, action, on in statements]
    trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = {"Version": "2012-10-17", "Statement": allowed}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trusted]},
            "Policies": [{"PolicyName": "ProveTheNewVersion", "PolicyDocument": policy}],
        },
    }


def _version(hook: Hook) -> dict[str, str]:
    return {"Ref": f"{hook.function}.Version"}


def _deployment_groups() -> dict[str, str]:
    """Return the deployment groups that SAM makes in this stack."""
    return {"Fn::Sub": "arn:${AWS::Partition}:codedeploy:${AWS::Region}:${AWS::AccountId}:deploymentgroup:*"}
