"""Which schedules the emulator of the tests fires when a minute, an hour or a day turns."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from ministack.services import eventbridge

from tests.forked import schedules

BEFORE = datetime(2026, 11, 30, 23, 59, 55, tzinfo=UTC)
MINUTE, DAY = "rate(1 minute)", timedelta(days=1)
SELDOM = ("rate(60 minutes)", "rate(1 hour)", "rate(1 day)", "cron(0 * * * ? *)", "cron(0,5 * * * ? *)")


class Rules:
    """Rules in MiniStack's EventBridge, and which of them have fired."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch, self.fired = patch, list[str]()
        for name in ("_rules", "_targets"):
            patch.setitem(vars(eventbridge), name, SimpleNamespace(_data={}))
        patch.setitem(vars(eventbridge), "_rule_last_fired", {})
        patch.setitem(vars(eventbridge), "_invoke_target", self._invoke)

    def _invoke(self, _target: Any, _event: Any, rule: Any, _view: Any) -> None:
        self.fired.append(rule["ScheduleExpression"])

    def put(self, expression: str) -> None:
        key = ("123456789012", "us-east-1", f"default|{expression}")
        arn = f"arn:aws:events:us-east-1:123456789012:rule/{len(eventbridge._rules._data)}"
        eventbridge._rules._data[key] = {
            "ScheduleExpression": expression,
            "State": "ENABLED",
            "Arn": arn,
            "CreationTime": BEFORE.timestamp(),
        }
        eventbridge._targets._data[key] = [{"Id": "1"}]

    def tick(self, at: datetime) -> None:
        self.patch.setitem(vars(eventbridge), "_now_ts", at.timestamp)
        eventbridge._tick_scheduled_rules()


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Rules:
    for name in ("_parse_rate_seconds", "_cron_next_fire"):
        monkeypatch.setitem(vars(eventbridge), name, getattr(eventbridge, name))  # which `hold` replaces
    made = Rules(monkeypatch)
    for expression in (MINUTE, *SELDOM):
        made.put(expression)
    made.tick(BEFORE)
    return made


def test_without_a_hold_all_have_fired_a_day_later(rules: Rules) -> None:
    rules.tick(BEFORE + DAY)
    assert sorted(rules.fired) == sorted((MINUTE, *SELDOM))


def test_held_schedules_do_not_fire_and_frequent_ones_do(rules: Rules) -> None:
    schedules.hold(eventbridge)
    for later in (timedelta(seconds=10), timedelta(hours=1), DAY):
        rules.tick(BEFORE + later)
    assert rules.fired == [MINUTE, MINUTE]


def test_held_schedule_may_still_be_made(rules: Rules) -> None:
    schedules.hold(eventbridge)
    assert all(eventbridge._validate_schedule_expression(expression) for expression in SELDOM)
