"""Deposits and withdrawals: money crosses the counter, and the branch's cash account is the other side."""

from dataclasses import dataclass, field
from typing import Literal

from chalicelib import config
from chalicelib.domain import errors, ids
from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.errors import CurrencyMismatch
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.pin import Pin
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.services import amounts, customer_cash
from chalicelib.services.accounts.pins import PinCheck
from chalicelib.services.branches import branches
from chalicelib.services.identity import verified_email
from chalicelib.services.payments import judgement
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.risk import screening


@dataclass(frozen=True)
class CashRequest:
    """A request to deposit or withdraw; `amount` is a decimal string, by default in the account's currency."""

    account_id: str
    amount: str
    currency: str | None = None
    branch_id: str | None = None
    pin: str | None = None
    annotations: Annotations = field(default_factory=Annotations)


def deposit(caller: Caller, request: CashRequest, idempotency_key: IdempotencyKey) -> Outcome:
    """Credit the account. The cash is the branch's: the one named, the teller's own, or the head office.

    A policy, or the ceiling of the caller's role, may hold it: then nothing is credited until somebody approves.
    """
    posting = _posting_request(caller, request, idempotency_key, "deposit")
    return ledger.post_if_clear(posting, judgement.judge_by_rules(caller))


def withdraw(caller: Caller, request: CashRequest, idempotency_key: IdempotencyKey) -> Outcome:
    """Debit the account, which may have a PIN to prove. A risky withdrawal is refused. It is held until it is approved
    if its risk, a policy, or the ceiling of the caller's role says so. Customers need a verified e-mail address.

    Cash may be handed out once the withdrawal is posted. Profiles of risk are read with the account.
    """
    verified_email.require_verified(caller)
    posting = _posting_request(caller, request, idempotency_key, "withdrawal")
    return ledger.post_if_clear(posting, judgement.judge(caller))


def _posting_request(
    caller: Caller, request: CashRequest, idempotency_key: IdempotencyKey, kind: Literal["deposit", "withdrawal"]
) -> PostingRequest:
    if not ids.is_id("acc", request.account_id):
        raise errors.unknown("account", request.account_id)
    customer_cash.require_allowed(caller)
    branch_id = request.branch_id or caller.branch_id or HEAD_OFFICE_ID
    branches.require(branch_id)
    pin_check = PinCheck(request.account_id, request.pin, caller)
    is_paid_out = kind == "withdrawal"

    def movement(snapshot: Snapshot) -> Movement:
        account = snapshot.account(request.account_id)
        account.access().require(caller, "pay")
        currency = request.currency or account.currency
        if currency != account.currency:
            raise CurrencyMismatch(f"The account is in {account.currency}, not {currency}.")
        amount = amounts.parse("amount", request.amount, currency)
        if is_paid_out:
            pin_check.require(snapshot)
            amount = -amount
        legs = (Leg(account.id, amount), Leg(general_ledger.cash(branch_id, currency), -amount))
        return Movement(idempotency_key.transaction_id, kind, currency, legs, amounts.limits(currency))

    likely_currency = request.currency or config.default_currency()
    return PostingRequest(
        idempotency_key=idempotency_key,
        caller=caller,
        accounts=(request.account_id, general_ledger.cash(branch_id, likely_currency)),
        movement=movement,
        others=(Pin.key(request.account_id),) if is_paid_out else (),
        beside=screening.request_profiles([request.account_id]) if is_paid_out else (),
        memo=request.annotations.memo,
        branch_id=branch_id,
        label=request.annotations.label(request.account_id, idempotency_key.transaction_id, caller),
    )
