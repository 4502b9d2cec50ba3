"""Holds whose time is over: they still set money aside until somebody sees them.

The hourly sweep sees all of them. A payment that would be refused for such money sees those of its payer first.
"""

from chalicelib.domain.errors import InsufficientFunds, LimitExceeded
from chalicelib.models.ledger.hold import Hold
from chalicelib.models.ledger.prepared_movement import PreparedMovement
from chalicelib.models.ledger.transaction import IdempotencyRecord, Transaction

FREED_BY_RELEASE = (InsufficientFunds.code, LimitExceeded.code)
"""Codes of refusals that the release of a hold may remove."""


def refusal_code(record: IdempotencyRecord) -> str | None:
    """Return the code with which a transaction is refused, or None."""
    return str(record.failure["code"]) if isinstance(record, Transaction) and record.status == "failed" else None


def overdue_transactions(prepared: PreparedMovement) -> list[str]:
    """Return the pending transactions whose overdue holds set money of the payers aside, with a query for each."""
    accounts = prepared.snapshot.accounts
    paying = [accounts[leg.account_id] for leg in prepared.movement.legs if leg.amount < 0]
    holds = [hold for account in paying if account.held for hold in Hold.active_of_account(account.id)]
    return [hold.transaction_id for hold in holds if hold.is_overdue(prepared.at)]
