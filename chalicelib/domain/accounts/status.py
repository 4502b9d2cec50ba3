"""The states of an account and the steps between them.

active ──freeze──► frozen        active, frozen ──close──► closed, when nothing is left on it
   ◄──unfreeze──────┘
"""

from chalicelib.domain.errors import AccountClosed, AccountNotEmpty, Conflict
from chalicelib.domain.ledger.balance import Position, Status


def require_step(status: Status, before: Status) -> None:
    """Raise AccountClosed or Conflict unless the account is in the state that a step starts from."""
    if status == "closed":
        raise AccountClosed("The account is closed.")
    if status != before:
        raise Conflict(f"The account is {status}, not {before}.")


def require_closable(status: Status, *, by_staff: bool) -> None:
    """Raise Conflict for an owner who closes an account that the bank has frozen."""
    if status == "frozen" and not by_staff:
        raise Conflict("The account is frozen. Ask the bank to close it.")


def require_empty(position: Position) -> None:
    """Raise AccountNotEmpty if the account has a balance or a held amount."""
    if position.balance != 0 or position.held != 0:
        raise AccountNotEmpty("Balance and held amount must both be zero: pay out or settle first.")
