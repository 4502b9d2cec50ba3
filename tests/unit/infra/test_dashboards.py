"""The dashboards of CloudWatch: they show what alarms watch, and only what exists."""

import json
import re

import pytest

from infra.alarms.service_levels import WINDOWS
from infra.alarms.table import ALARMS
from infra.build.template import merged_fragments
from infra.dashboards import fragment
from infra.dashboards.table import DASHBOARDS, Dashboard
from infra.settings import ROOT, Settings

SHOWN = [line.metric for dashboard in DASHBOARDS for panel in dashboard.panels for line in panel.lines]


def test_every_metric_of_an_alarm_is_on_a_dashboard() -> None:
    shown = {(metric.namespace, metric.name, str(metric.dimensions)) for metric in SHOWN}
    watched = {(one.metric.namespace, one.metric.name, str(one.metric.dimensions)) for one in (*ALARMS, *WINDOWS)}
    assert watched - shown == set()


def test_every_metric_of_the_bank_on_a_dashboard_is_emitted() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
    for metric in SHOWN:
        if metric.namespace == "Florin":
            assert f'"{metric.name}"' in code or f"{metric.name}=" in code, metric.name


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.name)
def test_dashboard_names_resources_of_the_stack_only(dashboard: Dashboard) -> None:
    template = merged_fragments(Settings(stage="prod"))
    text = template["Resources"][dashboard.resource]["Properties"]["DashboardBody"]["Fn::Sub"]
    named = set(re.findall(r"\$\{([^}]+)\}", text))
    assert {name.partition(".")[0] for name in named} <= template["Resources"].keys() | {"Stage", "AWS::Region"}
    assert json.loads(text) == fragment.body_of(dashboard)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.name)
def test_panels_do_not_overlap_and_have_titles_of_their_own(dashboard: Dashboard) -> None:
    widgets = fragment.body_of(dashboard)["widgets"]
    assert len({(one["x"], one["y"]) for one in widgets}) == len(widgets)
    assert len({one["properties"]["title"] for one in widgets}) == len(widgets)
    assert all(one["x"] + one["width"] <= 24 for one in widgets)
