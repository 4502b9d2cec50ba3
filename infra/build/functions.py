"""Gives each function of .chalice/config.json its name and a log group of its own.

The group is there beforehand, so logs have a retention from the first line and no function needs logs:CreateLogGroup.
"""

import json
from pathlib import Path
from typing import Any

from infra.build.function_settings import CONFIG_FILE
from infra.settings import Settings

API_HANDLER = "api_handler"
LOGGING = {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "SystemLogLevel": "WARN"}
"""Lambda logs an invocation's start, end and report only if it failed or timed out: three lines, 350 bytes each time.
Durations and errors are metrics anyway. Levels can be set only with this format, which leaves printed lines alone;
`LOG_LEVEL` decides about the functions' own lines."""


def fragment(settings: Settings) -> dict[str, Any]:
    """Return what the template says of every function; the other fragments add what one alone needs."""
    resources: dict[str, Any] = {}
    for function in names(settings.root):
        resource, name = resource_name(function), f"florin-${{Stage}}-{_short_name(function)}"
        properties = {"FunctionName": {"Fn::Sub": name}, "LoggingConfig": LOGGING}
        resources[resource] = {"DependsOn": f"{resource}LogGroup", "Properties": properties}
        resources[f"{resource}LogGroup"] = {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {"LogGroupName": {"Fn::Sub": f"/aws/lambda/{name}"}, "RetentionInDays": {"Ref": "LogDays"}},
        }
    return {"Resources": resources}


def short_names(root: Path) -> list[str]:
    """Return the functions' names without the stage, such as `api` and `audit-trail`."""
    return [_short_name(function) for function in names(root)]


def names(root: Path) -> list[str]:
    """Return the functions' names in .chalice/config.json, such as `api_handler`."""
    return list(json.loads((root / CONFIG_FILE).read_text())["lambda_functions"])


def resource_name(function: str) -> str:
    """Return Chalice's name for the resource of a function."""
    return "APIHandler" if function == API_HANDLER else function.title().replace("_", "")


def role_name(function: str) -> str:
    """Return Chalice's name for the role of a function."""
    return f"{function.title().replace('_', '')}Role"


def _short_name(function: str) -> str:
    return "api" if function == API_HANDLER else function.replace("_", "-")
