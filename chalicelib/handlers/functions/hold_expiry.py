"""The function that expires overdue payments, on a schedule."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(1, unit=Rate.HOURS), name="expire_holds")
def expire_holds(event: CloudWatchEvent) -> dict[str, int]:
    """Release what is overdue. The answer, how many, is for whoever starts it by hand."""
    from chalicelib.services.payments.hold_expiry import expire_overdue

    return {"expired": expire_overdue()}
