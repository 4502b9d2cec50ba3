"""Which gauges show that work stands still, and that nothing is counted while none does."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.time import timestamp
from chalicelib.services.operations import readiness

GOOD: dict[str, Any] = {
    "lag_seconds": {"audit_trail": 0.0, "events": 900.0},
    "deliveries_oldest_due_at": None,
    "queued_first_due_at": timestamp(clock.now() + timedelta(hours=20)),
    "unsealed_oldest_at": None,
    "set_aside": {"events": 1},
    "dead_letters": {"webhooks": 1},
}


def ago(**time: float) -> str:
    return timestamp(clock.now() - timedelta(**time))


def counted(figures: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> list[float]:
    """Return the values of the metric that the gauges lead to."""
    readiness.count_standstills(figures)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [value for line in lines for value in line.get("ChecksFailed", [])]


def test_nothing_is_counted_while_work_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    """Also while something waits for people, whose alarms are others."""
    assert counted(GOOD, capsys) == []


@pytest.mark.parametrize(
    ("figure", "late"),
    [
        ("lag_seconds", {"audit_trail": 0.0, "events": 901.0}),
        ("deliveries_oldest_due_at", ago(minutes=61)),
        ("queued_first_due_at", ago(minutes=61)),
        ("unsealed_oldest_at", ago(minutes=121)),
    ],
)
def test_work_that_stands_still_is_counted(figure: str, late: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert counted(GOOD | {figure: late}, capsys) == [1]


def test_each_work_that_stands_still_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    late = {"lag_seconds": {"audit_trail": 5000.0, "events": 5000.0}, "queued_first_due_at": ago(hours=2)}
    assert counted(GOOD | late, capsys) == [3]
