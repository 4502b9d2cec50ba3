"""Expires pending transactions that nobody has decided in time, and releases their holds."""

from chalicelib import clock
from chalicelib.domain.errors import BankError, Conflict
from chalicelib.domain.permissions import system
from chalicelib.domain.time import timestamp
from chalicelib.models.everything import partitions
from chalicelib.models.ledger import ledger
from chalicelib.observability import logger


def expire_overdue() -> int:
    """Expire all of them; how many. What stands in the way of one is raised when the others have been tried."""
    now = timestamp(clock.now())
    caller = system(f"expire-holds-{now}")
    expired, troubles = 0, list[BankError]()
    for transaction_id in partitions.overdue_transactions(now):
        try:
            ledger.expire(transaction_id, caller)
            expired += 1
        except Conflict:
            logger.info("decided before it could expire", transaction_id=transaction_id)
        except BankError as trouble:
            logger.error("cannot expire", transaction_id=transaction_id, code=trouble.code)
            troubles.append(trouble)
    if troubles:
        raise ExceptionGroup("some transactions cannot expire now", troubles)
    return expired
