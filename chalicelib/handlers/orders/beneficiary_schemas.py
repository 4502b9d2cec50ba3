"""Schemas of saved payees."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from chalicelib import config
from chalicelib.domain.payments.payee_name import Result
from chalicelib.handlers.http.schemas import Name, Schema, Timestamp, View
from chalicelib.handlers.payments.payee_schemas import AccountNumber, Iban
from chalicelib.services.orders.beneficiaries import Payee


class AddBeneficiary(Schema):
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"name", "account_number", "iban", "nickname"})

    name: Name = Field(description="Of the payee, as it stands on the bill", examples=["Ben Okafor"])
    account_number: AccountNumber | None = None
    iban: Iban | None = None
    nickname: Name | None = Field(default=None, examples=["Landlord"])

    @model_validator(mode="after")
    def _one_account(self) -> "AddBeneficiary":
        if (self.account_number is None) == (self.iban is None):
            raise ValueError("give one of account_number and iban")
        return self


class EditBeneficiary(Schema):
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"name", "nickname"})

    name: Name = Field(default_factory=str, examples=["Ben Okafor"])
    nickname: Name | None = Field(default=None, description="null removes it", examples=["Landlord"])


class PayeeVerification(View):
    result: Result = Field(
        description="How well the name fits the account's holders: close_match is a mistyped or shortened name"
    )
    at: Timestamp


class BeneficiaryView(View):
    id: str = Field(examples=["ben_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    name: str | None
    account_number: str | None = Field(description="null of a payee at another bank")
    iban: str | None = Field(examples=["LV42FLRN0123456789012"])
    nickname: str | None
    verification: PayeeVerification
    status: Literal["active"]
    created_at: Timestamp

    @classmethod
    def of(cls, payee: Payee) -> "BeneficiaryView":
        item, number = payee.item, payee.personal["account_number"]
        return cls(
            id=item.id,
            name=payee.personal["name"],
            account_number=number,
            iban=config.bank_identifier().iban_of(number) if number else payee.personal["iban"],
            nickname=payee.personal["nickname"],
            verification=PayeeVerification(result=item.verification, at=item.verified_at),
            status="active",
            created_at=item.created_at or "",
        )
