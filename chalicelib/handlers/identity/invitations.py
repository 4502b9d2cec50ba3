"""Invitations: staff invite a customer to log in, and the invited person accepts."""

from typing import ClassVar

from pydantic import Field

from chalicelib.handlers.customers.person_schemas import BirthDate, NewPassword
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Line, Schema, Timestamp, View
from chalicelib.handlers.identity.auth_schemas import Registered
from chalicelib.models.identity.invitation import Status
from chalicelib.services.crypto import personal_fields
from chalicelib.services.identity import invitation_state, invitations, invited_sign_up
from chalicelib.services.identity.invitation_state import Invited, Void
from chalicelib.services.identity.invited_sign_up import Acceptance


class InvitationView(View):
    """The invitation of a customer, without personal data."""

    customer_id: str
    status: Status = Field(description="`sent`: the mail is written; `used`: the customer has a user")
    void: Void | None = Field(description="Why the code lets nobody in any more; null for an open invitation")
    guesses_left: int = Field(description="Dates of birth that may still be tried")
    invited_by: str = Field(description="The member of staff")
    invited_at: Timestamp
    valid_until: Timestamp
    contact_set_by: str | None = Field(description="Who entered the e-mail address and the date of birth last")
    contact_set_at: Timestamp | None = Field(description="When that was; null if it was long ago")

    @classmethod
    def of(cls, found: Invited) -> "InvitationView":
        customer, invitation = found.customer, found.invitation
        return cls.model_construct(
            customer_id=customer.id,
            status=invitation.status,
            void=found.void,
            guesses_left=invitation.guesses_left,
            invited_by=invitation.invited_by,
            invited_at=invitation.invited_at,
            valid_until=invitation.valid_until,
            contact_set_by=customer.contact_set_by,
            contact_set_at=customer.contact_set_at,
        )


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
    does an edit of the address or the date of birth. A customer without both, or with a user, returns `conflict`.
    So does a request of the member of staff who edited either last, where an invitation needs a second person. A
    customer is invited at most three times a day.
    """
    found, replayed = invitations.invite(request.caller, request.idempotency_key, customer_id)
    return Answer(InvitationView.of(found), replayed=replayed)


@describe("Get the invitation of a customer", answer=InvitationView, problems=("not_found",))
def get_invitation(request: Request[None, None], customer_id: str) -> InvitationView:
    """Returns the last invitation, also one whose code lets nobody in any more: `void` says why. An invitation that
    waits for a second person is none yet: `pending_approvals` of the customer has it.
    """
    return InvitationView.of(invitation_state.find(request.caller, customer_id))


@describe(
    "Withdraw the invitation of a customer",
    answer=InvitationView,
    problems=("conflict_of_interest", "not_found", "conflict", "contention", "outcome_unknown"),
)
def withdraw_invitation(request: Request[None, None], customer_id: str) -> InvitationView:
    """The code is refused like an unknown one from then on. Withdrawing it again changes nothing; a used one returns
    `conflict`. An invitation that waits for a second person is not withdrawn: its maker cancels the approval.
    """
    return InvitationView.of(invitation_state.withdraw(request.caller, customer_id))


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
