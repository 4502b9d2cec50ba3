"""Writes the mail that invites a customer to log in. Only here does the secret of its code exist in plaintext."""

import secrets
from dataclasses import dataclass, field

from chalicelib import clock, config
from chalicelib.domain.crypto.token_hash import digest
from chalicelib.domain.identity import mailed_code
from chalicelib.domain.mail import templates
from chalicelib.domain.mail.templates import Mail
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.customers.customer import Customer
from chalicelib.models.identity.invitation import Invitation
from chalicelib.services.crypto import personal_fields

SECRET_BYTES = 32


@dataclass(frozen=True)
class InvitingMail:
    address: str = field(repr=False)
    mail: Mail


@transact.until_committed
def write(customer_id: str, caller: Caller) -> InvitingMail | None:
    """Make the code of a customer's invitation, and return its mail; None if the invitation is void by now.

    An order that is delivered twice makes another code, and only the newest one counts.
    """
    customer, invitation, now = Customer.by_id(customer_id), Invitation.of(customer_id), clock.now()
    if customer is None or invitation is None or not invitation.is_valid(now):
        return None
    address = personal_fields.decrypt(customer)["email"]
    if not customer.may_join or customer.contact_set_at != invitation.contact_set_at or not address:
        return None
    secret = secrets.token_urlsafe(SECRET_BYTES)
    transact.commit([invitation.send(digest(secret), caller, now)], caller.request_id)
    return InvitingMail(
        address, templates.customer_invitation(mailed_code.code_of(customer_id, secret), config.invitation_url())
    )
