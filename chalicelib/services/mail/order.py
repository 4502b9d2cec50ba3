"""Orders mails: a separate function writes and sends them, so that no request waits.

What is handed over names no address and carries no secret, for AWS keeps it until the mailer has done its work.
"""

from contextlib import suppress
from typing import Literal, NotRequired, TypedDict

from chalicelib import resources, workflows
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.permissions import Caller

Kind = Literal[
    "password_reset",
    "password_changed",
    "factors_changed",
    "email_verification",
    "email_change_requested",
    "invitation",
    "customer_invitation",
    "approval_expired",
    "endpoint_added",
    "endpoint_moved",
    "endpoint_disabled",
    "calendar_link_added",
    "shortfall_forecast",
    "order_payment_retried",
    "order_payment_failed",
    "order_suspended",
]


class MailRequest(TypedDict):
    """`to` is the keyed hash of an address (password_reset), a customer's id (customer_invitation), or a user's id.

    With `about`, the id of what a notice is about, it is sent once however often it is ordered.
    """

    kind: Kind
    to: str
    request_id: str
    about: NotRequired[str]


def order(kind: Kind, to: str, caller: Caller, *, about: str | None = None) -> None:
    """Hand a mail over to the mailer. Raises Unavailable when AWS does not take it."""
    wanted: MailRequest = {"kind": kind, "to": to, "request_id": caller.request_id}
    if about:
        wanted["about"] = about
    workflows.send(resources.mailer_name(), {**wanted})


def tell(kind: Kind, to: str, caller: Caller) -> None:
    """Hand over a mail about what has been done: done it stays, whether or not AWS takes the mail."""
    with suppress(Unavailable):
        order(kind, to, caller)
