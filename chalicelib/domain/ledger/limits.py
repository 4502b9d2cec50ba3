"""Limits on what a customer may move. The account counts what left it today (`balance.py`)."""

from dataclasses import dataclass

from chalicelib.domain.errors import LimitExceeded


@dataclass(frozen=True)
class Limits:
    """The most that may move, in minor units: in one transaction, and out of one account on one of the bank's days."""

    transaction: int
    daily: int

    def refuse_transaction(self, amount: int) -> LimitExceeded | None:
        """Return the refusal of an amount that is too large for one transaction."""
        if amount > self.transaction:
            return LimitExceeded("The amount exceeds what one transaction may move.")
        return None

    def refuse_day(self, spent: int, amount: int) -> LimitExceeded | None:
        """Return the refusal of an amount that is too large on top of what was spent on the same day."""
        if spent + amount > self.daily:
            return LimitExceeded("The amount exceeds what may leave this account in a day.")
        return None
