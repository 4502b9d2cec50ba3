"""The function that ends overdue payments and those without a right, on a schedule."""

from chalice.app import Blueprint, CloudWatchEvent, Rate

blueprint = Blueprint(__name__)


@blueprint.schedule(Rate(1, unit=Rate.HOURS), name="expire_holds")
def expire_holds(event: CloudWatchEvent) -> dict[str, int]:
    """Expire what is overdue, void what has lost its right; return how many."""
    from chalicelib.services.payments.hold_expiry import sweep

    return sweep()
