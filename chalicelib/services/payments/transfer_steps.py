"""The states of the `transfer` state machine: post, or hold for an approval.

What comes in and goes out is JSON. Business outcomes are results with a `status` that a Choice can read:

- `review`    somebody must approve it first, for the `reasons` given; the next state holds the money
- `decided`   there is a transaction: posted, refused, or pending
- `rejected`  nothing is recorded: the request is wrong, or it is not the time
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from chalicelib.domain import errors, ids
from chalicelib.domain.approvals.policy import Reason
from chalicelib.domain.errors import BY_CODE, BankError, CurrencyMismatch, FieldError, Refusal, SameAccount
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Leg, Movement, TransactionType
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.accounts.pin import Pin
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.crowd import AccountIsHot
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.waiting import Allowance, Judge
from chalicelib.models.transact import Extra
from chalicelib.services import amounts
from chalicelib.services.accounts import pins
from chalicelib.services.payments import group_posting, judgement, outgoing, verified_payees
from chalicelib.services.payments.group_posting import GroupedRequest
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.outgoing import Outgoing
from chalicelib.services.risk import screening

Json = dict[str, Any]


@dataclass(frozen=True)
class Ordered:
    """The occurrence (a date) of an order that a transfer pays, by its slot in the ledger.

    `is_approved`: the order has an approval, so policies and ceilings are not asked again. Refusals with a code in
    `tried_again` are raised and not recorded. `guards` must hold when the money moves.
    """

    order_id: str
    occurrence: str
    is_approved: bool
    tried_again: frozenset[str]
    guards: tuple[Extra, ...]


@dataclass(frozen=True)
class TransferRequest:
    """A request to transfer; `amount` is a decimal string, by default in the paying account's currency.

    `outgoing` is of a payment to another bank, whose `to_account_id` is the bank's own account of the clearing. The
    payment uses up the verification of its payee. `guards` must hold when the money moves; a workflow takes none.
    `asks_pin`: no PIN was sent with it, so the account must have none. A PIN that was sent is proved before.
    """

    from_account_id: str
    to_account_id: str
    amount: str
    currency: str | None
    annotations: Annotations
    caller: Caller
    idempotency_key: IdempotencyKey
    ordered: Ordered | None = None
    outgoing: Outgoing | None = None
    verification_id: str | None = None
    asks_pin: bool = False
    guards: tuple[Extra, ...] = ()

    def to_json(self) -> Json:
        given = asdict(self)
        del given["guards"]
        if given["caller"]["traceparent"] is None:  # an older version of the task knows no such field
            del given["caller"]["traceparent"]
        if given["outgoing"] and given["outgoing"]["batch_id"] is None:
            del given["outgoing"]["batch_id"]
        return given

    @classmethod
    def from_json(cls, given: Json) -> "TransferRequest":
        annotations = given["annotations"] | {"tags": tuple(given["annotations"]["tags"])}
        parts = {
            "annotations": Annotations(**annotations),
            "caller": Caller(**given["caller"]),
            "idempotency_key": IdempotencyKey(**given["idempotency_key"]),
            "outgoing": Outgoing(**given["outgoing"]) if given.get("outgoing") else None,
        }
        return cls(**given | parts)


def post(request: TransferRequest) -> Json:
    """Screen and move the money on one read, or record why not; or find the reasons why somebody must approve it."""
    return _result(lambda: _post(request))


def hold(request: TransferRequest, reasons: tuple[Reason, ...] = ("risk_review",)) -> Json:
    """Set the money aside until somebody has approved the transfer, or the time for that is over."""
    return _result(lambda: _hold(request, reasons))


def execute(request: TransferRequest) -> Outcome:
    """Ask and do in one step what the states do, on one read: for an order, and for a transfer that is only tried.

    Return what its key has led to. Raises what is not recorded. A transfer that is only tried raises its refusal,
    WouldWait, or WouldChange at its first change.
    """
    judge = judgement.judge(request.caller, is_approved=_is_approved(request))
    return ledger.post_if_clear(_read_profiles(posting_request(request)), judge)


class _MustWait(Exception):
    """Somebody must approve a transfer before it is posted."""

    def __init__(self, reasons: tuple[Reason, ...]):
        self.reasons = reasons


def _read_profiles(posting: PostingRequest) -> PostingRequest:
    """Have the profiles of risk read with the accounts, in one call."""
    return replace(posting, beside=screening.request_profiles(posting.accounts))


def _post(request: TransferRequest) -> Outcome | tuple[Reason, ...]:
    """Return the reasons to wait, with nothing written, or what the key has led to."""

    def judge(prepared: PreparedMovement) -> Refusal | Allowance | None:
        found = judgement.find_reasons(request.caller, prepared)
        if isinstance(found, Refusal):
            return found
        if found:
            raise _MustWait(found)
        return judgement.allow(request.caller, prepared)

    try:
        return _post_at_once(request, judge)
    except _MustWait as waits:
        return waits.reasons


def _post_at_once(request: TransferRequest, judge: Judge) -> Outcome:
    """Post a transfer: in a group with others if many want one of its accounts at once, and it is a plain one."""
    until = time.monotonic() + transact.DEADLINE_SECONDS
    member = Member(_read_profiles(posting_request(request)), judge)
    if not member.is_plain:
        return ledger.post_if_clear(member.request, judge)
    try:
        return ledger.post_unless_hot(member.request, judge, until)
    except AccountIsHot as hot:
        return group_posting.post(GroupedRequest(request.to_json(), member, _parse, until), hot)


def _parse(given: Json) -> PostingRequest:
    return _read_profiles(posting_request(TransferRequest.from_json(given)))


def _hold(request: TransferRequest, reasons: tuple[Reason, ...]) -> Outcome:
    return ledger.post_if_clear(posting_request(request), judgement.hold_for(request.caller, reasons))


def _is_approved(request: TransferRequest) -> bool:
    return request.ordered is not None and request.ordered.is_approved


def outcome_of(result: Json) -> Outcome:
    """Return the outcome that a result of the workflow describes. Raises the error that it contains."""
    if result["status"] == "rejected":
        fields = tuple(FieldError(**error) for error in result["errors"])
        raise BY_CODE[result["code"]](
            result["detail"], errors=fields, retry_after_seconds=result["retry_after_seconds"]
        )
    sides = None if result["sides"] is None else tuple(result["sides"])
    return Outcome(Transaction.from_raw_data(result["transaction"]), result["replayed"], sides)


def posting_request(request: TransferRequest) -> PostingRequest:
    """Return what the ledger is to post. Raises NotFound for an id that no account has, and SameAccount."""
    sides = (request.from_account_id, request.to_account_id)
    for account_id in sides[:1] if request.outgoing else sides:
        if not ids.is_id("acc", account_id):
            raise errors.unknown("account", account_id)
    if sides[0] == sides[1]:
        raise SameAccount("A transfer goes from one account to another.")

    def movement(snapshot: Snapshot) -> Movement:
        payer = snapshot.account(request.from_account_id)
        payer.access().require(request.caller, "pay")
        if request.asks_pin:
            pins.require_none(snapshot, payer.id)
        currency = request.currency or payer.currency
        for account in (payer, *_payee(request, snapshot)):
            if account.currency != currency:
                raise CurrencyMismatch(f"An account is in {account.currency}, the transfer in {currency}.")
        amount = amounts.parse("amount", request.amount, currency)
        legs = (Leg(payer.id, -amount), Leg(request.to_account_id, amount))
        kind: TransactionType = "payment" if request.outgoing else "transfer"
        return Movement(request.idempotency_key.transaction_id, kind, currency, legs, amounts.limits(currency))

    posting = PostingRequest(
        idempotency_key=request.idempotency_key,
        caller=request.caller,
        accounts=sides,
        movement=movement,
        others=(Pin.key(request.from_account_id),) if request.asks_pin else (),
        memo=request.annotations.memo,
        branch_id=request.caller.branch_id,
        label=request.annotations.label(
            request.from_account_id, request.idempotency_key.transaction_id, request.caller
        ),
    )
    if request.verification_id:
        used_up = verified_payees.use_up(request.caller, request.verification_id)
        posting = replace(posting, extras=(*posting.extras, used_up))
    posting = replace(posting, extras=(*posting.extras, *request.guards))
    if request.ordered:
        posting = _pay_order(posting, request.ordered)
    return outgoing.leave_to_clearing(posting, request.outgoing) if request.outgoing else posting


def _payee(request: TransferRequest, snapshot: Snapshot) -> tuple[Account, ...]:
    """Return the customer's account that receives, if it is of this bank. Raises NotFound, ConflictOfInterest."""
    if request.outgoing:
        return ()
    payee = snapshot.account(request.to_account_id)
    payee.access().require_impartial(request.caller)
    return (payee,)


def _pay_order(posting: PostingRequest, ordered: Ordered) -> PostingRequest:
    return replace(
        posting,
        order_id=ordered.order_id,
        occurrence=ordered.occurrence,
        tried_again=ordered.tried_again,
        extras=(*posting.extras, *ordered.guards),
    )


def _result(decide: Callable[[], Outcome | tuple[Reason, ...]]) -> Json:
    try:
        outcome = decide()
    except BankError as error:
        return {
            "status": "rejected",
            "code": error.code,
            "detail": error.detail,
            "errors": [asdict(field) for field in error.errors],
            "retry_after_seconds": error.retry_after_seconds,
        }
    if isinstance(outcome, tuple):
        return {"status": "review", "reasons": list(outcome)}
    return {
        "status": "decided",
        "transaction": outcome.transaction.serialize(),
        "replayed": outcome.replayed,
        "sides": outcome.sides,
    }
