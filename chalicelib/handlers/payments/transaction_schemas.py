"""Schemas of requests and responses about money."""

from collections.abc import Collection
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from chalicelib.domain import money
from chalicelib.domain.clearing import reasons, trace
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.recall import REASONS as RECALL_REASONS
from chalicelib.domain.clearing.recall import REFUSALS, RecallReason, RecallState
from chalicelib.domain.clearing.states import State
from chalicelib.domain.ledger.posting import AWAITED, Awaited, TransactionStatus
from chalicelib.domain.ledger.posting import TransactionType as EntryType
from chalicelib.domain.permissions import Caller
from chalicelib.handlers.accounts.account_schemas import DateOrMoment
from chalicelib.handlers.accounts.counterparty_schemas import CounterpartyView
from chalicelib.handlers.http.schemas import (
    Amount,
    Category,
    Currency,
    Day,
    Id,
    Line,
    Memo,
    Money,
    Name,
    PageQuery,
    PendingApprovals,
    Pin,
    Printable,
    Schema,
    Tag,
    Timestamp,
    View,
)
from chalicelib.models.clearing.incoming import IncomingPayment
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.services.accounts import other_banks
from chalicelib.services.accounts.other_banks import BankPayment, Counterparty
from chalicelib.services.customers.people import Revealed
from chalicelib.services.payments.labels import Annotations

Tags = Annotated[list[Tag], Field(max_length=10)]
AccountNumber = Annotated[str, StringConstraints(max_length=32)]
Iban = Annotated[
    str, StringConstraints(max_length=50), Field(description="Spaces do not count", examples=["LV42FLRN0123456789012"])
]
Remittance = Annotated[str, StringConstraints(min_length=1, max_length=140), Printable]
PAYEE_FIELDS = frozenset({"to_account_id", "to_account_number", "to_iban", "to_beneficiary_id"})


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
        not_saved = given & {"to_name", "verification_id"} if "to_beneficiary_id" in payee else given
        if not_saved and "to_iban" not in payee:
            raise ValueError(f"{min(not_saved)} goes with to_iban only")
        if self.verification_id is not None and self.to_name is None:
            raise ValueError("verification_id needs the to_name that was verified")
        return self


class Marked(Schema):
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"category", "tags"})

    memo: Memo | None = None
    category: Category | None = None
    tags: Tags = Field(default_factory=list)

    def annotations(self) -> Annotations:
        return Annotations(self.memo, self.category, tuple(dict.fromkeys(self.tags)))


class Deposit(Marked):
    account_id: Id
    amount: Amount
    currency: Currency | None = Field(default=None, description="By default the account's")
    branch_id: Id | None = None


class Withdraw(Deposit):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"pin"})

    pin: Pin | None = Field(default=None, description="Required if the account has a PIN")


class PaysPayee(NamesPayee):
    """From one account to one payee, who is named in one of four ways."""

    from_account_id: Id
    to_account_id: Id | None = None
    to_account_number: AccountNumber | None = None
    to_iban: Iban | None = None
    to_beneficiary_id: Id | None = Field(default=None, description="One of your saved payees")

    @model_validator(mode="after")
    def _one_payee(self) -> Self:
        if len(self.payee()) != 1:
            raise ValueError("give one of to_account_id, to_account_number, to_iban and to_beneficiary_id")
        return self


class Transfer(PaysPayee, DescribesPayee, Marked):
    secret_fields: ClassVar[frozenset[str]] = frozenset({"pin"})
    erasable_fields: ClassVar[frozenset[str]] = Marked.erasable_fields | DescribesPayee.erasable_fields

    amount: Amount
    currency: Currency | None = Field(default=None, description="By default the paying account's")
    execution_date: Day | None = Field(
        default=None, description="Pay on this date, at most 365 days ahead, instead of now"
    )
    pin: Pin | None = Field(default=None, description="Required if the paying account has a PIN")
    rail: Literal["instant", "standard", "auto"] = Field(
        default="auto",
        description="To another bank: within 10 seconds on any day, or with the next cycle on a"
        " business day. auto is instant, and standard with execution_date",
    )

    @model_validator(mode="after")
    def _fits_a_payment_on_a_date(self) -> Self:
        if self.execution_date and self.rail == "instant":
            raise ValueError("a payment on a date goes with the cycle of that day: rail is standard or auto")
        if self.execution_date and (self.category or self.tags):
            raise ValueError("label a payment on a date once it is made: send no category and tags with execution_date")
        return self


