"""The invitation of a customer: whether its code still lets somebody in, what staff see of it, and its withdrawal."""

from dataclasses import dataclass
from typing import Literal

from chalicelib import aws, clock
from chalicelib.domain import conflict_of_interest
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.customers.customer import Customer
from chalicelib.models.identity.invitation import Invitation
from chalicelib.models.identity.user import User
from chalicelib.services.customers import customers, kyc

Void = Literal[
    "used",
    "withdrawn",
    "expired",
    "no_guesses_left",
    "customer_erased",
    "contact_edited",
    "not_verified",
    "inviter_left",
]
"""Why a code lets nobody in any more."""


@dataclass(frozen=True)
class Invited:
    """A customer, its last invitation, and why the code lets nobody in; None for an open invitation."""

    customer: Customer
    invitation: Invitation
    void: Void | None


def find(caller: Caller, customer_id: str) -> Invited:
    """Read the last invitation of a customer. Raises NotFound, also without one."""
    customer, invitation = _read(caller, customer_id)
    return Invited(customer, invitation, why_void(customer, invitation) or _find_other_end(invitation))


def why_void(customer: Customer, invitation: Invitation) -> Void | None:
    """Return why the code of an invitation lets nobody in, by these items; what ends it for good comes first.

    What the write that uses it decides is not in it: whether a guess is left, and whether its maker may still invite.
    """
    if invitation.status in ("used", "withdrawn"):
        return invitation.status
    if not invitation.is_valid(clock.now()):
        return "expired"
    if not customer.may_join:
        return "customer_erased"
    if customer.contact_set_at != invitation.contact_set_at:
        return "contact_edited"
    return None if kyc.is_verified_where_needed(customer) else "not_verified"


def withdraw(caller: Caller, customer_id: str) -> Invited:
    """Withdraw the invitation of a customer: its code is refused from then on. Withdrawing it again changes nothing.

    Raises NotFound without an invitation, Conflict for one that is used, and ConflictOfInterest for staff who are this
    customer.
    """
    _withdraw(caller, customer_id)
    with aws.unknown_outcome_on_error():
        return find(caller, customer_id)


@transact.until_committed
def _withdraw(caller: Caller, customer_id: str) -> None:
    conflict_of_interest.require_other_customer(caller, customer_id)
    _, invitation = _read(caller, customer_id)
    if invitation.status == "used":
        raise Conflict("The customer has accepted the invitation, and has a user now.")
    if invitation.is_waiting:
        transact.commit([invitation.withdraw(caller, clock.now())], caller.request_id)


def _read(caller: Caller, customer_id: str) -> tuple[Customer, Invitation]:
    customer = customers.find(caller, customer_id)
    invitation = Invitation.of(customer.id)
    if invitation is None:
        raise NotFound("This customer has no invitation.")
    return customer, invitation


def _find_other_end(invitation: Invitation) -> Void | None:
    """Return what the write that uses an invitation would find."""
    if invitation.guesses_left == 0:
        return "no_guesses_left"
    inviter = User.by_id(invitation.invited_by)
    return None if inviter and inviter.may("customers.create") else "inviter_left"
