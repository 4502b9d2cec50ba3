"""Prints what the functions of a stage log, in order of time."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from infra.build import functions
from infra.progress import say
from infra.settings import Settings
from infra.targets import Cloud

LOG_MINUTES = 15
LAMBDA_LINES = ("START RequestId", "END RequestId", "REPORT RequestId")
POLL_SECONDS = 1
POLL_SECONDS_ON_AWS = 5
"""Each look is a request for each function, and an account may make five to ten of them a second."""
LATE_SECONDS = 30
"""A line may be listed so much after its own time; each is printed once."""


class Line(NamedTuple):
    """A line as it is printed. The embedded emulator gives events no id, so lines are told apart by this."""

    at: float
    text: str


def print_logs(cloud: Cloud, settings: Settings) -> None:
    """Print the lines of the last 15 minutes; with `follow` also those to come, until Ctrl-C."""
    lines = _lines(cloud, settings, time.time() - LOG_MINUTES * 60)
    for line in lines:
        say(line.text)
    if settings.follow:
        seconds = POLL_SECONDS if cloud.endpoint_url else POLL_SECONDS_ON_AWS
        follow(cloud, settings, lines, lambda: time.sleep(seconds))
    elif not lines:
        having = f"has {settings.log_id}" if settings.log_id else "was logged"
        say(f"No line {having} in the last {LOG_MINUTES} minutes.")


def log_lines(cloud: Cloud, settings: Settings) -> list[str]:
    """Return the lines of the last 15 minutes, in order of time."""
    return [line.text for line in _lines(cloud, settings, time.time() - LOG_MINUTES * 60)]


def follow(cloud: Cloud, settings: Settings, printed: list[Line], wait: Callable[[], None]) -> None:
    """Print each line once as it comes. `wait` passes the time between two looks, and ends this with Ctrl-C."""
    seen = Counter(printed)
    try:
        while True:
            wait()
            since = time.time() - LATE_SECONDS
            lines = Counter(_lines(cloud, settings, since))
            for line in (lines - seen).elements():
                say(line.text)
            # Lines that were not listed again stay seen: a log that could not be read this time comes back with them.
            seen = Counter({line: count for line, count in (seen | lines).items() if line.at >= since})
    except KeyboardInterrupt:
        say()


def _lines(cloud: Cloud, settings: Settings, since: float) -> list[Line]:
    """Return the lines since a moment, in seconds since 1970, in order of time."""
    logs, names = cloud.client("logs"), functions.short_names(settings.root)
    found = [event for name in names for event in _of_function(logs, settings, name, since)]
    return [_line(event) for event in sorted(found, key=lambda event: event["timestamp"])]


def _of_function(logs: Any, settings: Settings, name: str, since: float) -> list[dict[str, Any]]:
    asked = {"logGroupName": f"/aws/lambda/florin-{settings.stage}-{name}", "startTime": int(since * 1000)}
    if settings.log_id:
        asked["filterPattern"] = f'"{settings.log_id}"'
    try:
        pages = logs.get_paginator("filter_log_events").paginate(**asked)
        events = [event for page in pages for event in page["events"]]
    except ClientError as error:
        unread = f"(the log cannot be read: {error})"
        return [{"timestamp": int(time.time() * 1000), "function": name, "message": unread}]
    return [{**event, "function": name} for event in events if _is_wanted(event["message"], settings.log_id)]


def _is_wanted(message: str, wanted_id: str) -> bool:
    return wanted_id in message and not message.startswith(LAMBDA_LINES)


def _line(event: dict[str, Any]) -> Line:
    at = event["timestamp"] / 1000
    text = f"{datetime.fromtimestamp(at, UTC):%H:%M:%S.%f} {event['function']:<14} {event['message'].rstrip()}"
    return Line(at, text)