class Annotate(Schema):
    category: Category | None = None
    tags: Tags = Field(default_factory=list)
    memo: Memo | None = None

    def edits(self) -> dict[str, Any]:
        """Return the fields to change, with each tag once."""
        given = self.model_dump(exclude_unset=True)
        return given | ({"tags": list(dict.fromkeys(self.tags))} if "tags" in given else {})


class Reverse(Schema):
    reason: Line
    allow_overdrawn: bool = Field(default=False, description="For managers: reverse even if the money is already spent")


class Reject(Schema):
    reason: Line


class TransactionsQuery(PageQuery):
    status: TransactionStatus | None = None
    type: EntryType | None = None
    from_: DateOrMoment | None = Field(default=None, alias="from")
    to: DateOrMoment | None = None


class PostedEntry(View):
    account_id: str
    seq: int
    amount: Money = Field(description="Signed: negative if the account paid")
    balance_after: Money


class Failure(View):
    code: str = Field(examples=["insufficient_funds"])
    detail: str


def _failure(stored: dict[str, Any]) -> Failure:
    """Return the refusal without its figures: every party of the transaction sees it, the figures are the payer's."""
    return Failure.model_construct(code=stored["code"], detail=stored["detail"])


class Waiting(View):
    code: Awaited = Field(examples=["risk_review"])
    detail: str
    approval_id: str | None = Field(
        description="The approval that it waits for; null if it was held before approvals were stored",
        examples=["apr_3C4Q83PZB5B6SVXT405KB0RFF7"],
    )
    required: int = Field(description="How many people must approve it")
    until: Timestamp = Field(description="When the payment expires, unless it is decided before")


class TraceView(View):
    at: Timestamp
    what: str = Field(examples=["submitted"])
    detail: str = Field(description="The same in words", examples=["It was sent to the clearing."])
    message_id: str | None = Field(description="The message between the banks")

    @classmethod
    def of(cls, told: dict[str, Any]) -> "TraceView":
        what = told["what"]
        return cls.model_construct(
            at=told["at"], what=what, detail=trace.describe(what), message_id=told.get("message_id")
        )


def refusal_text(code: str) -> str:
    """Return the words for the code with which a recall was refused."""
    return REFUSALS.get(code) or reasons.detail_of(code)


class RecallView(View):
    """A request for the money of a settled payment."""

    state: RecallState = Field(description="`refused`: the other bank keeps the money")
    reason: Failure = Field(description="Why the money was asked back")
    refusal: Failure | None = Field(description="Why the other bank keeps it: a code of ISO 20022, and words")

    @classmethod
    def of(cls, payment: ClearingPayment) -> "RecallView | None":
        state, code = payment.recall_state, payment.recall_refusal
        if state is None:
            return None
        reason: RecallReason = payment.recall_reason
        return cls.model_construct(
            state=state,
            reason=Failure.model_construct(code=reason, detail=RECALL_REASONS[reason]),
            refusal=Failure.model_construct(code=code, detail=refusal_text(code)) if code else None,
        )


class PaymentView(View):
    """A payment to another bank, or from one, as the banks know it."""

    rail: Rail
    state: State = Field(examples=["submitted"])
    uetr: str = Field(
        description="By which every bank on the way knows it", examples=["4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e90"]
    )
    end_to_end_id: str
    counterparty: CounterpartyView
    to_iban: str | None = Field(description="As the payer has written it; null of a payment that came in")
    to_name: str | None
    remittance: str | None
    reason: Failure | None = Field(description="Why it was rejected or returned: a code of ISO 20022, and words")
    submit_by: Timestamp | None = Field(description="When it is sent to the clearing; null of a payment that came in")
    settlement_date: str = Field(description="The day on which banks settle it", examples=["2026-11-30"])
    recall: RecallView | None = Field(description="null if its money was never asked back")
    trace: list[TraceView]

    @classmethod
    def of(cls, transaction: Transaction, payment: Revealed[BankPayment]) -> "PaymentView":
        """Return the view. One that ended before it was queued is rejected, as its transaction says."""
        item, payee = payment.item, payment.personal
        party = other_banks.counterparty_of(payment)
        if isinstance(item, IncomingPayment):
            return cls._of_incoming(item, party)
        code = item.reason_code
        return cls.model_construct(
            counterparty=CounterpartyView.of(party),
            rail=item.rail,
            state="rejected" if item.status == "waiting" and transaction.status != "pending" else item.status,
            uetr=item.uetr,
            end_to_end_id=payee["payer_reference"] or item.end_to_end_id,
            to_iban=payee["to_iban"],
            to_name=payee["to_name"],
            remittance=payee["remittance"],
            reason=Failure.model_construct(code=code, detail=reasons.detail_of(code)) if code else None,
            submit_by=item.submit_by,
            settlement_date=item.settlement_date,
            recall=RecallView.of(item),
            trace=[TraceView.of(one) for one in item.trace],
        )

    @classmethod
    def _of_incoming(cls, item: IncomingPayment, party: Counterparty) -> "PaymentView":
        return cls.model_construct(
            counterparty=CounterpartyView.of(party),
            rail=item.rail,
            state="settled",
            uetr=item.uetr,
            end_to_end_id=item.end_to_end_id,
            to_iban=None,
            to_name=None,
            remittance=party.remittance,
            reason=None,
            submit_by=None,
            settlement_date=item.settlement_date,
            recall=None,
            trace=[],
        )


