"""Mails about approvals. The stream orders them, so whoever ended an approval, and however, need not think of it."""

from collections.abc import Iterable

from chalicelib.domain.permissions import system
from chalicelib.models.approvals.approval import Approval
from chalicelib.services.mail import order


def tell_makers(expired: Iterable[Approval]) -> None:
    """Order a mail to the maker of each approval that has expired. Raises Unavailable: the stream tries again."""
    for approval in expired:
        caller = system(str(approval.request_id))
        order.order("approval_expired", approval.requested_by, caller, about=approval.id)
