"""Invitations: staff invite a customer to log in, and the invited person accepts."""

from typing import ClassVar

from pydantic import Field

from chalicelib.handlers.customers.person_schemas import BirthDate, NewPassword
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Line, Schema, Timestamp, View
from chalicelib.handlers.identity.auth_schemas import Registered
from chalicelib.models.identity.invitation import Invitation, Status
from chalicelib.services.crypto import personal_fields
from chalicelib.services.identity import invitations, invited_sign_up
from chalicelib.services.identity.invited_sign_up import Acceptance


class InvitationView(View):
    """The invitation of a customer, without personal data."""

    customer_id: str
    status: Status = Field(description="`sent`: the mail is written; `used`: the customer has a user")
    invited_by: str = Field(description="The member of staff")
    invited_at: Timestamp
    valid_until: Timestamp

    @classmethod
    def of(cls, invitation: Invitation) -> "InvitationView":
        return cls.model_construct(**{name: getattr(invitation, name) for name in cls.model_fields})


class AcceptInvitation(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"token", "password"})
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"date_of_birth"})

    token: Line = Field(description="The code from the email")
    date_of_birth: BirthDate
    password: NewPassword


@describe(
    "Invite a customer to log in",
    status=201,
    answer=InvitationView,
    action="customer.invite",
    problems=(
        "mfa_step_up_required",
        "conflict_of_interest",
        "not_found",
        "conflict",
        "too_many_attempts",
        "contention",
        "outcome_unknown",
    ),
    limit="customers",
)
def invite_customer(request: Request[None, None], customer_id: str) -> Answer:
    """Sends a code to the customer's email address, valid for seven days. Together with the date of birth it lets the
    customer choose a password with `POST /v1/auth/invitations/accept`. A new invitation voids the former one, and so
    does an edit of the address or the date of birth. A customer without both, or with a user, returns `conflict`. A
    customer is invited at most three times a day.
    """
    invitation, replayed = invitations.invite(request.caller, request.idempotency_key, customer_id)
    return Answer(InvitationView.of(invitation), replayed=replayed)


@describe(
    "Accept an invitation",
    status=201,
    body=AcceptInvitation,
    answer=Registered,
    problems=("conflict", "contention", "outcome_unknown"),
    limit="registrations",
)
def accept_invitation(request: Request[AcceptInvitation, None]) -> Registered:
    """Creates the user of an invited customer, who logs in with the email address then. A code that is wrong, used,
    replaced or expired returns `validation_failed` for `token`, and a wrong date of birth for `date_of_birth`: five
    wrong ones end the invitation.
    """
    body = request.body
    user = invited_sign_up.accept(request.caller, Acceptance(body.token, body.date_of_birth, body.password))
    address = personal_fields.decrypt(user)["email"] or ""
    return Registered(user_id=user.id, customer_id=user.customer_id or "", email=address, role=user.role)
