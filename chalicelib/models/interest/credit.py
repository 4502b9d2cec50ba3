"""Interest credits: postings, and zero credits, which record the request and move the account's days alone.

Both stand under the request's idempotency key, so a repeated credit is answered with what the first one did.
"""

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib import clock, config
from chalicelib.domain.days import Days
from chalicelib.domain.errors import KEY_REUSED, IdempotencyKeyReused
from chalicelib.domain.ledger import general_ledger, posting
from chalicelib.domain.ledger.balance import InterestPaid
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.ledger import items, shards
from chalicelib.models.ledger.commit import Plan, commit_with_retry
from chalicelib.models.ledger.posting_plan import plan_posting, prepare
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.snapshot import read
from chalicelib.models.ledger.transaction import IdempotencyRecord, RequestRecord


@dataclass(frozen=True)
class InterestDue:
    """The interest of an account's unpaid days: `amount` in minor units, and the carried fraction as text.

    The amount is zero if the interest rounds to zero, and for no days.
    """

    days: Days
    amount: int
    carried: str


def credit(
    account_id: str, idempotency_key: IdempotencyKey, caller: Caller, due: Callable[[Account], InterestDue]
) -> IdempotencyRecord:
    """Pay what is `due` on the account as read, and return the transaction, or the record of a zero credit.

    Raises IdempotencyKeyReused, and what `due` raises.
    """
    expense = general_ledger.interest_expense(config.default_currency())

    def attempt() -> Plan | IdempotencyRecord:
        snapshot = read(idempotency_key.transaction_id, (account_id, shards.own_shard(expense)))
        if snapshot.record:
            return snapshot.record
        account = snapshot.account(account_id)
        interest = due(account)
        if interest.amount == 0:
            return _plan_zero_credit(account, interest, idempotency_key, caller)
        request = _request(account, interest, idempotency_key, caller)
        return plan_posting(request, prepare(request, snapshot))

    record = commit_with_retry(attempt).record
    if record.fingerprint != idempotency_key.fingerprint:
        raise IdempotencyKeyReused(KEY_REUSED)
    return record


def _request(account: Account, due: InterestDue, idempotency_key: IdempotencyKey, caller: Caller) -> PostingRequest:
    expense = general_ledger.interest_expense(account.currency)
    movement = Movement(
        idempotency_key.transaction_id,
        "interest_credit",
        account.currency,
        (Leg(account.id, due.amount), Leg(expense, -due.amount)),
        interest=InterestPaid(account.id, due.days, due.carried),
    )
    return PostingRequest(idempotency_key, caller, (account.id, expense), lambda _: movement)


def _plan_zero_credit(account: Account, due: InterestDue, idempotency_key: IdempotencyKey, caller: Caller) -> Plan:
    """Plan to record the request, and to move the account's days, if there are any, without money."""
    at = clock.next_timestamp(clock.now(), {account.id: account.last_entry_at or ""})
    record = RequestRecord.of(idempotency_key.transaction_id, idempotency_key.fingerprint, account.id, caller, at)
    record.interest = items.interest_json(account.currency, due.days, due.carried)
    actions = [record.put_if_absent()]
    if due.days.count:
        after = posting.pay_nothing(InterestPaid(account.id, due.days, due.carried), account.position())
        actions.append(items.account(account, after, caller, at))
    return Plan(record, actions)