class TransactionView(View):
    id: str = Field(examples=["txn_3C4Q83PZB5B6SVXT405KB0RFF7"])
    type: EntryType = Field(examples=["transfer"])
    status: TransactionStatus = Field(examples=["posted"])
    amount: Money
    currency: str
    from_account_id: str | None
    to_account_id: str | None
    entries: list[PostedEntry] = Field(description="The entries of accounts that you may see")
    failure: Failure | None
    waiting: Waiting | None = Field(
        description="Whom the payment waits for; null at the clearing, and if you may not see the paying account"
    )
    payment: PaymentView | None = Field(
        description="Of a payment to another bank, or from one; null in reports, and if you may not see your side of it"
    )
    reverses: str | None
    reversed_by: str | None
    order_id: str | None = Field(
        description="The standing order or payment on a date that it pays; null if you may not see the paying account",
        examples=[None],
    )
    occurrence: str | None = Field(description="The date of the order that it pays", examples=[None])
    memo: str | None
    category: str | None
    tags: list[str]
    created_at: Timestamp
    posted_at: Timestamp | None

    @classmethod
    def of(
        cls,
        transaction: Transaction,
        caller: Caller,
        sides: Collection[str],
        label: Label | None,
        payment: Revealed[BankPayment] | None = None,
    ) -> "TransactionView":
        """Return a party's view: entries and label of the accounts that it may see. Staff and auditors see all."""
        is_payers = caller.sees_everything or transaction.from_account_id in sides
        is_partys = caller.sees_everything or bool(sides)
        return cls.model_construct(
            id=transaction.id,
            type=transaction.transaction_type,
            status=transaction.status,
            amount=money.text(transaction.amount, transaction.currency),
            currency=transaction.currency,
            from_account_id=transaction.from_account_id,
            to_account_id=transaction.to_account_id,
            entries=_entries(transaction, caller, sides),
            failure=_failure(transaction.failure) if transaction.failure else None,
            waiting=_waiting(transaction, caller, sides),
            payment=PaymentView.of(transaction, payment) if payment and is_partys else None,
            reverses=transaction.reverses,
            reversed_by=transaction.reversed_by,
            order_id=transaction.order_id if is_payers else None,
            occurrence=transaction.occurrence if is_payers else None,
            memo=(label.memo if label else None) or transaction.memo or _memo_of(payment if is_partys else None),
            category=label.category if label else None,
            tags=(label.tags or []) if label else [],
            created_at=transaction.created_at,
            posted_at=transaction.posted_at,
        )


def _memo_of(payment: Revealed[BankPayment] | None) -> str | None:
    """Return who has paid, and what for, of a payment that came in: the payee's memo."""
    if payment is None or not isinstance(payment.item, IncomingPayment):
        return None
    return other_banks.counterparty_of(payment).told


class TransactionDetailView(TransactionView):
    """A transaction, and for staff the request to reverse it that waits."""

    pending_approvals: PendingApprovals


def _waiting(transaction: Transaction, caller: Caller, sides: Collection[str]) -> Waiting | None:
    """Return why a payment waits, except to the payee: the payee must not learn what the bank suspects of the payer."""
    held_on = transaction.from_account_id or transaction.to_account_id
    is_shown = caller.sees_everything or held_on in sides
    if transaction.status != "pending" or not is_shown or transaction.is_at_clearing or transaction.awaits is None:
        return None
    code = transaction.awaits
    return Waiting.model_construct(
        code=code,
        detail=AWAITED[code],
        approval_id=transaction.approval_id,
        required=transaction.approval_required or 1,
        until=transaction.hold_until,
    )


def _entries(transaction: Transaction, caller: Caller, sides: Collection[str]) -> list[PostedEntry]:
    return [
        PostedEntry.model_construct(
            account_id=entry["account_id"],
            seq=entry["seq"],
            amount=money.text(entry["amount"], transaction.currency),
            balance_after=money.text(entry["balance_after"], transaction.currency),
        )
        for entry in transaction.entries or []
        if caller.sees_everything or entry["account_id"] in sides
    ]
