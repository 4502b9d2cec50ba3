"""Schemas of responses about payments between banks."""

from typing import Any

from pydantic import Field

from chalicelib.domain.clearing import reasons, trace
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.recall import REASONS as RECALL_REASONS
from chalicelib.domain.clearing.recall import REFUSALS, RecallReason, RecallState
from chalicelib.domain.clearing.states import State
from chalicelib.handlers.accounts.counterparty_schemas import CounterpartyView
from chalicelib.handlers.http.schemas import Timestamp, View
from chalicelib.models.clearing.incoming import IncomingPayment
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.services.accounts import other_banks
from chalicelib.services.accounts.other_banks import BankPayment, Counterparty
from chalicelib.services.customers.people import Revealed


class Failure(View):
    code: str = Field(examples=["insufficient_funds"])
    detail: str


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
