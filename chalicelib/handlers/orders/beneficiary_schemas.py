"""Schemas of saved payees."""

from typing import ClassVar, Literal

from pydantic import Field

from chalicelib.domain.orders.payee_name import Result
from chalicelib.handlers.http.schemas import Name, Schema, Timestamp, View
from chalicelib.handlers.payments.transaction_schemas import AccountNumber
from chalicelib.services.orders.beneficiaries import Payee


class AddBeneficiary(Schema):
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"name", "account_number", "nickname"})

    name: Name = Field(description="Of the payee, as it stands on the bill", examples=["Ben Okafor"])
    account_number: AccountNumber
    nickname: Name | None = Field(default=None, examples=["Landlord"])


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
    account_number: str | None
    nickname: str | None
    verification: PayeeVerification
    status: Literal["active"]
    created_at: Timestamp

    @classmethod
    def of(cls, payee: Payee) -> "BeneficiaryView":
        item = payee.item
        return cls(
            id=item.id,
            name=payee.personal["name"],
            account_number=payee.personal["account_number"],
            nickname=payee.personal["nickname"],
            verification=PayeeVerification(result=item.verification, at=item.verified_at),
            status="active",
            created_at=item.created_at or "",
        )
