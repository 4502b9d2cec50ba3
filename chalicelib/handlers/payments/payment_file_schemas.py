"""Schemas of files of payments."""

from pydantic import Field

from chalicelib.domain import money
from chalicelib.domain.clearing.file_outcome import FilePaymentState, FileState
from chalicelib.domain.clearing.file_payment import FilePayment
from chalicelib.domain.clearing.pain001 import FileBooking
from chalicelib.handlers.http.schemas import Money, Timestamp, View
from chalicelib.models.clearing.payment_file import PaymentFile
from chalicelib.services.clearing.file_reports import ToldPayment
from chalicelib.services.customers.people import Revealed


class FileSumView(View):
    currency: str = Field(examples=["EUR"])
    amount: Money


class FileErrorView(View):
    code: str = Field(description="A reason code of ISO 20022", examples=["AM10"])
    detail: str | None
    path: str | None = Field(description="The XPath of what is wrong", examples=["/Document/CstmrCdtTrfInitn/GrpHdr"])


class PaymentFileView(View):
    id: str = Field(examples=["pfl_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    status: FileState = Field(
        description="`completed`: each payment was made or refused. `scheduled`: the rest waits for its day."
        " `rejected`: the file was refused whole"
    )
    message_id: str | None = Field(examples=["SALARIES-2026-11"])
    initiating_party: str | None = Field(examples=["Acme GmbH"])
    account_ids: list[str] = Field(description="The accounts that pay")
    payments: int = Field(description="How many the file has", examples=[200])
    processed: int = Field(description="How many of them the bank has worked on", examples=[150])
    accepted: int = Field(description="Made, or waiting for an approval", examples=[149])
    refused: int = Field(examples=[1])
    sums: list[FileSumView] = Field(description="What the readable payments add up to, by currency")
    booking: FileBooking | None = Field(
        description="How statements show its payments to other banks, as the file asks (`BtchBookg`): `single`, each by"
        " itself; `batch`, those of a group and day as one entry; `mixed`, as each group asks. None of a file that was"
        " refused whole, or that is older than this field"
    )
    error: FileErrorView | None = Field(description="Why the file was refused whole")
    next_due_at: Timestamp | None = Field(description="When the next payments are due")
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, revealed: Revealed[PaymentFile]) -> "PaymentFileView":
        file, told = revealed.item, revealed.personal
        error = FileErrorView.model_construct(code=file.code, detail=told["detail"], path=file.path)
        sums = sorted(file.sums.items())
        return cls.model_construct(
            id=file.id,
            status=file.status,
            message_id=told["message_id"],
            initiating_party=told["initiating_party"],
            account_ids=file.account_ids,
            payments=file.payments,
            processed=file.done,
            accepted=file.accepted,
            refused=file.refused,
            sums=[FileSumView.model_construct(currency=name, amount=money.text(minor, name)) for name, minor in sums],
            booking=file.booking,
            error=error if file.code else None,
            next_due_at=file.due_at,
            created_at=file.created_at,
            updated_at=file.updated_at,
        )


class FilePaymentView(View):
    number: int = Field(description="Its place in the file, from 1", examples=[1])
    end_to_end_id: str | None = Field(examples=["INV-7"])
    state: FilePaymentState = Field(
        description="`planned`: not worked on yet. `refused`: by this bank. The others are as in a transaction's"
        " `payment`; one to an account of this bank is `settled` at once"
    )
    amount: Money | None = Field(description="None where the file has no amount that can be read")
    currency: str | None
    to_name: str | None
    to_iban: str | None
    error: FileErrorView | None = Field(description="Why it was refused, rejected or returned")
    transaction_id: str | None

    @classmethod
    def of(cls, told: ToldPayment) -> "FilePaymentView":
        outcome, payment = told.outcome, told.entry.payment
        readable = payment if isinstance(payment, FilePayment) else None
        error = FileErrorView.model_construct(code=str(outcome.code), detail=outcome.detail, path=outcome.path)
        return cls.model_construct(
            number=told.entry.number,
            end_to_end_id=payment.end_to_end_id,
            state=outcome.state,
            amount=money.text(readable.amount, readable.currency) if readable else None,
            currency=readable.currency if readable else None,
            to_name=readable.creditor_name if readable else None,
            to_iban=readable.creditor_iban if readable else None,
            error=error if outcome.code else None,
            transaction_id=outcome.transaction_id,
        )
