"""Prints what the functions of a stage log, in order of time."""

import json
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from infra.build import functions
from infra.progress import say
from infra.settings import Settings
from infra.targets import Cloud

FURTHER_BACK = 8
LAMBDA_LINES = ("START RequestId", "END RequestId", "REPORT RequestId")
POLL_SECONDS = 1
POLL_SECONDS_ON_AWS = 5
"""Each look is a request for each function, and an account may make five to ten of them a second."""
HOPS = 3
LINKS_MAX = 30
LINKS = ("request_id", "gateway_id", "transaction_id", "trace_id", "event_id", "delivery_id", "approval_id")
"""Fields of lines whose ids are followed: from a request to its transaction, and from that to its deliveries."""
LATE_SECONDS = 30
"""A line may be listed so much after its own time; each is printed once."""


Event = dict[str, Any]


class Line(NamedTuple):
    """A line as it is printed. The embedded emulator gives events no id, so lines are told apart by this."""

    at: float
    text: str


def print_logs(cloud: Cloud, settings: Settings) -> None:
    """Print the lines of the last minutes; with `follow` also those to come, until Ctrl-C."""
    lines = _lines(cloud, settings, time.time() - settings.log_minutes * 60)
    for line in lines:
        say(line.text)
    if settings.follow:
        seconds = POLL_SECONDS if cloud.endpoint_url else POLL_SECONDS_ON_AWS
        follow(cloud, settings, lines, lambda: time.sleep(seconds))
    elif not lines:
        having = f"has {settings.log_id}" if settings.log_id else "was logged"
        minutes = settings.log_minutes
        say(f"No line {having} in the last {minutes} minutes. MINUTES={minutes * FURTHER_BACK} looks further back.")


def log_lines(cloud: Cloud, settings: Settings) -> list[str]:
    """Return the lines of the last minutes, in order of time."""
    return [line.text for line in _lines(cloud, settings, time.time() - settings.log_minutes * 60)]


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
    """Return the lines since a moment, in seconds since 1970, in order of time. With an id, also those it leads to."""
    wanted = frozenset({settings.log_id} if settings.log_id else ())
    events = _of_all(cloud, settings, wanted, since)
    for _ in range(HOPS):
        linked = wanted | _find_links(events)
        if not settings.log_id or linked == wanted:
            break
        wanted = linked
        events = _of_all(cloud, settings, wanted, since)
    return [_line(event) for event in sorted(events, key=lambda event: event["timestamp"])]


def _find_links(events: list[Event]) -> frozenset[str]:
    """Return the ids that lines name: of the same request, transaction, approval, delivery or trace."""
    found: set[str] = set()
    for event in events:
        with suppress(ValueError):
            line = json.loads(event["message"])
            if isinstance(line, dict):
                found |= {value for name in LINKS if isinstance(value := line.get(name), str) and value}
    return frozenset(sorted(found)[:LINKS_MAX])


def _of_all(cloud: Cloud, settings: Settings, ids: frozenset[str], since: float) -> list[Event]:
    """Return the lines of all functions that have one of the ids; all lines if there is none."""
    logs, pattern = cloud.client("logs"), _pattern(ids, is_on_aws=cloud.endpoint_url is None)
    names = functions.short_names(settings.root)
    found = [event for name in names for event in _of_function(logs, settings, name, since, pattern)]
    return [event for event in found if "unread" in event or _is_wanted(event["message"], ids)]


def _pattern(ids: frozenset[str], *, is_on_aws: bool) -> str:
    """Return a filter pattern of CloudWatch Logs. Emulators do not know the one of several, so they send all lines."""
    if len(ids) == 1:
        return f'"{next(iter(ids))}"'
    return " ".join(f'?"{one}"' for one in sorted(ids)) if is_on_aws else ""


def _of_function(logs: Any, settings: Settings, name: str, since: float, pattern: str) -> list[Event]:
    asked = {"logGroupName": f"/aws/lambda/florin-{settings.stage}-{name}", "startTime": int(since * 1000)}
    if pattern:
        asked["filterPattern"] = pattern
    try:
        pages = logs.get_paginator("filter_log_events").paginate(**asked)
        return [{**event, "function": name} for page in pages for event in page["events"]]
    except ClientError as error:
        unread = f"(the log cannot be read: {error})"
        return [{"timestamp": int(time.time() * 1000), "function": name, "message": unread, "unread": True}]


def _is_wanted(message: str, ids: frozenset[str]) -> bool:
    has_one = not ids or any(one in message for one in ids)
    return has_one and not message.startswith(LAMBDA_LINES)


def _line(event: dict[str, Any]) -> Line:
    at = event["timestamp"] / 1000
    text = f"{datetime.fromtimestamp(at, UTC):%H:%M:%S.%f} {event['function']:<14} {event['message'].rstrip()}"
    return Line(at, text)
