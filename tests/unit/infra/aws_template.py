"""The template of a stage as CloudFormation gets it from SAM's transform on AWS, made without packaging anything."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

from chalice.deploy.swagger import CFNSwaggerGenerator
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]

import app
from infra.build import api_definition, function_settings, functions
from infra.build.template import merge, merged_fragments
from infra.deploy import staged
from infra.settings import ROOT, Settings

Template = dict[str, Any]
REGION, ACCOUNT = "ap-southeast-3", "123456789012"
"""A region with a long name: names and policies must fit there, too."""
ARCHIVE = f"s3://florin-prod-artifacts-{ACCOUNT}/packages/{'0' * 32}.zip"
INVOKES = {"Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "",
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
NAME_IN_TEXT = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")


@cache
def packaged(stage: str) -> Template:
    """Return what `chalice package` writes for a stage: its own resources, and the fragments merged into them."""
    settings = Settings(stage=stage, target="aws")
    api = {"SourceArn": {"Fn::Sub": ["arn:aws:execute-api:*:${Id}/*", {"Id": {"Ref": "RestAPI"}}]}, **INVOKES}
    chalice: Template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "ManagedLayer": {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": ARCHIVE}},
            "RestAPI": {"Type": "AWS::Serverless::Api", "Properties": _api()},
            "APIHandlerInvokePermission": _permission({"FunctionName": {"Ref": "APIHandler"}, **api}),
            "AuthorizeInvokePermission": _permission({"FunctionName": {"Fn::GetAtt": ["Authorize", "Arn"]}, **api}),
        },
    }
    for name in functions.names(ROOT):
        chalice["Resources"] |= _function(settings, name)
    api_definition.shorten(chalice)
    made = merge(chalice, merged_fragments(settings))
    for resource in made["Resources"].values():
        for name in ("CodeUri", "ContentUri"):
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = ARCHIVE
    return made


@cache
def translated(stage: str) -> Template:
    """Return the template of a stage as CloudFormation works on it, with functions behind aliases."""
    template = staged.stage(deepcopy(packaged(stage)))
    values = {name: str(one.get("Default", "x")) for name, one in template["Parameters"].items()}
    made: Template = Translator({}, _Parser()).translate(template, values)
    return made


class _Parser:
    def parse(self, *_: object, **__: object) -> None:
        """Take the template as it is."""


def references(value: Any) -> Iterator[str]:
    """Yield the names in references and texts of a part of a template."""
    if isinstance(value, list):
        for one in value:
            yield from references(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name == "Ref":
                yield one
            elif name == "Fn::GetAtt":
                yield one[0]
            elif name == "Fn::Sub":
                text, given = (one, {}) if isinstance(one, str) else one
                yield from set(NAME_IN_TEXT.findall(text)) - given.keys()
                yield from references(given)
            elif name == "DependsOn":
                yield from [one] if isinstance(one, str) else one
            else:
                yield from references(one)


def circles(resources: Template) -> set[str]:
    """Return the resources that wait for each other, or for such ones: all that is left when the others are made."""
    waiting = {name: set(references(one)) & resources.keys() - {name} for name, one in resources.items()}
    while ready := {name for name, needed in waiting.items() if not needed}:
        waiting = {name: needed - ready for name, needed in waiting.items() if name not in ready}
    return set(waiting)


def as_text(value: Any, names: Template) -> Any:
    """Return a part of a template with texts of usual length for references, and the first of two choices."""
    if isinstance(value, list):
        return [as_text(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value or "Fn::GetAtt" in value:
        name = value.get("Ref") or value["Fn::GetAtt"][0]
        return names.get(name, f"arn:aws:service:{REGION}:{ACCOUNT}:resource/florin-prod-{name}-0123456789AB")
    if "Fn::Sub" in value:
        text = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
        return re.sub(r"\$\{([^}]+)\}", lambda found: str(as_text({"Ref": found[1]}, names)), text)
    if "Fn::If" in value:
        return as_text(value["Fn::If"][1], names)
    return {name: as_text(one, names) for name, one in value.items()}


def _api() -> Template:
    definition = CFNSwaggerGenerator().generate_swagger(app.app)
    return {"EndpointConfiguration": "REGIONAL", "StageName": "api", "DefinitionBody": definition}


def _permission(properties: Template) -> Template:
    return {"Type": "AWS::Lambda::Permission", "Properties": properties}


def _function(settings: Settings, name: str) -> Template:
    config = json.loads((ROOT / function_settings.CONFIG_FILE).read_text())
    given = config["lambda_functions"][name]
    policy = json.loads((ROOT / ".chalice" / given["iam_policy_file"]).read_text())
    role = functions.role_name(name)
    return {
        functions.resource_name(name): {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Runtime": "python3.11",
                "Handler": "app.app",
                "CodeUri": ARCHIVE,
                "Timeout": given["lambda_timeout"],
                "MemorySize": given.get("lambda_memory_size", config["lambda_memory_size"]),
                "Role": {"Fn::GetAtt": [role, "Arn"]},
                "Layers": [{"Ref": "ManagedLayer"}],
                "Environment": {"Variables": function_settings.of_stage(settings)},
                **_events(name),
            },
        },
        role: {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": TRUST,
                "Policies": [{"PolicyName": f"{role}Policy", "PolicyDocument": policy}],
            },
        },
    }


def _events(name: str) -> Template:
    """Return what invokes a function; the fragments add which stream or queue."""
    source: Any = next((one for one in app.app.event_sources if one.name == name), None)
    resource = functions.resource_name(name)
    kinds = {
        "ScheduledEventConfig": ("Event", "Schedule", {"Schedule": str(getattr(source, "schedule_expression", ""))}),
        "SQSEventConfig": ("SqsEventSource", "SQS", {}),
        "DynamoDBEventConfig": ("DynamodbEventSource", "DynamoDB", {}),
    }
    if source is None:
        return {}
    suffix, kind, properties = kinds[type(source).__name__]
    return {"Events": {f"{resource}{suffix}": {"Type": kind, "Properties": properties}}}
