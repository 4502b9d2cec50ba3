"""Merges the fragments into the one JSON file that `chalice package --merge-template` takes."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.domain.orders.execution import attempt_moments
from infra.alarms import fragment as alarms
from infra.build import clearing_bank, function_settings, functions, gateway_responses, throttling, tracing
from infra.build.yaml_text import read_yaml
from infra.dashboards import fragment as dashboards
from infra.settings import Settings

SCHEDULED_RUNS = (
    {
        "Run": "MonthlyInterest",
        "run": "monthly-interest",
        "Task": "InterestTask",
        "ARN": "INTEREST_STATE_MACHINE_ARN",
        "minute": "0",
    },
    {
        "Run": "MonthlyStatements",
        "run": "monthly-statements",
        "Task": "StatementTask",
        "ARN": "STATEMENT_STATE_MACHINE_ARN",
        "minute": "30",
    },
    {
        "Run": "StandingOrders",
        "run": "standing-orders",
        "Task": "StandingOrderTask",
    },
)
"""What the fragment of a scheduled run says for each: names of its resources.

The minutes are UTC's. Those of standing orders follow from the bank's time zone.
"""

LONG_JOBS = (
    {"Job": "ReportExport", "job": "report-export", "Task": "ExportTask", "ARN": "EXPORT_STATE_MACHINE_ARN"},
    {"Job": "PaymentFile", "job": "payment-file", "Task": "PaymentFileTask", "ARN": "PAYMENT_FILE_STATE_MACHINE_ARN"},
    {"Job": "Verification", "job": "verification", "Task": "VerificationTask", "ARN": "VERIFICATION_STATE_MACHINE_ARN"},
)
"""What the fragment of a long job says for each: names of its resources."""


def merged_fragments(settings: Settings) -> dict[str, Any]:
    """Return everything of a stage's stack that Chalice does not write."""
    fragments_dir = settings.root / "infra" / "fragments"
    paths = sorted(fragments_dir.glob("*.yaml"))
    if settings.stage != "local":
        paths += sorted((fragments_dir / "keep").glob("*.yaml"))
    if clearing_bank.is_part_of(settings):
        paths += sorted((fragments_dir / "simulated").glob("*.yaml"))
    if function_settings.of_stage(settings).get("CLEARING") != "on":
        paths += sorted((fragments_dir / "unconnected").glob("*.yaml"))
    if settings.has_layer:
        paths += sorted((fragments_dir / "layered").glob("*.yaml"))
    paths.append(fragments_dir / "stages" / f"{settings.stage}.yaml")
    merged = merge(merge(gateway_responses.fragment(), functions.fragment(settings)), throttling.fragment())
    merged = merge(merge(merged, alarms.fragment()), dashboards.fragment())
    for path in paths:
        merged = merge(merged, read_yaml(path.read_text()))
    zone = ZoneInfo(function_settings.of_stage(settings).get("BANK_TIMEZONE", "UTC"))
    on_request = tuple(run for run in SCHEDULED_RUNS if "ARN" in run)
    kinds = (("scheduled_run", SCHEDULED_RUNS), ("run_on_request", on_request), ("long_job", LONG_JOBS))
    for name, each in kinds:
        text = (fragments_dir / "runs" / f"{name}.yaml").read_text()
        for words in each:
            merged = merge(merged, read_yaml(_said_with(text, {"minute": minutes_of_orders(zone)} | words)))
    merged = merge(tracing.fragment(settings, merged), merged)
    merged["Parameters"]["Stage"] |= {"Default": settings.stage, "AllowedValues": [settings.stage]}
    for resource in merged["Resources"].values():
        if resource.get("Type") == "AWS::StepFunctions::StateMachine":
            _inline_definition(resource["Properties"], settings.root)
    return merged


def minutes_of_orders(zone: ZoneInfo) -> str:
    """Return the minutes of each UTC hour at which an attempt of orders may be due in a time zone, in winter or summer.

    Fewer would miss one, and each one more costs as much as all checks of another run.
    """
    moments = (moment for month in range(1, 13) for moment in attempt_moments(date(2026, month, 15), zone))
    return ",".join(map(str, sorted({moment.minute for moment in moments})))


def merge(base: dict[str, Any], addition: dict[str, Any]) -> dict[str, Any]:
    """Merge deeply: mappings are united, of other values the addition's is taken, as Chalice does."""
    united = dict(base)
    for key, value in addition.items():
        both_mappings = isinstance(value, dict) and isinstance(united.get(key), dict)
        united[key] = merge(united[key], value) if both_mappings else value
    return united


def _said_with(text: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(f"‹{name}›", word)
    return text


def _inline_definition(properties: dict[str, Any], root: Path) -> None:
    """Put the state machine's own file where the fragment names it."""
    properties["Definition"] = json.loads((root / properties["Definition"]).read_text())
