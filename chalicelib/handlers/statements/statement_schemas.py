"""Statements as they are asked for and answered."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.domain.ledger.posting import TransactionType as EntryType
from chalicelib.handlers.http.schemas import Bom, Currency, Money, Query, Timestamp, View
from chalicelib.services.statements.formats import Format

Period = Annotated[str, Field(description="A month of the bank's days", examples=["2026-10"])]


class StatementQuery(Query):
    format: Annotated[
        Literal["json", "csv", "pdf", "camt053"], Field(description="A PDF is always a 303 with a link")
    ] = "json"
    bom: Bom = True

    @property
    def document(self) -> Format:
        return "csv_without_bom" if self.format == "csv" and not self.bom else self.format


class PaymentBatchView(View):
    payment_file_id: str = Field(examples=["pfl_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    message_id: str | None = Field(description="`MsgId` of the file", examples=["SALARIES-2026-11"])
    payment_information_id: str | None = Field(description="`PmtInfId` of the batch in the file", examples=["P-1"])


class StatementEntryView(View):
    id: str = Field(examples=["acc_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z-2"])
    transaction_id: str
    seq: int
    date: str = Field(description="The bank's day on which the entry was booked", examples=["2026-10-14"])
    type: EntryType
    direction: Literal["in", "out"]
    amount: Money
    balance_after: Money
    currency: Currency
    counterparty: str | None = Field(description="The account on the other side of a transfer")
    counterparty_number: str | None = Field(description="The counterparty's account number", examples=["123456789005"])
    counterparty_iban: str | None = Field(description="The counterparty's IBAN", examples=["LV69FLRN0123456789005"])
    counterparty_name: str | None = Field(
        description="Who is on the other side, at another bank or on an account that you may see",
        examples=["Zoë Müller"],
    )
    counterparty_bic: str | None = Field(description="The BIC of the counterparty's bank, where its payment has it")
    counterparty_bank_code: str | None = Field(
        description="The national code in the IBAN of a counterparty at another bank", examples=["37040044"]
    )
    memo: str | None = Field(description="The memo as posted, or what a payment between banks is for")
    batch: PaymentBatchView | None = Field(
        description="The batch of a payment file, for a payment that the file asks to have booked with others. camt.053"
        " and PDF show its payments of a day as one entry"
    )
    created_at: Timestamp


class StatementView(View):
    account_id: str
    account_number: str
    iban: str = Field(examples=["LV42FLRN0123456789012"])
    period: Period
    from_: str = Field(alias="from", description="The first day", examples=["2026-10-01"])
    to: str = Field(description="The last day; today for the current month", examples=["2026-10-31"])
    is_final: bool = Field(description="Whether the month is over, so that the statement will not change")
    currency: Currency
    opening_balance: Money = Field(description="The closing balance of the month before")
    closing_balance: Money
    total_in: Money
    total_out: Money
    interest: Money = Field(description="Interest credited in the month, part of total_in")
    entries: list[StatementEntryView] = Field(description="Oldest first")


class StatementLinkView(View):
    href: str = Field(description="Where the file is, for five minutes")
