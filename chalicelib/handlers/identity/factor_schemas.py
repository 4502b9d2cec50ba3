"""Schemas of second factors: challenges, proofs, enrolment and the factors themselves."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, RootModel

from chalicelib.domain.identity.second_factor import Kind
from chalicelib.handlers.customers.person_schemas import Password
from chalicelib.handlers.http.schemas import Line, Name, Schema, Timestamp, View
from chalicelib.handlers.identity.auth_schemas import Code, LogInTokensView, RecoveryCode, only_one
from chalicelib.services.identity.challenges import Challenge
from chalicelib.services.identity.enrolment import Enrolled, Enrolment
from chalicelib.services.identity.factors import NamedFactor, OwnFactors
from chalicelib.services.identity.proofs import Proof

PasskeyAnswer = Annotated[
    dict[str, Any],
    Field(description="What `toJSON()` of the browser's PublicKeyCredential returns"),
]
PasskeyOptions = Annotated[
    dict[str, Any],
    Field(description="For `PublicKeyCredential.parseRequestOptionsFromJSON()` or `parseCreationOptionsFromJSON()`"),
]
Token = Annotated[Line, Field(description="The challenge, as it was issued")]
FactorName = Annotated[Name, Field(description="How you tell your factors apart", examples=["Phone"])]


class ProveFactor(Schema):
    """Exactly one of `code`, `passkey` and `recovery_code`."""

    secret_fields: ClassVar[frozenset[str]] = frozenset({"challenge", "code", "recovery_code", "passkey"})

    challenge: Token
    code: Code | None = None
    passkey: PasskeyAnswer | None = None
    recovery_code: RecoveryCode | None = None

    def proof(self) -> Proof:
        """Return what was sent. Raises ValidationFailed unless it is exactly one."""
        return only_one(Proof(self.code, self.passkey, self.recovery_code))


class StepUp(Schema):
    """A `code`, or a `passkey` with its `challenge`."""

    secret_fields: ClassVar[frozenset[str]] = frozenset({"challenge", "code", "passkey"})

    code: Code | None = None
    challenge: Token | None = None
    passkey: PasskeyAnswer | None = None

    def proof(self) -> Proof:
        """Return what was sent. Raises ValidationFailed unless it is exactly one."""
        return only_one(Proof(self.code, self.passkey))


class EnrolFactor(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"current_password"})
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"name"})

    type: Kind = Field(description="An authenticator app (TOTP) or a passkey (WebAuthn)")
    name: FactorName
    current_password: Password | None = Field(default=None, description="Required for your first factor")


class ConfirmFactor(Schema):
    """A `code` for an app, what was created for a `passkey`."""

    secret_fields: ClassVar[frozenset[str]] = frozenset({"code", "passkey"})

    code: Code | None = None
    passkey: PasskeyAnswer | None = None

    def proof(self) -> Proof:
        """Return what was sent. Raises ValidationFailed unless it is exactly one."""
        return only_one(Proof(self.code, self.passkey))


class FactorChoice(View):
    """A factor that can answer a challenge."""

    id: str = Field(examples=["fac_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    type: Kind


class ChallengeView(View):
    """A challenge that the user answers with a second factor, within five minutes."""

    mfa_required: Literal[True]
    challenge: str
    expires_in: int = Field(description="Seconds", examples=[300])
    factors: list[FactorChoice]
    passkey: PasskeyOptions | None = Field(description="null for a user without passkeys")

    @classmethod
    def of(cls, challenge: Challenge) -> "ChallengeView":
        return cls(
            mfa_required=True,
            challenge=challenge.token,
            expires_in=challenge.expires_in_seconds,
            factors=[FactorChoice(id=factor_id, type=kind) for factor_id, kind in challenge.factors.items()],
            passkey=challenge.passkey,
        )


class LogInAnswer(RootModel[LogInTokensView | ChallengeView]):
    """Tokens, or a challenge for a user who has a second factor."""


class SteppedUp(View):
    valid_until: Timestamp = Field(description="Until then this session may do what needs a second factor")


class EnrolmentView(View):
    """A factor to be confirmed within 15 minutes. For an app `secret` and its `uri`, for a passkey `options`."""

    id: str = Field(examples=["fac_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    type: Kind
    secret: str | None = Field(description="To type into the app: Base32, six digits, SHA-1, 30 seconds")
    uri: str | None = Field(description="The same as an otpauth:// address, to show as a QR code")
    options: PasskeyOptions | None

    @classmethod
    def of(cls, begun: Enrolment) -> "EnrolmentView":
        return cls(id=begun.factor_id, type=begun.kind, secret=begun.secret, uri=begun.uri, options=begun.options)


class FactorView(View):
    """A second factor. A locked one takes no codes any more."""

    id: str = Field(examples=["fac_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    type: Kind
    name: str | None
    is_locked: bool
    created_at: Timestamp

    @classmethod
    def of(cls, named: NamedFactor) -> "FactorView":
        factor = named.factor
        return cls.model_construct(
            id=factor.id,
            type=factor.kind,
            name=named.name,
            is_locked=factor.is_locked,
            created_at=factor.created_at,
        )


class FactorsView(View):
    data: list[FactorView]
    recovery_codes_left: int

    @classmethod
    def of(cls, found: OwnFactors) -> "FactorsView":
        return cls(data=[FactorView.of(one) for one in found.factors], recovery_codes_left=found.recovery_codes_left)


class RecoveryCodesView(View):
    recovery_codes: list[str] = Field(description="Each good once. They are shown this once: keep them")


class EnrolledView(View):
    """A confirmed factor; with the first one come the recovery codes."""

    factor: FactorView
    recovery_codes: list[str] | None = Field(description="Each good once. They are shown this once: keep them")

    @classmethod
    def of(cls, enrolled: Enrolled) -> "EnrolledView":
        factor = FactorView.of(NamedFactor(enrolled.factor, enrolled.name))
        return cls(factor=factor, recovery_codes=enrolled.recovery_codes)
