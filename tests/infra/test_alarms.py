"""Each alarm is fired on the emulator: its metric is put, its state changes, and its topic tells of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.alarms.alarm import Alarm
from infra.alarms.service_levels import COMPOSITES, WINDOWS, Composite
from infra.alarms.table import ALARMS
from infra.dashboards.table import DASHBOARDS, Dashboard
from infra.deploy.change_set import outputs
from tests.stack import Stack, eventually


def _bad(alarm: Alarm) -> float:
    """Return a value that breaks the threshold, though the emulator adds up the metric of all functions."""
    return -1_000_000.0 if alarm.comparison == "LessThanThreshold" else alarm.threshold + 1


@pytest.fixture(scope="module")
def told(stack: Stack) -> Iterator[Any]:
    """Returns the names of the alarms that a topic has told of since the last question."""
    sqs, found = stack.client("sqs"), outputs(stack.cloud, stack.settings.stack_name)
    queues = {}
    for urgency, output in (("wake", "AlarmTopicArn"), ("ticket", "TicketTopicArn")):
        queues[urgency] = sqs.create_queue(QueueName=f"told-{urgency}")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queues[urgency], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sender = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [sender | {"Resource": arn}]})
        sqs.set_queue_attributes(QueueUrl=queues[urgency], Attributes={"Policy": policy})
        stack.client("sns").subscribe(TopicArn=found[output], Protocol="sqs", Endpoint=arn)

    def names(urgency: str) -> list[str]:
        messages = sqs.receive_message(QueueUrl=queues[urgency], MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=queues[urgency], ReceiptHandle=message["ReceiptHandle"])
        told = [json.loads(json.loads(message["Body"])["Message"]) for message in messages]
        return [one["AlarmName"] for one in told if one["NewStateValue"] == "ALARM"]

    yield names
    for url in queues.values():
        sqs.delete_queue(QueueUrl=url)


def _fire(stack: Stack, alarm: Alarm, name: str) -> None:
    """Put a bad value of the alarm's metric, with the dimensions that the deployed alarm has."""
    cloudwatch = stack.client("cloudwatch")
    [deployed] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    datum: dict[str, Any] = {"MetricName": deployed["MetricName"], "Dimensions": deployed["Dimensions"]}
    if alarm.metric.is_percentile or alarm.metric.statistic == "Average":
        datum |= {"Values": [_bad(alarm)], "Counts": [1_000_000.0]}
    else:
        datum["Value"] = _bad(alarm)
    cloudwatch.put_metric_data(Namespace=deployed["Namespace"], MetricData=[datum])


def _state(stack: Stack, name: str) -> str:
    types = ["MetricAlarm", "CompositeAlarm"]
    found: dict[str, list[dict[str, str]]] = stack.client("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=types
    )
    [alarm] = found["MetricAlarms"] + found["CompositeAlarms"]
    return alarm["StateValue"]


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda one: one.name)
def test_alarm_fires_when_its_metric_is_bad_and_tells_its_topic(stack: Stack, told: Any, alarm: Alarm) -> None:
    name = f"florin-{stack.settings.stage}-{alarm.name}"
    stack.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="OK", StateReason="as it should be")
    told(alarm.urgency)
    _fire(stack, alarm, name)
    assert _state(stack, name) == "ALARM"
    assert name in eventually(lambda: told(alarm.urgency))


@pytest.mark.parametrize("composite", COMPOSITES, ids=lambda one: one.name)
def test_service_level_rings_only_while_both_windows_do(stack: Stack, composite: Composite) -> None:
    """The emulator's CloudFormation makes no composite alarms, so this makes it with the template's own rule."""
    stage, cloudwatch = stack.settings.stage, stack.client("cloudwatch")
    for window in WINDOWS:
        cloudwatch.set_alarm_state(AlarmName=f"florin-{stage}-{window.name}", StateValue="OK", StateReason="calm")
    name = f"florin-{stage}-{composite.name}"
    cloudwatch.put_composite_alarm(AlarmName=name, AlarmRule=composite.rule.replace("${Stage}", stage))
    try:
        for long, short in composite.pairs:
            names = [f"florin-{stage}-{window.name}" for window in (long, short)]
            cloudwatch.set_alarm_state(AlarmName=names[0], StateValue="ALARM", StateReason="burns")
            assert _state(stack, name) == "OK"
            cloudwatch.set_alarm_state(AlarmName=names[1], StateValue="ALARM", StateReason="burns")
            assert _state(stack, name) == "ALARM"
            for one in names:
                cloudwatch.set_alarm_state(AlarmName=one, StateValue="OK", StateReason="calm")
            assert _state(stack, name) == "OK"
    finally:
        cloudwatch.delete_alarms(AlarmNames=[name])


@pytest.mark.parametrize("window", WINDOWS, ids=lambda one: one.name)
def test_window_of_a_service_level_fires(stack: Stack, window: Alarm) -> None:
    name = f"florin-{stack.settings.stage}-{window.name}"
    stack.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="OK", StateReason="as it should be")
    _fire(stack, window, name)
    assert _state(stack, name) == "ALARM"


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.name)
def test_dashboard_is_deployed_with_the_names_of_the_stack(stack: Stack, dashboard: Dashboard) -> None:
    name = f"florin-{stack.settings.stage}-{dashboard.name}"
    body = json.loads(stack.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"])
    assert len(body["widgets"]) == len(dashboard.panels)
    assert "${" not in json.dumps(body)
    assert f"florin-{stack.settings.stage}" in json.dumps(body)
