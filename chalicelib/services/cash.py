"""Cash is counted by staff at a branch, unless the bank lets customers say how much they bring."""

from chalicelib import config
from chalicelib.domain.errors import Forbidden
from chalicelib.domain.permissions import Caller


def require_allowed(caller: Caller) -> None:
    """Raise Forbidden for a customer, where the setting `CUSTOMER_CASH` leaves cash to staff."""
    if not caller.is_staff and not config.customers_handle_cash():
        raise Forbidden("Cash is paid in and out at a branch, by its staff. You can make transfers yourself.")
