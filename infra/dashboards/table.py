"""The two dashboards of CloudWatch: what the bank does, and how its parts work."""

from dataclasses import dataclass
from typing import Any

from infra.alarms.alarm import Metric, of_api, of_florin, of_function, of_queue, of_state_machine

RUNS = ("MonthlyInterestStateMachine", "MonthlyStatementsStateMachine", "StandingOrdersStateMachine")
CONSUMERS = ("AuditTrail", "Events", "PublishEvents")
MAIN_FUNCTIONS = ("APIHandler", "Authorize", "TransferTask")


@dataclass(frozen=True)
class Line:
    """A metric, and its name on the panel."""

    label: str
    metric: Metric


@dataclass(frozen=True)
class Panel:
    """A graph. `limit` draws a line at what an alarm or a service level allows."""

    title: str
    lines: tuple[Line, ...]
    limit: float | None = None


@dataclass(frozen=True)
class Dashboard:
    """A dashboard: `name` follows the stage in CloudWatch."""

    name: str
    resource: str
    panels: tuple[Panel, ...]


def _counts(*names: str) -> tuple[Line, ...]:
    return tuple(Line(name, of_florin(name)) for name in names)


def _by(name: str, dimension: str, *values: str, **also: Any) -> tuple[Line, ...]:
    return tuple(Line(value, of_florin(name, **also, **{dimension: value})) for value in values)


def _each(resources: tuple[str, ...], name: str, statistic: str) -> tuple[Line, ...]:
    return tuple(Line(one, of_function(one, name, statistic)) for one in resources)


BUSINESS = Dashboard(
    "business",
    "BusinessDashboard",
    (
        Panel("Posted", tuple(
            Line(kind, of_florin("Transactions", type=kind, outcome="posted"))
            for kind in ("deposit", "withdrawal", "transfer", "payment", "incoming_payment", "interest_credit")
        )),
        Panel("Transfers by outcome", _by(
            "Transactions", "outcome", "posted", "pending", "insufficient_funds", "limit_exceeded", "account_frozen",
            type="transfer",
        )),
        Panel("Log-ins", _by("LogIns", "outcome", "succeeded", "mfa_required", "failed", "locked", "mfa_failed")),
        Panel("Lock-outs", _by("LockOuts", "by", "address", "device", "source")),
        Panel("Risk: alerts", _by("RiskAlerts", "severity", "low", "medium", "high")),
        Panel("Risk: stopped payments", (*_by("RiskStopped", "how", "review", "decline"), *_counts("RiskUnknown"))),
        Panel("Clearing", _counts(
            "ClearingUnanswered", "ClearingContradictions", "ClearingUnknownPayments", "ClearingDifferences",
            "ClearingReturnsWaiting",
        )),
        Panel("Runs: what could not be done", _counts(
            "InterestAccountsFailed", "StatementsFailed", "StandingOrdersFailed"
        )),
        Panel("Runs: succeeded executions", tuple(
            Line(one, of_state_machine(one, "ExecutionsSucceeded")) for one in RUNS
        )),
        Panel("Webhooks: attempts", _by("WebhookAttempts", "outcome", "succeeded", "failed")),
        Panel("Digests: sealed entries and runs", _counts("SealedEntries", "SealRuns")),
        Panel("Mails given up", (Line("given up", of_function("Mailer", "AsyncEventsDropped")),)),
    ),
)  # fmt: skip

TECHNICAL = Dashboard(
    "technical",
    "TechnicalDashboard",
    (
        Panel("API: errors", (Line("5xx", of_api("5XXError", "Sum")), Line("4xx", of_api("4XXError", "Sum")))),
        Panel("API: latency, ms", tuple(Line(one, of_api("Latency", one)) for one in ("p50", "p95", "p99")), 5000),
        Panel("API: requests", (Line("requests", of_api("Count", "Sum")),)),
        Panel("Money: share of failures", (Line("failures", of_florin("MoneyFailures", "Average")),), 0.001),
        Panel("Money: latency, ms", tuple(
            Line(one, of_florin("MoneyMilliseconds", one)) for one in ("p50", "p95", "p99")
        ), 1000),
        Panel("Bugs, and the authorizer's errors", _counts("InternalErrors", "AuthorizerErrors")),
        Panel("Writes given up, conflicts", (
            *_by("WritesGivenUp", "outcome", "unknown", "contention"), *_counts("PostConflicts", "PostRetries")
        )),
        Panel("Groups of busy accounts: transfers in one write", tuple(
            Line(one, of_florin("GroupSize", one)) for one in ("Average", "Maximum")
        )),
        Panel("Clock skew", (Line("refused", of_florin("ClockSkew", stage={"Ref": "Stage"})),)),
        Panel("Functions: throttles", _each(MAIN_FUNCTIONS, "Throttles", "Sum")),
        Panel("Functions: errors", (
            *_each(("APIHandler", "TransferTask"), "Errors", "Sum"),
            *_each(("SweepWebhooks", "SweepClearing", "ExpireHolds", "Sealer", "Gauges"), "Errors", "Sum"),
        )),
        Panel("Functions: duration, p95 ms", _each(MAIN_FUNCTIONS, "Duration", "p95")),
        Panel("Schedules: invocations", _each(("ExpireHolds", "Sealer", "Gauges"), "Invocations", "Sum")),
        Panel("Workflow of transfers", tuple(
            Line(name, of_state_machine("TransferStateMachine", name))
            for name in ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut")
        )),
        Panel("Work that stands still", _counts("ChecksFailed")),
        Panel("Consumers: age, ms", _each(CONSUMERS, "IteratorAge", "Maximum"), 900_000),
        Panel("Consumers: records set aside", _by(
            "StreamRecordsSetAside", "consumer", "audit_trail", "event_rows", "events"
        )),
        Panel("Dead letters", tuple(Line(one, of_queue(one)) for one in ("WebhookDeadLetters", "ClearingDeadLetters"))),
        Panel("Webhooks: first attempt, ms", tuple(
            Line(one, of_florin("WebhookFirstAttemptMilliseconds", one)) for one in ("p50", "p95")
        ), 10_000),
        Panel("DynamoDB: throttled, errors", tuple(
            Line(f"{table} {name}", Metric("AWS/DynamoDB", name, {"TableName": {"Ref": f"{table}Table"}}))
            for table in ("Bank", "Ledger") for name in ("ReadThrottleEvents", "WriteThrottleEvents")
        )),
    ),
)  # fmt: skip

DASHBOARDS = (BUSINESS, TECHNICAL)
