"""Cash is counted by staff at a branch, unless the bank lets customers say how much they bring."""

from chalicelib import config
from chalicelib.domain.errors import Forbidden
from chalicelib.domain.permissions import Caller


def require_allowed(caller: Caller) -> None:
    """Raise Forbidden for a customer, where the setting `CUSTOMER_CASH` leaves cash to staff."""
    if not caller.is_staff and not config.customers_handle_cash():
        raise Forbidden("Staff pay cash in and out. Bring it to a branch, or have it sent to your IBAN.")
