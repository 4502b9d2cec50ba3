"""Prints what a stage costs: so far this month, in an idle month, and for a million of each operation."""

import json
from datetime import UTC, datetime

from infra.alarms.parameters import usual_choice
from infra.cost import explorer, idle, per_million, prices
from infra.cost.explorer import MonthToDate
from infra.progress import say
from infra.settings import Settings
from infra.targets import Cloud

EXPLAINED = (
    "Nothing is booked under the tag florin-stage. Activate it as a cost allocation tag in Billing: AWS shows"
    " costs from then on, a day later."
)


def print_month(cloud: Cloud, settings: Settings) -> None:
    """Print the month to date. It needs an account."""
    client = cloud.session.client("ce", region_name=explorer.REGION)
    print_found(explorer.month_to_date(client, settings.stage, datetime.now(UTC).date()))


def print_found(found: MonthToDate) -> None:
    """Print costs by service."""
    say(f"Since {found.since}, by the tag {explorer.TAG}:")
    for service, dollars in found.by_service.items():
        say(f"  {dollars:10.2f}  {service}")
    say(f"  {found.total:10.2f}  together" if found.by_service else f"  {EXPLAINED}")


def print_idle(settings: Settings) -> None:
    """Print the bill of an idle month, from the packaged template of the stage, and what each option adds."""
    packaged = json.loads((settings.package_dir / "sam.json").read_text("utf-8"))
    base = idle.lines(packaged, idle.BASE)
    say("A month in which nobody uses the bank, in $: at list prices, then after the free amounts of each account")
    _print_row(
        prices.sum_of(base), prices.sum_after_free(base), f"without options, of the template of stage {settings.stage}"
    )
    for name, value in idle.OPTIONS.items():
        more = idle.lines(packaged, {**idle.BASE, name: value})
        listed, paid = (summed(more) - summed(base) for summed in (prices.sum_of, prices.sum_after_free))
        _print_row(listed, paid, f"more with {name}={value}")
    alarms = settings.alarms or usual_choice(settings.stage)
    whole = idle.lines(packaged, {"Home": "aws", "Alarms": alarms})
    _print_row(prices.sum_of(whole), prices.sum_after_free(whole), f"as stage {settings.stage} is by default")


def print_per_million() -> None:
    """Print the price of a million of each operation."""
    say("A million of each, in $ at list prices, from the units that `make bench` has counted:")
    for what, dollars in per_million.transfer_dollars().items():
        say(f"  {dollars:10.2f}  transfer: {what}")
    for operation, dollars in per_million.dynamodb_dollars().items():
        say(f"  {dollars:10.2f}  {operation}: DynamoDB")


def _print_row(listed: float, paid: float, what: str) -> None:
    say(f"  {listed:10.2f} {paid:10.2f}  {what}")
