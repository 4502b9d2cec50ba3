"""Invitations: staff let a customer log in whom they have created. The customer accepts it in `invited_sign_up.py`."""

from datetime import datetime

from chalicelib import aws, clock
from chalicelib.domain import email
from chalicelib.domain.errors import Conflict, TooManyAttempts
from chalicelib.domain.identity import invitation as rules
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.customers.customer import Customer
from chalicelib.models.identity.invitation import Invitation
from chalicelib.models.item import Action
from chalicelib.models.transact import Extra
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services import idempotency, step_up
from chalicelib.services.approvals import gate, needs
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.crypto import bank_keys, personal_fields
from chalicelib.services.customers import customers, kyc
from chalicelib.services.identity import invitation_state
from chalicelib.services.identity.invitation_state import Invited
from chalicelib.services.mail import order


def invite(caller: Caller, idempotency_key: IdempotencyKey | None, customer_id: str) -> tuple[Invited, bool]:
    """Invite a customer, and return whether an earlier request under the same key had done it.

    It gives somebody the customer's money, so it may wait for a second person, who is not the one that has entered the
    address. Raises Conflict for a customer who cannot be invited, TooManyAttempts after too many invitations, and
    ConflictOfInterest for staff who are this customer.
    """
    step_up.require(caller)
    replayed = bool(idempotency.find_earlier(idempotency_key)) or _invite(caller, idempotency_key, customer_id)
    if not replayed:
        order.tell("customer_invitation", customer_id, caller)
    with aws.unknown_outcome_on_error():
        return invitation_state.find(caller, customer_id), replayed


@transact.until_committed
def _invite(caller: Caller, idempotency_key: IdempotencyKey | None, customer_id: str) -> bool:
    customer = customers.find(caller, customer_id)
    customers.require_changeable(caller, customer)
    _require_reachable(customer)
    _require_other_editor(caller, customer)
    existing, now = Invitation.of(customer_id), clock.now()
    requests = _count(existing, now)
    approved = _require_approval(caller, customer, idempotency_key)
    invited = Invitation.request(existing, customer_id, customer.contact_set_at, requests, caller, now)
    at = timestamp(now)
    noted = customer.set_as_read({"invited_at": at, "invited_by": caller.user_id}, caller, at)
    actions: list[Action | Extra] = [invited, noted, *approved]
    _, replayed = idempotency.commit_once(caller, idempotency_key, customer_id, actions, at)
    return replayed


def execute(maker: Caller, approval: Approval) -> None:
    """Carry out an invitation that was approved."""
    invite(maker, None, str(approval.resource_id))


def _require_reachable(customer: Customer) -> None:
    """Raise Conflict unless the customer is one without a user whose address and date of birth are known.

    Where the bank requires verified customers, an invited one must be verified: somebody has seen who it is.
    """
    if customer.user_id:
        raise Conflict(
            "This customer has a user already. A lost password is replaced with POST /v1/auth/password/reset-requests."
        )
    [known] = personal_fields.reveal([customer], is_shown=False)
    address = known["email"]
    if not address or not known["date_of_birth"]:
        raise Conflict("An invitation needs an e-mail address and a date of birth. Enter both first.")
    if not email.mailbox(address).isascii():
        raise Conflict("The bank cannot send mail to this e-mail address. Enter another one first.")
    kyc.require_verified_where_needed(customer)
    guard = UniqueKey.find(*UniqueKey.email_key(bank_keys.email_hmac(address)))
    if guard and guard.owner_id:
        raise Conflict("Somebody signs in with this e-mail address already. Enter another one first.")


def _require_other_editor(caller: Caller, customer: Customer) -> None:
    """Raise Conflict for who has edited the address or the birthday, where an invitation needs a second person.

    An edit leads the code elsewhere. With this, three take part: who edited, who invites, and who approves.
    """
    is_edited = customer.contact_set_at not in (None, customer.created_at)
    if caller.approval_id or not is_edited or customer.contact_set_by != caller.user_id:
        return  # an edit since it was asked for makes the approval outdated
    if needs.find_reasons(caller, "customer.invite"):
        raise Conflict(
            "You edited the e-mail address or the date of birth of this customer. A colleague must invite the customer."
        )


def _count(existing: Invitation | None, now: datetime) -> list[int]:
    """Return the invitations of the last day with this one. Raises TooManyAttempts if that is one too many."""
    requests = rules.recent(existing.requests, now) if existing else []
    wait = rules.seconds_until_next(requests, now)
    if wait:
        raise TooManyAttempts(
            f"A customer is invited at most {rules.INVITATIONS_MAX} times a day. Retry later.", retry_after_seconds=wait
        )
    return [*requests, int(now.timestamp())]


def _require_approval(caller: Caller, customer: Customer, idempotency_key: IdempotencyKey | None) -> tuple[Extra, ...]:
    """Ask whether one person may let the customer in. An edit of its address or birthday makes the request outdated."""
    set_by, set_at = customer.contact_set_by, customer.contact_set_at
    entered = f" Its e-mail address and date of birth were entered by {set_by} at {set_at}." if set_by else ""
    request = HeldRequest(
        "customer.invite",
        f"Invite customer {customer.id} to log in.{entered}",
        resource_id=customer.id,
        version=set_at or "never",
        parties=[customer.id, *([set_by] if set_by else [])],
    )
    return gate.require(caller, request, idempotency_key)
