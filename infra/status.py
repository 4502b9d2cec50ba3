"""Prints the address and state of the bank, in lines that a shell can read: eval "$(make --silent status)"."""

import shlex
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from infra.deploy.base_url import bank_url
from infra.deploy.first_admin import known_admin
from infra.progress import say
from infra.settings import Settings
from infra.targets import Cloud

LOG_MINUTES = 15
LAMBDA_LINES = ("START RequestId", "END RequestId", "REPORT RequestId")
FUNCTIONS = (
    "api",
    "authorize",
    "transfer-task",
    "interest-task",
    "statement-task",
    "audit-trail",
    "events",
    "export-task",
    "expire-holds",
    "sealer",
    "mailer",
)


def bank_variables(cloud: Cloud, settings: Settings) -> dict[str, str]:
    """Return the environment variables with which a program can talk to the bank as its first admin."""
    variables = {
        "BANK_STAGE": settings.stage,
        "BANK_URL": bank_url(cloud, settings),
    }
    admin = known_admin(settings)
    if admin:
        variables |= {"BANK_ADMIN_EMAIL": admin.email, "BANK_ADMIN_PASSWORD": admin.password}
    return variables


def print_status(cloud: Cloud, settings: Settings) -> None:
    """Print comments for people and assignments for shells."""
    stack = cloud.client("cloudformation").describe_stacks(StackName=settings.stack_name)["Stacks"][0]
    changed_at = stack.get("LastUpdatedTime", stack["CreationTime"])
    variables = bank_variables(cloud, settings)
    home = cloud.endpoint_url or "AWS"
    say(f"# stack {settings.stack_name} at {home}: {stack['StackStatus']}, {changed_at:%F %T} UTC")
    say(f"# health: {_health(variables['BANK_URL'])}")
    for name, value in variables.items():
        say(f"{name}={shlex.quote(value)}")


def print_logs(cloud: Cloud, settings: Settings) -> None:
    """Print the recent log lines of every function, in order of time."""
    for line in (lines := log_lines(cloud, settings)):
        say(line)
    if not lines:
        say(f"No function logged anything in the last {LOG_MINUTES} minutes.")


def log_lines(cloud: Cloud, settings: Settings) -> list[str]:
    """Return the recent log lines of every function, in order of time."""
    logs = cloud.client("logs")
    since_ms = int((time.time() - LOG_MINUTES * 60) * 1000)
    events = [event for name in FUNCTIONS for event in _log_events(logs, f"florin-{settings.stage}-{name}", since_ms)]
    return [
        f"{datetime.fromtimestamp(event['timestamp'] / 1000, UTC):%H:%M:%S.%f} {event['function']:<14} "
        + event["message"].rstrip()
        for event in sorted(events, key=lambda event: event["timestamp"])
    ]


def _log_events(logs: Any, function: str, since_ms: int) -> list[dict[str, Any]]:
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}", startTime=since_ms)
    label = function.split("-", 2)[2]
    try:
        events = [{**event, "function": label} for page in pages for event in page["events"]]
        return [event for event in events if not event["message"].startswith(LAMBDA_LINES)]
    except ClientError as error:
        return [{"timestamp": since_ms, "function": label, "message": f"(the log cannot be read: {error})"}]


def _health(url: str) -> str:
    try:
        with urllib.request.urlopen(f"{url}/v1/health", timeout=10) as response:
            return str(response.read(500).decode(errors="replace"))
    except (OSError, urllib.error.URLError) as error:
        return f"no response ({error})"
