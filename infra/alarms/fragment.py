"""Makes the template's alarms, topics and subscriptions from the tables."""

from typing import Any

from infra.alarms.alarm import Alarm
from infra.alarms.service_levels import COMPOSITES, WINDOWS, Composite
from infra.alarms.table import ALARMS

ALL = "AllAlarms"
ALL_ON_AWS = "AllAlarmsOnAws"
TOPICS = {"wake": "AlarmTopic", "ticket": "TicketTopic"}
CHOICES = ("wake", "all")
Subscriber = tuple[str, str, str]
SUBSCRIBERS: tuple[Subscriber, ...] = (
    ("OnCall", "AlarmTopic", "The address that the waking alarms call"),
    ("Tickets", "TicketTopic", "The address that gets the other alarms"),
)


def fragment() -> dict[str, Any]:
    """Return all that a stage's template says of alarms."""
    resources: dict[str, Any] = {
        "AlarmTopic": _topic("alarms"),
        "TicketTopic": _topic("tickets"),
        # A name of its own for each stage's API: its metrics are told apart by nothing else.
        "RestAPI": {"Properties": {"DefinitionBody": {"info": {"title": {"Fn::Sub": "florin-${Stage}"}}}}},
    }
    resources |= {alarm.resource_name: _alarm(alarm) for alarm in (*ALARMS, *WINDOWS)}
    resources |= {composite.resource_name: _composite(composite) for composite in COMPOSITES}
    resources |= {f"{name}Subscription": _subscription(name, topic) for name, topic, _ in SUBSCRIBERS}
    parameters: dict[str, Any] = {
        "Alarms": {
            "Type": "String",
            "Default": "wake",
            "AllowedValues": list(CHOICES),
            "Description": "Which alarms are made - those that wake someone, or all.",
        }
    }
    conditions: dict[str, Any] = {
        # In an emulator alarms cost nothing, and tests fire each.
        ALL: {"Fn::Or": [{"Condition": "OnEmulator"}, {"Fn::Equals": [{"Ref": "Alarms"}, "all"]}]},
        ALL_ON_AWS: {"Fn::And": [{"Condition": "OnAws"}, {"Condition": ALL}]},
    }
    for name, _, what in SUBSCRIBERS:
        parameters[name] = {"Type": "String", "Default": "", "Description": f"{what} (e-mail or https), or nothing."}
        parameters[f"{name}Protocol"] = {"Type": "String", "Default": "email", "AllowedValues": ["email", "https"]}
        conditions[f"Has{name}"] = {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]}
    return {
        "Parameters": parameters,
        "Conditions": conditions,
        "Resources": resources,
        "Outputs": {"TicketTopicArn": {"Value": {"Ref": "TicketTopic"}}},
    }


def _topic(name: str) -> dict[str, Any]:
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": f"florin-${{Stage}}-{name}"}}}


def _subscription(name: str, topic: str) -> dict[str, Any]:
    return {
        "Type": "AWS::SNS::Subscription",
        "Condition": f"Has{name}",
        "Properties": {
            "TopicArn": {"Ref": topic},
            "Endpoint": {"Ref": name},
            "Protocol": {"Ref": f"{name}Protocol"},
        },
    }


def _alarm(alarm: Alarm) -> dict[str, Any]:
    metric = alarm.metric
    actions = [{"Ref": TOPICS[alarm.urgency]}] if alarm.urgency in TOPICS else []
    properties: dict[str, Any] = {
        "AlarmName": {"Fn::Sub": f"florin-${{Stage}}-{alarm.name}"},
        "AlarmDescription": f"{alarm.why} Owner: {alarm.owner}. What to do: {alarm.chapter}",
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions.items()],
        "ExtendedStatistic" if metric.is_percentile else "Statistic": metric.statistic,
        "Period": alarm.period_seconds,
        "EvaluationPeriods": alarm.periods,
        "ComparisonOperator": alarm.comparison,
        "Threshold": alarm.threshold,
        "TreatMissingData": "breaching" if alarm.is_missing_bad else "notBreaching",
        "AlarmActions": actions,
        "OKActions": actions,
    }
    if alarm.datapoints:
        properties["DatapointsToAlarm"] = alarm.datapoints
    if metric.unit:
        properties["Unit"] = metric.unit
    condition = {} if alarm.urgency == "wake" else {"Condition": ALL}
    return {"Type": "AWS::CloudWatch::Alarm", **condition, "Properties": properties}


def _composite(composite: Composite) -> dict[str, Any]:
    """Return a composite alarm. The embedded emulator's CloudFormation cannot make one; its CloudWatch can."""
    actions = [{"Ref": TOPICS[composite.urgency]}]
    return {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Condition": ALL_ON_AWS,
        "DependsOn": [alarm.resource_name for pair in composite.pairs for alarm in pair],
        "Properties": {
            "AlarmName": {"Fn::Sub": f"florin-${{Stage}}-{composite.name}"},
            "AlarmDescription": f"{composite.why} Owner: platform. What to do: {composite.chapter}",
            "AlarmRule": {"Fn::Sub": composite.rule},
            "AlarmActions": actions,
            "OKActions": actions,
        },
    }
