"""Credits of interest: the ledger's postings, and the ones of nothing, which move an account's days alone.

Both stand in the slot of their key, so that a repeated credit is answered with what the first one did.
"""

from dataclasses import dataclass

from chalicelib import clock
from chalicelib.domain import posting
from chalicelib.domain.days import Days
from chalicelib.domain.idempotency import Claim
from chalicelib.domain.permissions import Caller
from chalicelib.domain.position import InterestPaid
from chalicelib.domain.time import timestamp
from chalicelib.models import ledger, ledger_items
from chalicelib.models.account import Account
from chalicelib.models.attempt import Outcome, Plan, until_decided
from chalicelib.models.ledger import Order
from chalicelib.models.transaction import KeyRecord, Slot


class PaysNothing(Exception):
    """Raised by an order's `movement` for days that come to less than a coin, or for no days at all."""

    def __init__(self, account: Account, days: Days, carried: str):
        super().__init__(f"{account.id}: nothing for {days.count} days")
        self.account, self.days, self.carried = account, days, carried


@dataclass(frozen=True)
class Unmoved:
    """A credit of nothing: its record, and whether an earlier request under the same key had made it."""

    slot: KeyRecord
    replayed: bool = False

    @property
    def told(self) -> tuple[str, str]:
        return "interest_credit", "nothing"


def post(order: Order) -> Outcome | Unmoved:
    """Credit what the order's movement comes to, or advance the account's days alone."""
    return until_decided(lambda standing: _plan(order, standing))


def _plan(order: Order, standing: Slot | None) -> Plan[Outcome | Unmoved] | Outcome | Unmoved:
    try:
        return ledger.plan(order, standing, _answer, posting.post, "posted")
    except PaysNothing as nothing:
        return _unmoved(order, nothing)


def _answer(slot: Slot, claim: Claim, caller: Caller) -> Outcome | Unmoved:
    """The answer that a key already has, of a credit of nothing too. Raises IdempotencyKeyReused."""
    if isinstance(slot, KeyRecord) and slot.fingerprint == claim.fingerprint:
        return Unmoved(slot, replayed=slot.request_id != caller.request_id)
    return ledger.answer(slot, claim, caller)


def _unmoved(order: Order, nothing: PaysNothing) -> Plan[Outcome | Unmoved]:
    account, days = nothing.account, nothing.days
    at = timestamp(clock.now())
    claim, told = order.claim, ledger_items.interest_json(account.currency, days, nothing.carried)
    record = KeyRecord.of(claim.transaction_id, claim.fingerprint, account.id, order.caller, at)
    record.interest = told
    actions = [record.put_if_absent()]
    if days.count:
        after = posting.pay_nothing(InterestPaid(account.id, days, nothing.carried), account.position())
        actions.append(ledger_items.account(account, after, order.caller, at))
    return Plan(actions, Unmoved(record))
