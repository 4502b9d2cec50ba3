"""Mails that the stream orders, so that no writer of what they are about need think of them."""

from collections.abc import Iterable

from chalicelib.domain.permissions import system
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.orders.shortfall import Shortfall
from chalicelib.services.mail import order


def tell_makers(expired: Iterable[Approval]) -> None:
    """Order a mail to the maker of each approval that has expired. Raises Unavailable: the stream tries again."""
    for approval in expired:
        caller = system(str(approval.request_id))
        order.order("approval_expired", approval.requested_by, caller, about=approval.id)


def tell_of_shortfalls(shortfalls: Iterable[Shortfall]) -> None:
    """Order a mail about each shortfall that was foreseen. Raises Unavailable: the stream tries again."""
    for shortfall in shortfalls:
        caller = system(str(shortfall.request_id))
        about = f"{shortfall.account_id} {shortfall.date}"
        order.order("shortfall_forecast", shortfall.user_id, caller, about=about)
