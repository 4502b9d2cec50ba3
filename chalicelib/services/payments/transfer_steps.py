"""The states of the `transfer` state machine: post, or hold for an approval.

What comes in and goes out is JSON. Business outcomes are results with a `status` that a Choice can read:

- `review`    somebody must approve it first, for the `reasons` given; the next state holds the money
- `decided`   there is a transaction: posted, refused, or pending
- `rejected`  nothing is recorded: the request is wrong, or it is not the time
"""

import time
from collections.abc import Callable
from dataclasses import asdict, replace

from chalicelib.domain.approvals.policy import Reason
from chalicelib.domain.errors import BY_CODE, BankError, FieldError, Refusal
from chalicelib.models import transact
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.crowd import AccountIsHot
from chalicelib.models.ledger.group_plan import Member
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.ledger.waiting import Allowance, Judge
from chalicelib.services.payments import group_posting, judgement
from chalicelib.services.payments.group_posting import GroupedRequest
from chalicelib.services.payments.transfer_request import Json, TransferRequest, to_posting_request
from chalicelib.services.risk import screening


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
    return ledger.post_if_clear(_read_profiles(to_posting_request(request)), judge)


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
    member = Member(_read_profiles(to_posting_request(request)), judge)
    if not member.is_plain:
        return ledger.post_if_clear(member.request, judge)
    try:
        return ledger.post_unless_hot(member.request, judge, until)
    except AccountIsHot as hot:
        return group_posting.post(GroupedRequest(request.to_json(), member, _parse, until), hot)


def _parse(given: Json) -> PostingRequest:
    return _read_profiles(to_posting_request(TransferRequest.from_json(given)))


def _hold(request: TransferRequest, reasons: tuple[Reason, ...]) -> Outcome:
    return ledger.post_if_clear(to_posting_request(request), judgement.hold_for(request.caller, reasons))


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
