"""Schemas of personal details, and of users in responses."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from chalicelib import clock, config
from chalicelib.domain import email
from chalicelib.domain.customers import person
from chalicelib.domain.customers.country import COUNTRIES, require_postal_code
from chalicelib.domain.permissions import Role
from chalicelib.handlers.http.schemas import Line, Name, PendingApprovals, Printable, Schema, View
from chalicelib.models.identity.user import Status, User
from chalicelib.services.crypto.personal_fields import Fields


def _email(text: str) -> str:
    if not email.is_address(text):
        raise ValueError("must be an e-mail address such as ada@example.com")
    return text


def _sign_in_email(text: str) -> str:
    if not email.may_be_known(text):
        raise ValueError("must be an e-mail address such as ada@example.com")
    return text


def _birth_date(text: str) -> str:
    person.birth_date(text, clock.now().astimezone(config.timezone()).date())
    return text


def _country(text: str) -> str:
    if text not in COUNTRIES:
        raise ValueError("must be a country by ISO 3166-1 alpha-2, such as DE")
    return text


Email = Annotated[
    str,
    StringConstraints(min_length=3, max_length=email.LENGTH_MAX),
    AfterValidator(_email),
    Field(
        description="Case is ignored; an internationalized domain equals its ASCII form", examples=["ada@example.com"]
    ),
]
KnownEmail = Annotated[
    str,
    StringConstraints(min_length=3, max_length=email.LENGTH_MAX),
    Printable,
    AfterValidator(_sign_in_email),
    Field(description="The address that the user signed up with", examples=["ada@example.com"]),
]
NewPassword = Annotated[
    str,
    StringConstraints(min_length=10, max_length=200),
    Printable,
    Field(
        description="10 to 200 characters; no common password, repetition or run, nor one's own name or address",
        examples=["correct horse battery staple"],
    ),
]
Password = Annotated[
    str, StringConstraints(min_length=1, max_length=200), Printable, Field(examples=["correct horse battery staple"])
]
PersonName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=100),
    AfterValidator(person.name),
    Field(description="Letters of any script; stored in Unicode's composed form (NFC)"),
]
FirstName = Annotated[PersonName | None, Field(description="null for a person with one name, which is the last name")]
NationalId = Annotated[
    str,
    StringConstraints(max_length=40),
    AfterValidator(person.national_id),
    Field(description="A number of a national register or document", examples=["AB-123456"]),
]
Phone = Annotated[
    str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$"), Field(description="E.164", examples=["+4930123456"])
]
BirthDate = Annotated[
    str,
    StringConstraints(max_length=10),
    AfterValidator(_birth_date),
    Field(description="In the past, within 120 years", examples=["1990-12-31"], json_schema_extra={"format": "date"}),
]
Country = Annotated[
    str,
    StringConstraints(max_length=2),
    AfterValidator(_country),
    Field(description="ISO 3166-1 alpha-2", examples=["DE"]),
]
PostalCode = Annotated[
    str,
    StringConstraints(min_length=1, max_length=20),
    Printable,
    Field(description="Required in countries whose addresses need one", examples=["10117"]),
]
StaffRole = Literal["teller", "manager", "auditor", "admin"]


class NewAddress(Schema):
    erasable_fields: ClassVar[frozenset[str]] = frozenset(
        {"line1", "line2", "city", "region", "postal_code", "country"}
    )

    line1: Line = Field(examples=["Unter den Linden 1"])
    line2: Line | None = None
    city: Name = Field(examples=["Berlin"])
    region: Name | None = None
    country: Country
    postal_code: PostalCode | None = Field(default=None, validate_default=True)

    @field_validator("postal_code")
    @classmethod
    def _require_postal_code_where_needed(cls, postal_code: str | None, others: ValidationInfo) -> str | None:
        require_postal_code(others.data.get("country"), postal_code)
        return postal_code


class UserView(View):
    """A user: a person who can sign in."""

    user_id: str
    email: str | None
    role: Role
    status: Status
    first_name: str | None
    last_name: str | None
    customer_id: str | None = Field(description="The customer that signs in, or that the member of staff is")
    branch_id: str | None
    created_at: str
    updated_at: str

    @classmethod
    def of(cls, user: User, person: Fields) -> "UserView":
        return cls(
            user_id=user.id,
            email=person["email"],
            role=user.role,
            status=user.status,
            first_name=person["first_name"],
            last_name=person["last_name"],
            customer_id=user.customer_id or user.linked_customer_id,
            branch_id=user.branch_id,
            created_at=user.created_at or "",
            updated_at=user.updated_at or "",
        )


class UserDetailView(UserView):
    """A user, and what waits about it."""

    pending_approvals: PendingApprovals
