"""Schemas of verifications of payees."""

from datetime import UTC, datetime
from typing import ClassVar

from pydantic import Field

from chalicelib.domain.payments.payee_name import Result
from chalicelib.domain.time import timestamp
from chalicelib.handlers.http.schemas import Name, Schema, Timestamp, View
from chalicelib.handlers.payments.payee_schemas import Iban
from chalicelib.services.payments.payee_verifications import Verified


class VerifyPayee(Schema):
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"iban", "name"})

    iban: Iban
    name: Name = Field(description="Of the payee, as it stands on the bill", examples=["Ben Okafor"])


class PayeeVerificationView(View):
    id: str = Field(examples=["pvf_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    result: Result = Field(
        description="How well the name fits the account's holders. close_match is a mistyped or shortened name;"
        " not_possible says that nobody could be asked"
    )
    matched_name: str | None = Field(description="The holder's name, after a close match only", examples=["Ben Okafor"])
    expires_at: Timestamp

    @classmethod
    def of(cls, verified: Verified) -> "PayeeVerificationView":
        item = verified.item
        return cls(
            id=item.id,
            result=item.result,
            matched_name=verified.matched_name,
            expires_at=timestamp(datetime.fromtimestamp(int(item.expires_at), UTC)),
        )
