"""What a stack costs in a month in which nobody uses the bank, from its template."""

import re
from typing import Any

from infra.cost.prices import Line
from infra.cost.template import Template

HOURS = 730
MINUTES = HOURS * 60
POLLERS, POLL_SECONDS = 5, 20
"""Lambda polls a queue with five connections at least, each of which waits 20 s for a message."""
CHECK_TRANSITIONS = 3
"""Of a scheduled run for which nothing is due."""
DAILY_TRANSITIONS = 52
"""Of a run of standing orders that finds none."""
GAUGES_MS, GAUGES_READS = 500, 35
CHECK_MS, CHECK_READS = 50, 3
"""Of any other function that a schedule calls and that finds nothing to do."""
LOG_BYTES = 1000
BANK_METRICS = 1
"""`SealRuns`: the only metric of the bank's own that has values while nobody uses it."""
DEFAULT_MEGABYTES = 128

BASE = {
    "Home": "aws",
    "Alarms": "wake",
    "Keys": "shared",
    "TableKey": "off",
    "Tracing": "off",
    "AccessLogs": "off",
    "Waf": "off",
    "Canary": "off",
}
"""Every option off."""
OPTIONS = {
    "Alarms": "all",
    "Keys": "separate",
    "TableKey": "on",
    "Tracing": "on",
    "Waf": "on",
    "Canary": "on",
}
"""What costs something in an idle month, by parameter."""


def lines(packaged: dict[str, Any], parameters: dict[str, str]) -> list[Line]:
    """Return the bill of an idle month."""
    template = Template(packaged, parameters)
    return [
        Line("KMS keys", "kms_key_months", len(template.resources("AWS::KMS::Key"))),
        Line("secrets", "secret_months", len(template.resources("AWS::SecretsManager::Secret"))),
        *_watching(template),
        *_schedules(template),
        *_queues(template),
        *_edge(template, is_traced=parameters.get("Tracing") == "on"),
    ]


def _watching(template: Template) -> list[Line]:
    return [
        Line("alarms", "alarm_months", len(template.resources("AWS::CloudWatch::Alarm"))),
        Line("composite alarms", "composite_alarm_months", len(template.resources("AWS::CloudWatch::CompositeAlarm"))),
        Line("dashboards", "dashboard_months", len(template.resources("AWS::CloudWatch::Dashboard"))),
        Line("metrics of the bank", "metric_months", BANK_METRICS),
    ]


def count_scheduled_calls(template: Template) -> dict[str, float]:
    """Return how often a month schedules call each function."""
    calls: dict[str, float] = {}
    for name, function in template.resources("AWS::Serverless::Function").items():
        for event in function["Properties"].get("Events", {}).values():
            told = event["Properties"]
            if event["Type"] == "Schedule" and told.get("Enabled", True):
                calls[name] = calls.get(name, 0) + _times(told["Schedule"])
    return calls


def _schedules(template: Template) -> list[Line]:
    functions = template.resources("AWS::Serverless::Function")
    found: list[Line] = []
    for name, times in count_scheduled_calls(template).items():
        is_gauges = name == "Gauges"
        seconds = (GAUGES_MS if is_gauges else CHECK_MS) / 1000 * times
        found += _calls(name, times, seconds, functions[name]["Properties"].get("MemorySize", DEFAULT_MEGABYTES))
        found.append(Line(name, "dynamodb_read_units", (GAUGES_READS if is_gauges else CHECK_READS) * times))
        if is_gauges:
            found += [Line(name, "dynamodb_write_units", times), Line(name, "metric_questions", times)]
    checks = sum(_times(one["Properties"]["ScheduleExpression"]) for one in _rules(template))
    transitions = checks * CHECK_TRANSITIONS + HOURS / 24 * DAILY_TRANSITIONS
    found.append(Line("checks whether a run is due", "state_transitions", transitions))
    found += _calls("checks whether a run is due", checks, checks * CHECK_MS / 1000, 1024)
    return found


def _rules(template: Template) -> list[dict[str, Any]]:
    rules = template.resources("AWS::Events::Rule").values()
    return [one for one in rules if "ScheduleExpression" in one["Properties"]]


def _calls(name: str, times: float, seconds: float, megabytes: int) -> list[Line]:
    return [
        Line(name, "lambda_requests", times),
        Line(name, "lambda_gigabyte_seconds", seconds * megabytes / 1024),
        Line(name, "log_gigabytes", times * LOG_BYTES / 10**9),
    ]


def _queues(template: Template) -> list[Line]:
    """Return the polling of queues: on AWS a queue that has no message is asked all the time."""
    polled = 0
    for function in template.resources("AWS::Serverless::Function").values():
        for event in function["Properties"].get("Events", {}).values():
            polled += event["Type"] == "SQS" and event["Properties"].get("Enabled", True)
    return [Line("polling of queues", "sqs_requests", polled * POLLERS * MINUTES * 60 / POLL_SECONDS)]


def _edge(template: Template, *, is_traced: bool) -> list[Line]:
    firewalls = template.resources("AWS::WAFv2::WebACL").values()
    canaries = template.resources("AWS::Synthetics::Canary").values()
    begun = sum(count_scheduled_calls(template).values()) if is_traced else 0
    runs = sum(_times(one["Properties"]["Schedule"]["Expression"]) for one in canaries)
    return [
        Line("firewall", "firewall_months", len(firewalls)),
        Line("firewall", "firewall_rule_months", sum(len(one["Properties"]["Rules"]) for one in firewalls)),
        Line("probe from outside", "canary_runs", runs),
        Line("traces", "traces", begun),
    ]


def _times(schedule: str) -> float:
    """Return how often a month a schedule fires: each hour for each minute that a cron expression lists."""
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour)s?\)", schedule):
        minutes = int(rate[1]) * (60 if rate[2] == "hour" else 1)
        return MINUTES / minutes
    if listed := re.fullmatch(r"cron\(([\d,]+) \* \* \* \? \*\)", schedule):
        return HOURS * len(listed[1].split(","))
    raise ValueError(f"It is not known how often {schedule} fires.")
