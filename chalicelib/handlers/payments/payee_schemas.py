"""Schemas of payees: who is paid, in each request that pays or will pay."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, StringConstraints, model_validator

from chalicelib.handlers.http.schemas import Id, Name, Printable, Schema

AccountNumber = Annotated[str, StringConstraints(max_length=32)]
Iban = Annotated[
    str, StringConstraints(max_length=50), Field(description="Spaces do not count", examples=["LV42FLRN0123456789012"])
]
Remittance = Annotated[str, StringConstraints(min_length=1, max_length=140), Printable]
PAYEE_FIELDS = frozenset({"to_account_id", "to_account_number", "to_iban", "beneficiary_id"})


class NamesPayee(Schema):
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"to_iban"})

    def payee(self) -> dict[str, Any]:
        """Return the fields that name the payee: one, or none in an edit that leaves it."""
        given = self.model_dump(include=set(PAYEE_FIELDS & self.model_fields_set))
        return {name: value for name, value in given.items() if value is not None}


class DescribesPayee(NamesPayee):
    """Details of a payee who is named by IBAN, or saved: needed for one at another bank."""

    erasable_fields: ClassVar[frozenset[str]] = NamesPayee.erasable_fields | {"to_name", "remittance"}

    to_name: Name | None = Field(default=None, description="The payee's name; required for an IBAN of another bank")
    remittance: Remittance | None = Field(default=None, description="What the payment is for, as the payee sees it")
    verification_id: Id | None = Field(default=None, description="Of a verification of this name and IBAN")
    accept_mismatch: bool = Field(default=False, description="Pay although the verification found another name")

    @model_validator(mode="after")
    def _names_who_is_paid_elsewhere(self) -> Self:
        payee = self.payee()
        given = self.model_fields_set & {"to_name", "remittance", "rail", "verification_id", "accept_mismatch"}
        not_saved = given & {"to_name", "verification_id"} if "beneficiary_id" in payee else given
        if not_saved and "to_iban" not in payee:
            raise ValueError(f"{min(not_saved)} goes with to_iban only")
        if self.verification_id is not None and self.to_name is None:
            raise ValueError("verification_id needs the to_name that was verified")
        return self


class PaysPayee(NamesPayee):
    """From one account to one payee, who is named in one of four ways."""

    from_account_id: Id
    to_account_id: Id | None = None
    to_account_number: AccountNumber | None = None
    to_iban: Iban | None = None
    beneficiary_id: Id | None = Field(default=None, description="One of your saved payees")

    @model_validator(mode="after")
    def _one_payee(self) -> Self:
        if len(self.payee()) != 1:
            raise ValueError("give one of to_account_id, to_account_number, to_iban and beneficiary_id")
        return self
