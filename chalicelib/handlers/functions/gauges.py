"""The function that takes the gauges of the bank every few minutes."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(5, unit=Rate.MINUTES), name="gauges")
def take_gauges(event: CloudWatchEvent) -> dict[str, object]:
    """Take the gauges, count what stands still by them, and return them."""
    from chalicelib.services.operations import gauges, readiness

    figures = gauges.take()
    readiness.count_standstills(figures)
    return figures
