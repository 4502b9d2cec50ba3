"""The parts of an alarm: the metric that it watches, the moment when it rings, and who has to act."""

from dataclasses import dataclass
from typing import Any, Literal

Comparison = Literal["GreaterThanThreshold", "LessThanThreshold"]
Urgency = Literal["wake", "ticket", "level"]
"""`wake`: someone is called at night. `ticket`: someone looks on the next working day. `level`: tells nobody by itself,
a service level combines it with another."""

RUNBOOK = "docs/runbook.md"


@dataclass(frozen=True)
class Metric:
    """A metric of CloudWatch. The value of a dimension may be an intrinsic function of the template."""

    namespace: str
    name: str
    dimensions: dict[str, Any]
    statistic: str = "Sum"
    unit: str | None = None

    @property
    def is_percentile(self) -> bool:
        return self.statistic.startswith("p")


@dataclass(frozen=True)
class Alarm:
    """An alarm. It rings when `datapoints` of the last `periods` values break the threshold as `comparison` says.

    `why` says what is wrong and what it means; `owner` is the team that mends it. `is_missing_bad`: a period without
    any value counts as a bad one. `resource` overrides the name in the template, for alarms that were deployed under
    another one: CloudFormation cannot make a second alarm of the same name before it deletes the first.
    """

    name: str
    metric: Metric
    threshold: float
    why: str
    owner: str
    urgency: Urgency = "ticket"
    period_seconds: int = 300
    periods: int = 1
    datapoints: int | None = None
    comparison: Comparison = "GreaterThanThreshold"
    is_missing_bad: bool = False
    resource: str | None = None

    @property
    def resource_name(self) -> str:
        return self.resource or "".join(word.capitalize() for word in self.name.split("-")) + "Alarm"

    @property
    def chapter(self) -> str:
        return f"{RUNBOOK}#{self.name}"


def of_florin(name: str, statistic: str = "Sum", **dimensions: Any) -> Metric:
    """Return a metric that the functions emit (chalicelib/observability.py)."""
    return Metric("Florin", name, {"service": "florin"} | dimensions, statistic)


def of_function(resource: str, name: str, statistic: str = "Sum", unit: str | None = None) -> Metric:
    """Return a metric of Lambda for one function."""
    return Metric("AWS/Lambda", name, {"FunctionName": {"Ref": resource}}, statistic, unit)


def of_state_machine(resource: str, name: str) -> Metric:
    """Return a metric of Step Functions for one state machine."""
    return Metric("AWS/States", name, {"StateMachineArn": {"Ref": resource}})


def of_api(name: str, statistic: str) -> Metric:
    """Return a metric of API Gateway for the whole API. The gateway's own refusals are in it."""
    return Metric("AWS/ApiGateway", name, {"ApiName": {"Fn::Sub": "florin-${Stage}"}, "Stage": "api"}, statistic)


def of_queue(resource: str) -> Metric:
    """Return the number of messages in a queue."""
    name = {"Fn::GetAtt": [resource, "QueueName"]}
    return Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": name}, "Maximum")
