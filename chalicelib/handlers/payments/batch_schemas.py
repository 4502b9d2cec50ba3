"""Schemas of many transfers in one request."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from chalicelib.domain.errors import BankError
from chalicelib.handlers.http.problems import STATUS
from chalicelib.handlers.http.schemas import Amount, Currency, FieldProblem, Id, Pin, Schema, View
from chalicelib.handlers.payments.payee_schemas import AccountNumber, Iban, NamesPayee
from chalicelib.handlers.payments.payment_request_schemas import Marked, Transfer
from chalicelib.handlers.payments.transaction_schemas import TransactionView

TRANSFERS_MAX = 100
Key = Annotated[str, StringConstraints(pattern=r"^[\x20-\x7e]{1,64}$")]
Status = Literal["posted", "pending", "refused", "not_done"]


class BatchTransfer(NamesPayee, Marked):
    """A transfer of a batch. Its payee is named in one of four ways; an IBAN is of this bank."""

    erasable_fields: ClassVar[frozenset[str]] = Marked.erasable_fields | NamesPayee.erasable_fields

    idempotency_key: Key = Field(
        description="New for each transfer. It is the key of `POST /v1/transactions/transfer` with the same fields"
    )
    to_account_id: Id | None = None
    to_account_number: AccountNumber | None = None
    to_iban: Iban | None = None
    beneficiary_id: Id | None = None
    amount: Amount
    currency: Currency | None = Field(default=None, description="By default the paying account's")

    @model_validator(mode="after")
    def _one_payee(self) -> Self:
        if len(self.payee()) != 1:
            raise ValueError("give one of to_account_id, to_account_number, to_iban and beneficiary_id")
        return self

    def single(self, from_account_id: str) -> Transfer:
        """Return the same transfer as a request of its own."""
        fields = self.model_dump(exclude={"idempotency_key"}, exclude_unset=True)
        return Transfer(from_account_id=from_account_id, **fields)


class TransferBatch(Schema):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"pin"})

    from_account_id: Id
    transfers: list[BatchTransfer] = Field(min_length=1, max_length=TRANSFERS_MAX)
    atomic: bool = Field(
        default=False,
        description="Post all of them in one transaction, or none. Up to 24 fit, fewer with categories or tags",
    )
    pin: Pin | None = Field(default=None, description="Required if the paying account has a PIN")

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        keys = [one.idempotency_key for one in self.transfers]
        if len(set(keys)) < len(keys):
            raise ValueError("transfers: two of them have the same idempotency_key")
        return self


class TransferProblem(View):
    """The problem that the same transfer would meet by itself."""

    code: str = Field(examples=["insufficient_funds"])
    title: str
    status: int = Field(examples=[422])
    detail: str
    errors: list[FieldProblem]
    retry_after: int | None = Field(description="Seconds, if it may succeed later", examples=[None])

    @classmethod
    def of(cls, error: BankError) -> "TransferProblem":
        return cls.model_construct(
            code=error.code,
            title=error.title,
            status=STATUS[error.code],
            detail=error.detail,
            errors=[FieldProblem.model_construct(field=one.field, message=one.message) for one in error.errors],
            retry_after=error.retry_after_seconds,
        )


class TransferResult(View):
    idempotency_key: str
    status: Status = Field(
        description="`refused` is recorded under the key. `not_done` is not: the same key may be sent again"
    )
    replayed: bool = Field(description="Whether an earlier request under the same key had this result")
    transaction: TransactionView | None = Field(description="Null if nothing is recorded")
    problem: TransferProblem | None = Field(description="Why it is `refused` or `not_done`")


class TransferBatchView(View):
    posted: int = Field(description="How many are posted", examples=[1])
    results: list[TransferResult] = Field(description="In the order of the request")
