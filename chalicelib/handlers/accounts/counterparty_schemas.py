"""Schema of the party at another bank, in transactions and histories."""

from pydantic import Field

from chalicelib.handlers.http.schemas import View
from chalicelib.services.accounts.other_banks import Counterparty


class CounterpartyView(View):
    """The party at another bank. Its fields are null once the customer who paid it, or was paid, is erased."""

    name: str | None = Field(examples=["Zoë Müller"])
    iban: str | None = Field(examples=["DE89370400440532013000"])
    bic: str | None = Field(description="Of its bank, where a payment that came in has it", examples=[None])
    bank_code: str | None = Field(description="The national code of its bank, in the IBAN", examples=["37040044"])

    @classmethod
    def of(cls, party: Counterparty) -> "CounterpartyView":
        return cls.model_construct(name=party.name, iban=party.iban, bic=party.bic, bank_code=party.bank_code)
