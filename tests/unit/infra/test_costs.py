"""What the bank costs: this month, in an idle month, for a million of each operation."""

import json
from datetime import date
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from infra.cost import explorer, idle, per_million, report
from infra.cost.prices import Line, sum_after_free, sum_of
from infra.cost.template import Template
from infra.settings import ROOT

PACKAGED: dict[str, Any] = {
    "Parameters": {"Home": {"Default": "aws"}, "Option": {"Default": "off"}, "Limit": {"Default": 0}},
    "Conditions": {
        "OnAws": {"Fn::Equals": [{"Ref": "Home"}, "aws"]},
        "HasOption": {"Fn::And": [{"Condition": "OnAws"}, {"Fn::Equals": [{"Ref": "Option"}, "on"]}]},
        "Either": {"Fn::Or": [{"Condition": "HasOption"}, {"Fn::Not": [{"Fn::Equals": [{"Ref": "Limit"}, 0]}]}]},
    },
    "Resources": {
        "Always": {"Type": "AWS::KMS::Key", "Properties": {}},
        "Optional": {"Type": "AWS::KMS::Key", "Condition": "HasOption", "Properties": {}},
        "Other": {"Type": "AWS::KMS::Key", "Condition": "Either", "Properties": {}},
        "Sweep": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "MemorySize": 512,
                "Events": {
                    "Often": {"Type": "Schedule", "Properties": {"Schedule": "rate(5 minutes)"}},
                    "Never": {"Type": "Schedule", "Properties": {"Schedule": "rate(1 minute)", "Enabled": False}},
                    "Queue": {"Type": "SQS", "Properties": {"Queue": "q"}},
                    "Off": {"Type": "SQS", "Properties": {"Queue": "q", "Enabled": False}},
                },
            },
        },
        "Rule": {"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "cron(0,30 * * * ? *)"}},
    },
}
COUNTED = f"""
{per_million.UNITS}
```text
operation     read  table  index  written in all  bytes
deposit          4     10      2              12  3,000
account read     1      0      0               0    500
```
"""
SERVICES = [("AWS Key Management Service", "2.5"), ("Amazon DynamoDB", "7.25")]


def bill(**parameters: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for line in idle.lines(PACKAGED, parameters):
        found[line.price] = found.get(line.price, 0) + line.amount
    return found


@pytest.mark.parametrize(
    ("parameters", "made"),
    [
        ({}, {"Always"}),
        ({"Option": "on"}, {"Always", "Optional", "Other"}),
        ({"Limit": "3"}, {"Always", "Other"}),
        ({"Option": "on", "Home": "emulator"}, {"Always"}),
    ],
)
def test_resources_are_those_whose_conditions_hold(parameters: dict[str, str], made: set[str]) -> None:
    assert Template(PACKAGED, parameters).resources("AWS::KMS::Key").keys() == made


def test_parameter_that_the_template_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="Unknown"):
        Template(PACKAGED, {"Unknown": "on"})


def test_schedules_queues_and_keys_are_counted() -> None:
    counted = bill(Option="on")
    assert counted["kms_key_months"] == 3
    assert counted["sqs_requests"] == 5 * 3 * 730 * 60
    assert counted["lambda_requests"] == 730 * 12 + 730 * 2
    assert counted["state_transitions"] == pytest.approx(730 * 2 * 3 + 730 / 24 * 52)


def test_schedule_of_an_unknown_form_is_refused() -> None:
    rule = {"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "cron(0 8 1 * ? *)"}}
    with pytest.raises(ValueError, match="how often"):
        idle.lines(PACKAGED | {"Resources": {"Rule": rule}}, {})


def test_free_amounts_are_those_of_all_lines_together() -> None:
    lines = [Line("a", "alarm_months", 9), Line("b", "alarm_months", 3), Line("c", "kms_key_months", 2)]
    assert sum_of(lines) == pytest.approx(3.2)
    assert sum_after_free(lines) == pytest.approx(2.2)


def test_every_amount_that_is_free_has_a_price() -> None:
    given = json.loads((ROOT / "bench" / "prices.json").read_text())
    assert given["always_free"]["amounts"].keys() <= given["prices"].keys()
    assert all(one["source"] for one in given["prices"].values())


def test_prices_of_operations_are_those_of_the_counted_units() -> None:
    operations = per_million.dynamodb_dollars(COUNTED)
    assert operations == pytest.approx({"deposit": 4 * 0.125 + 12 * 0.625, "account read": 0.125})


def test_results_have_the_operations_and_the_bill_of_transfers() -> None:
    assert {"deposit", "account read"} <= per_million.dynamodb_dollars().keys()
    assert per_million.transfer_dollars().keys() == set(per_million.TRANSFERS.values())


def _answer(services: list[tuple[str, str]], **more: str) -> dict[str, Any]:
    groups = [
        {"Keys": [name], "Metrics": {"UnblendedCost": {"Amount": cost, "Unit": "USD"}}} for name, cost in services
    ]
    period = {"Start": "2026-11-01", "End": "2026-11-30"}
    return {"ResultsByTime": [{"TimePeriod": period, "Total": {}, "Groups": groups, "Estimated": True}], **more}


def _asked(**more: str) -> dict[str, Any]:
    return {
        "TimePeriod": {"Start": "2026-11-01", "End": "2026-11-30"},
        "Granularity": "MONTHLY",
        "Metrics": ["UnblendedCost"],
        "Filter": {"Tags": {"Key": "florin-stage", "Values": ["prod"]}},
        "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
        **more,
    }


@pytest.fixture
def cost_explorer() -> Any:
    session = boto3.Session("test", "test", region_name="us-east-1")
    return session.client("ce")


def test_month_to_date_is_of_the_stage_by_service(cost_explorer: Any) -> None:
    with Stubber(cost_explorer) as stubbed:
        stubbed.add_response("get_cost_and_usage", _answer(SERVICES[:1], NextPageToken="2"), _asked())
        stubbed.add_response("get_cost_and_usage", _answer(SERVICES), _asked(NextPageToken="2"))
        found = explorer.month_to_date(cost_explorer, "prod", date(2026, 11, 29))
        stubbed.assert_no_pending_responses()
    assert list(found.by_service.items()) == [("Amazon DynamoDB", 7.25), ("AWS Key Management Service", 5.0)]
    assert (found.since, found.total) == (date(2026, 11, 1), 12.25)


def test_account_without_the_tag_is_told_how_to_activate_it(
    cost_explorer: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with Stubber(cost_explorer) as stubbed:
        stubbed.add_response("get_cost_and_usage", _answer([]), _asked())
        report.print_found(explorer.month_to_date(cost_explorer, "prod", date(2026, 11, 29)))
    assert "cost allocation tag" in capsys.readouterr().out


def test_operations_are_printed_with_their_prices(capsys: pytest.CaptureFixture[str]) -> None:
    report.print_per_million()
    assert f"{per_million.dynamodb_dollars()['deposit']:.2f}  deposit: DynamoDB" in capsys.readouterr().out
