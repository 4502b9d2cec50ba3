"""Schemas of signing up, signing in and out, and of the public keys."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from chalicelib.domain.errors import ValidationFailed
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
from chalicelib.services.identity.proofs import Proof
from chalicelib.services.identity.sessions import Tokens

RESET_REQUESTED = "If this email address is registered, a code for a new password is on its way to it."

CHANGE_REQUESTED = "A code is on its way to the new email address. Until you use it, your present address stays."
VERIFICATION_REQUESTED = "A code is on its way to your email address, unless it is verified already."

Code = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{6}$"),
    Field(description="The six digits that the authenticator app shows", examples=["492039"]),
]
RecoveryCode = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z2-7 -]{16,32}$"),
    Field(description="One of the ten, good once", examples=["JQ2K-TB5W-7MZD-R4XA"]),
]


def only_one(proof: Proof) -> Proof:
    """Return a proof. Raises ValidationFailed unless it is exactly one factor."""
    given = [one for one in (proof.code, proof.passkey, proof.recovery_code) if one is not None]
    if len(given) != 1:
        raise ValidationFailed.of("code", "send exactly one factor")
    return proof


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
    """Credentials. A `code` or a `recovery_code` lets you in while the address is locked; else it is ignored."""

    secret_fields: ClassVar[frozenset[str]] = frozenset({"password", "device_token", "code", "recovery_code"})

    email: KnownEmail
    password: Password
    device_token: Line | None = Field(
        default=None, description="From an earlier log-in on this device: others' failures do not lock it out"
    )
    code: Code | None = None
    recovery_code: RecoveryCode | None = None

    def proof(self) -> Proof | None:
        """Return the factor that was sent, or None. Raises ValidationFailed for more than one."""
        is_given = self.code is not None or self.recovery_code is not None
        return only_one(Proof(self.code, recovery_code=self.recovery_code)) if is_given else None


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


class LogInTokensView(TokensView):
    device_token: str | None = Field(
        description="Keep it and send it with the next log-ins of this device, for 180 days after the last one; null if"
        " you sent that of a known device"
    )

    @classmethod
    def of(cls, tokens: Tokens) -> "LogInTokensView":
        return cls(**TokensView.of(tokens).model_dump(), device_token=tokens.device_token)


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


class ChangeEmail(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"current_password"})

    email: Email
    current_password: Password


class VerifyEmail(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"code"})

    code: Line = Field(description="The code from the email")


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
