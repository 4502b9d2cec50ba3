"""Credits of interest: the ledger's postings, and the ones of nothing, which move an account's days alone.

Both stand in the slot of their key, so that a repeated credit is answered with what the first one did.
"""

from dataclasses import dataclass

from chalicelib import clock
from chalicelib.domain.days import Days
from chalicelib.domain.ledger import posting
from chalicelib.domain.ledger.balance import InterestPaid
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.ledger import items, ledger
from chalicelib.models.ledger.commit import Outcome, Plan, commit_with_retry
from chalicelib.models.ledger.ledger import PostingRequest
from chalicelib.models.ledger.transaction import IdempotencyRecord, RequestRecord


class PaysNothing(Exception):
    """Raised by an order's `movement` for days that come to less than a coin, or for no days at all."""

    def __init__(self, account: Account, days: Days, carried: str):
        super().__init__(f"{account.id}: nothing for {days.count} days")
        self.account, self.days, self.carried = account, days, carried


@dataclass(frozen=True)
class Unmoved:
    """A credit of nothing: its record, and whether an earlier request under the same key had made it."""

    record: RequestRecord
    replayed: bool = False

    @property
    def told(self) -> tuple[str, str]:
        return "interest_credit", "nothing"


def post(request: PostingRequest) -> Outcome | Unmoved:
    """Credit what the order's movement comes to, or advance the account's days alone."""
    return commit_with_retry(lambda existing: _plan(request, existing))


def _plan(request: PostingRequest, existing: IdempotencyRecord | None) -> Plan[Outcome | Unmoved] | Outcome | Unmoved:
    try:
        return ledger.plan(request, existing, _answer, posting.post, "posted")
    except PaysNothing as nothing:
        return _unmoved(request, nothing)


def _answer(record: IdempotencyRecord, idempotency_key: IdempotencyKey, caller: Caller) -> Outcome | Unmoved:
    """The answer that a key already has, of a credit of nothing too. Raises IdempotencyKeyReused."""
    if isinstance(record, RequestRecord) and record.fingerprint == idempotency_key.fingerprint:
        return Unmoved(record, replayed=record.request_id != caller.request_id)
    return ledger.answer(record, idempotency_key, caller)


def _unmoved(request: PostingRequest, nothing: PaysNothing) -> Plan[Outcome | Unmoved]:
    account, days = nothing.account, nothing.days
    at = timestamp(clock.now())
    idempotency_key, told = request.idempotency_key, items.interest_json(account.currency, days, nothing.carried)
    record = RequestRecord.of(
        idempotency_key.transaction_id, idempotency_key.fingerprint, account.id, request.caller, at
    )
    record.interest = told
    actions = [record.put_if_absent()]
    if days.count:
        after = posting.pay_nothing(InterestPaid(account.id, days, nothing.carried), account.position())
        actions.append(items.account(account, after, request.caller, at))
    return Plan(actions, Unmoved(record))
