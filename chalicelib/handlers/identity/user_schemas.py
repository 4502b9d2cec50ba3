"""Schemas of profiles and of the bank's staff."""

from typing import ClassVar

from pydantic import Field

from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.permissions import Caller, Role
from chalicelib.handlers.customers.customer_schemas import CustomerView
from chalicelib.handlers.customers.person_schemas import (
    BirthDate,
    Email,
    FirstName,
    NewPassword,
    PersonName,
    Phone,
    StaffRole,
)
from chalicelib.handlers.http.schemas import Id, Line, Schema, View
from chalicelib.models.identity.user import Status
from chalicelib.services.identity.profile import Profile


class ProfileView(View):
    """`customer` is there for customers; the names of staff are the user's own."""

    user_id: str
    email: str | None
    email_verified: bool = Field(description="Whether you have shown with a code that the email address is yours")
    role: Role
    status: Status
    first_name: str | None
    last_name: str | None
    branch_id: str | None
    customer: CustomerView | None

    @classmethod
    def of(cls, found: Profile, caller: Caller) -> "ProfileView":
        user, customer = found.user, found.customer
        named = customer.personal if customer else found.signed_in
        return cls(
            user_id=user.id,
            email=found.signed_in["email"],
            email_verified=user.email_verified_at is not None,
            role=user.role,
            status=user.status,
            first_name=named["first_name"],
            last_name=named["last_name"],
            branch_id=user.branch_id,
            customer=CustomerView.of(customer, caller) if customer else None,
        )


class EditProfile(Schema):
    """Edits of your profile. Omitted fields stay as they are; null removes an optional value."""

    first_name: FirstName = Field(default=None, examples=["Ada"])
    last_name: PersonName = Field(default_factory=str, examples=["King"])
    middle_name: PersonName | None = None
    phone: Phone | None = None
    date_of_birth: BirthDate | None = None


class CreateUser(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"password"})
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"email", "first_name", "last_name"})

    email: Email
    password: NewPassword = Field(
        default_factory=str,
        description="Without one the user gets a code by mail and sets it. Not with EMAIL_VERIFICATION=on",
    )
    role: StaffRole
    first_name: FirstName = Field(default=None, examples=["Grace"])
    last_name: PersonName = Field(examples=["Hopper"])
    branch_id: Id = Field(default=HEAD_OFFICE_ID, description="By default the head office")


class EditUser(Schema):
    role: Role | None = None
    status: Status | None = None
    customer_id: Id | None = Field(
        default=None, description="The customer that this member of staff is; accounts of it become out of bounds"
    )


class UnlockUser(Schema):
    reason: Line = Field(
        description="For the audit; the user never sees it", examples=["Called from the registered number"]
    )
