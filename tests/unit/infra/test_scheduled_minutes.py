"""The minutes at which the schedule of standing orders comes."""

from zoneinfo import ZoneInfo

import pytest

from infra.build.template import merged_fragments, minutes_of_orders
from infra.settings import Settings


@pytest.mark.parametrize(
    ("zone", "minutes"),
    [
        ("UTC", "0,5"),
        ("Europe/Berlin", "0,5"),
        ("Asia/Kolkata", "30,35"),
        ("Asia/Kathmandu", "15,20"),
        ("Australia/Lord_Howe", "0,5,30,35"),
    ],
)
def test_minutes_of_orders_meet_each_attempt_of_the_zone(zone: str, minutes: str) -> None:
    """Lord Howe's clock is half an hour ahead in summer."""
    assert minutes_of_orders(ZoneInfo(zone)) == minutes


def test_each_run_has_its_minutes() -> None:
    resources = merged_fragments(Settings())["Resources"]
    runs = ("MonthlyInterest", "MonthlyStatements", "StandingOrders")
    found = [resources[f"{run}Rule"]["Properties"]["ScheduleExpression"] for run in runs]
    assert found == ["cron(0 * * * ? *)", "cron(30 * * * ? *)", "cron(0,5 * * * ? *)"]
