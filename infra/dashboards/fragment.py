"""Makes the template's dashboards from the table. They are made where all alarms are: see infra/alarms/fragment.py."""

import json
from typing import Any

from infra.alarms.fragment import ALL
from infra.dashboards.table import DASHBOARDS, Dashboard, Line, Panel

COLUMNS, WIDTH, HEIGHT = 3, 8, 6
PERIOD_SECONDS = 300


def fragment() -> dict[str, Any]:
    """Return the dashboards as resources."""
    return {"Resources": {one.resource: _resource(one) for one in DASHBOARDS}}


def body_of(dashboard: Dashboard) -> dict[str, Any]:
    """Return the body of a dashboard, with names of resources as Fn::Sub wants them."""
    return {"widgets": [_widget(number, panel) for number, panel in enumerate(dashboard.panels)]}


def _resource(dashboard: Dashboard) -> dict[str, Any]:
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Condition": ALL,
        "Properties": {
            "DashboardName": {"Fn::Sub": f"florin-${{Stage}}-{dashboard.name}"},
            "DashboardBody": {"Fn::Sub": json.dumps(body_of(dashboard), separators=(",", ":"))},
        },
    }


def _widget(number: int, panel: Panel) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "title": panel.title,
        "region": "${AWS::Region}",
        "view": "timeSeries",
        "period": PERIOD_SECONDS,
        "metrics": [_line(line) for line in panel.lines],
    }
    if panel.limit is not None:
        properties["annotations"] = {"horizontal": [{"label": "limit", "value": panel.limit}]}
    place = {"x": number % COLUMNS * WIDTH, "y": number // COLUMNS * HEIGHT, "width": WIDTH, "height": HEIGHT}
    return {"type": "metric", **place, "properties": properties}


def _line(line: Line) -> list[Any]:
    metric = line.metric
    dimensions = [part for name, value in metric.dimensions.items() for part in (name, _text(value))]
    return [metric.namespace, metric.name, *dimensions, {"stat": metric.statistic, "label": line.label}]


def _text(value: Any) -> str:
    """Return the value of a dimension as Fn::Sub wants it in a text."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"${{{name}}}"
        case {"Fn::Sub": text}:
            return str(text)
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"${{{resource}.{attribute}}}"
    raise ValueError(f"{value} is no value of a dimension")
