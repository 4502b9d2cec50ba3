"""Ends what nobody has decided in time, and pending transactions whose makers have lost the right to make them."""

from itertools import chain

from chalicelib import clock
from chalicelib.domain.permissions import system
from chalicelib.domain.time import timestamp
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.everything import partitions
from chalicelib.models.ledger import ledger
from chalicelib.services import payment_rights
from chalicelib.services.approvals import decisions
from chalicelib.services.payment_rights import Swept


def sweep() -> dict[str, int]:
    """Expire and void all of them, and return how many. Errors are raised when all the others have been tried."""
    now = timestamp(clock.now())
    bank = system(f"expire-holds-{now}")
    expired = Swept()
    waiting = [one for page in Approval.walk_with_status("requested") for one in page if one.transaction_id]
    overdue = (str(one.transaction_id) for one in waiting if one.is_overdue(now))
    for transaction_id in dict.fromkeys(chain(overdue, partitions.overdue_transactions(now))):
        expired.end(transaction_id, lambda name: ledger.expire(name, bank))
    without_hold = (str(one.transaction_id) for one in waiting if one.action == "deposit")
    pending = dict.fromkeys(chain(without_hold, partitions.pending_transactions()))
    voided = payment_rights.void_ended(pending, bank.request_id)
    approvals = decisions.sweep(now, bank)
    errors = expired.errors + voided.errors
    if errors:
        raise ExceptionGroup("some pending transactions cannot end now", errors)
    return {"expired": expired.ended, "voided": voided.ended, "approvals": approvals}
