"""Schemas of responses about transactions."""

from collections.abc import Collection
from typing import Any

from pydantic import Field

from chalicelib.domain import money
from chalicelib.domain.ledger.posting import AWAITED, Awaited, TransactionStatus
from chalicelib.domain.ledger.posting import TransactionType as EntryType
from chalicelib.domain.permissions import Caller
from chalicelib.handlers.http.schemas import Money, PendingApprovals, Timestamp, View
from chalicelib.handlers.payments.bank_payment_schemas import Failure, PaymentView
from chalicelib.models.clearing.incoming import IncomingPayment
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.services.accounts import other_banks
from chalicelib.services.accounts.other_banks import BankPayment
from chalicelib.services.customers.people import Revealed


class PostedEntry(View):
    account_id: str
    seq: int
    amount: Money = Field(description="Signed: negative if the account paid")
    balance_after: Money


class Waiting(View):
    code: Awaited = Field(examples=["risk_review"])
    detail: str
    approval_id: str | None = Field(
        description="The approval that it waits for; null if it was held before approvals were stored",
        examples=["apr_3C4Q83PZB5B6SVXT405KB0RFF7"],
    )
    required: int = Field(description="How many people must approve it")
    until: Timestamp = Field(description="When the payment expires, unless it is decided before")


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


class TransactionDetailView(TransactionView):
    """A transaction, and for staff the request to reverse it that waits."""

    pending_approvals: PendingApprovals


def _failure(stored: dict[str, Any]) -> Failure:
    """Return the refusal without its figures: every party of the transaction sees it, the figures are the payer's."""
    return Failure.model_construct(code=stored["code"], detail=stored["detail"])


def _memo_of(payment: Revealed[BankPayment] | None) -> str | None:
    """Return who has paid, and what for, of a payment that came in: the payee's memo."""
    if payment is None or not isinstance(payment.item, IncomingPayment):
        return None
    return other_banks.counterparty_of(payment).told


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
