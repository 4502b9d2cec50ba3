"""The table of alarms: how many wake someone, what is said of each, what they cost, and whom they tell."""

import json
import re
from pathlib import Path

import pytest

from infra.alarms import fragment, parameters
from infra.alarms.service_levels import COMPOSITES, FAST, LEVELS, SLOW, WINDOWS
from infra.alarms.table import ALARMS, RUNS, TICKETS, WAKING, WAKING_MAX
from infra.errors import CommandError
from infra.settings import ROOT, Settings

RUNBOOK = ROOT / "docs" / "runbook.md"
PARTS = ("**Symptom.**", "**Check.**", "**Fix.**", "**Wake.**")
ALARM_PRICE, COMPOSITE_PRICE = 0.10, 0.50
NAMED = (*ALARMS, *COMPOSITES)


def chapters() -> dict[str, str]:
    """Return the runbook's chapters by their headings."""
    found = re.split(r"^### (.+)$", RUNBOOK.read_text(), flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def test_at_most_ten_alarms_wake_someone() -> None:
    waking = [one for one in NAMED if one.urgency == "wake"]
    assert len(waking) == len(WAKING) + 1 <= WAKING_MAX
    assert all(one.urgency == "ticket" for one in (*TICKETS, *RUNS))
    assert all(one.urgency == "level" for one in WINDOWS)


def test_names_of_alarms_are_unique() -> None:
    every = (*ALARMS, *WINDOWS)
    names = [one.name for one in every] + [one.name for one in COMPOSITES]
    resources = [one.resource_name for one in every] + [one.resource_name for one in COMPOSITES]
    assert len(set(names)) == len(names)
    assert len(set(resources)) == len(resources)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]+", name) for name in names)


def test_every_alarm_has_its_chapter_in_the_runbook() -> None:
    found = chapters()
    assert {one.name for one in NAMED} == found.keys()
    for name, text in found.items():
        assert [part for part in PARTS if part not in text] == [], name
        assert [text.index(part) for part in PARTS] == sorted(text.index(part) for part in PARTS), name
    for one in NAMED:
        says_nobody = chapters()[one.name].split("**Wake.**")[1].strip().startswith("Nobody")
        assert says_nobody == (one.urgency == "ticket"), one.name


def test_runbook_of_waking_alarms_comes_first() -> None:
    headings = list(chapters())
    waking = {one.name for one in NAMED if one.urgency == "wake"}
    assert set(headings[: len(waking)]) == waking


def test_every_sort_of_runbook_names_metric_and_owner() -> None:
    for alarm in ALARMS:
        text = chapters()[alarm.name]
        assert f"`{alarm.metric.name}`" in text, alarm.name
        assert f"Owner: {alarm.owner}." in text, alarm.name


def test_price_of_alarms_is_the_one_that_is_stated() -> None:
    """docs/costs.md says what the alarms cost a month with ALARMS=wake, and with all."""
    waking = len(WAKING) * ALARM_PRICE
    every = (len(ALARMS) + len(WINDOWS)) * ALARM_PRICE + len(COMPOSITES) * COMPOSITE_PRICE
    text = (ROOT / "docs" / "costs.md").read_text()
    assert f"`ALARMS=wake` | {waking:.2f}" in text
    assert f"`ALARMS=all` | {every:.2f}" in text
    assert waking <= 1


def test_burn_of_availability_is_a_multiple_of_its_allowance() -> None:
    available = LEVELS[0]
    assert available.alarm(FAST, "long").threshold == pytest.approx(14.4 * 0.001)
    assert available.alarm(SLOW, "short").threshold == pytest.approx(6 * 0.001)
    assert [available.alarm(FAST, window).period_seconds for window in ("long", "short")] == [3600, 300]


def test_burn_of_a_percentile_is_a_lower_percentile() -> None:
    """One request of a hundred may take longer than a second; at 14.4 times that, the slowest 14.4 % do."""
    quick = LEVELS[1].alarm(FAST, "long")
    assert (quick.metric.statistic, quick.threshold) == ("p85.6", 1000)
    webhooks = LEVELS[3].alarm(FAST, "short")
    assert (webhooks.metric.statistic, webhooks.threshold) == ("p28", 10_000)


def test_burn_of_minutes_is_a_count_of_bad_ones() -> None:
    prompt = LEVELS[2]
    long, short = prompt.alarm(FAST, "long"), prompt.alarm(FAST, "short")
    assert (long.period_seconds, long.periods, long.datapoints) == (60, 60, 9)
    assert (short.period_seconds, short.periods, short.datapoints) == (60, 5, 1)


def test_composite_rings_only_if_both_windows_of_a_level_do() -> None:
    fast = COMPOSITES[0]
    for long, short in fast.pairs:
        both = f'(ALARM("florin-${{Stage}}-{long.name}") AND ALARM("florin-${{Stage}}-{short.name}"))'
        assert both in fast.rule
    assert fast.rule.count(" OR ") == len(fast.pairs) - 1


def test_no_alarm_is_written_by_hand() -> None:
    for path in (ROOT / "infra" / "fragments").rglob("*.yaml"):
        assert "AWS::CloudWatch::Alarm" not in path.read_text(), path


def test_every_metric_of_an_alarm_is_emitted_somewhere() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
    for alarm in (*ALARMS, *WINDOWS):
        if alarm.metric.namespace == "Florin":
            assert f'"{alarm.metric.name}"' in code or f"{alarm.metric.name}=" in code, alarm.name


def test_alarms_that_wake_are_made_everywhere_and_the_others_on_request() -> None:
    resources = fragment.fragment()["Resources"]
    for alarm in ALARMS:
        assert resources[alarm.resource_name].get("Condition") == (None if alarm.urgency == "wake" else "AllAlarms")
        [action] = resources[alarm.resource_name]["Properties"]["AlarmActions"]
        assert action == {"Ref": "AlarmTopic" if alarm.urgency == "wake" else "TicketTopic"}
    assert json.dumps(resources[WINDOWS[0].resource_name]["Properties"]["AlarmActions"]) == "[]"


def given(settings: Settings, *before: tuple[str, str]) -> dict[str, str]:
    stack = {"Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in before]}
    return {one["ParameterKey"]: one["ParameterValue"] for one in parameters.of_deployment(settings, stack)}


def test_prod_has_all_alarms_and_dev_those_that_wake() -> None:
    assert given(Settings(stage="prod"))["Alarms"] == "all"
    assert given(Settings(stage="dev"))["Alarms"] == "wake"
    assert given(Settings(stage="prod", alarms="wake"))["Alarms"] == "wake"


def test_what_a_deployment_does_not_say_stays() -> None:
    before = (("Alarms", "all"), ("OnCall", "night@bank.example"))
    after = given(Settings(stage="dev", tickets="https://desk.example/alarms"), *before)
    assert after == {
        "Alarms": "all",
        "OnCall": "night@bank.example",
        "OnCallProtocol": "email",
        "Tickets": "https://desk.example/alarms",
        "TicketsProtocol": "https",
    }


@pytest.mark.parametrize("address", ["http://desk.example/", "nobody", "mailto:a@b.example", "sms:+44123"])
def test_address_that_cannot_be_called_is_refused(address: str) -> None:
    with pytest.raises(CommandError, match="cannot be called"):
        given(Settings(on_call=address))


def test_other_choice_of_alarms_is_refused() -> None:
    with pytest.raises(CommandError, match="no choice"):
        given(Settings(alarms="some"))


def test_links_to_the_runbook_are_those_of_the_file() -> None:
    assert Path(ROOT / ALARMS[0].chapter.partition("#")[0]) == RUNBOOK
