"""Schemas of signing up, signing in and out, and of the public keys."""

from typing import ClassVar, Literal

from pydantic import Field

from chalicelib.handlers.customers.person_schemas import (
    BirthDate,
    Email,
    FirstName,
    KnownEmail,
    NewAddress,
    NewPassword,
    Password,
    PersonName,
    Phone,
)
from chalicelib.handlers.http.schemas import Line, Schema, View
from chalicelib.services.identity.sessions import Tokens

RESET_REQUESTED = "If this email address is registered, a code for a new password is on its way to it."


class Register(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"password"})

    email: Email
    password: NewPassword
    first_name: FirstName = Field(default=None, examples=["Ada"])
    last_name: PersonName = Field(examples=["Lovelace"])
    middle_name: PersonName | None = None
    phone: Phone | None = None
    date_of_birth: BirthDate | None = None
    address: NewAddress | None = None


class Registered(View):
    user_id: str
    customer_id: str
    email: str
    role: str = Field(examples=["customer"])


class LogIn(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"password"})

    email: KnownEmail
    password: Password


class TokensView(View):
    access_token: str = Field(description="A JSON Web Token: send it as Authorization: Bearer …")
    refresh_token: str = Field(description="Can be exchanged for new tokens once")
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds until the access token expires", examples=[900])

    @classmethod
    def of(cls, tokens: Tokens) -> "TokensView":
        return cls(
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            token_type="Bearer",  # noqa: S106 — a scheme, no password
            expires_in=tokens.expires_in_seconds,
        )


class Refresh(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"refresh_token"})

    refresh_token: Line


class LogOut(Schema):
    everywhere: bool = False


class ChangePassword(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"current_password", "new_password"})

    current_password: Password
    new_password: NewPassword


class RequestReset(Schema):
    email: KnownEmail


class Requested(View):
    detail: str = Field(examples=[RESET_REQUESTED])


class ResetPassword(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"token", "new_password"})

    token: Line = Field(description="The code from the email")
    new_password: NewPassword


class Key(View):
    kty: str
    crv: str
    x: str
    kid: str
    use: str
    alg: str


class KeySet(View):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[Key]
