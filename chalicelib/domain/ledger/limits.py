"""Limits on what a customer may move.

The account counts what left it today (`balance.py`); what left several accounts of a customer is counted beside them
(`models/ledger/spending.py`).
"""

from dataclasses import dataclass

from chalicelib.domain.errors import Figures, LimitExceeded


@dataclass(frozen=True)
class Limits:
    """The most that may move, in minor units: in one transaction, and on one of the bank's days out of one account, and
    for a customer out of all own accounts and, as a joint holder, out of those of others."""

    transaction: int
    daily: int

    def refuse_transaction(self, amount: int, currency: str) -> LimitExceeded | None:
        """Return the refusal of an amount that is too large for one transaction."""
        if amount > self.transaction:
            figures: Figures = {"limit": self.transaction, "currency": currency}
            return LimitExceeded("The amount exceeds what one transaction may move.", figures=figures)
        return None

    def refusal_of_customer(self, currency: str, day: str) -> LimitExceeded:
        """Return the refusal of an amount that is too large on top of what the customer's accounts paid that day."""
        figures: Figures = {"limit": self.daily, "currency": currency, "day": day}
        detail = "The amount exceeds what one customer may pay in a day, from all accounts together."
        return LimitExceeded(detail, figures=figures)

    def refuse_day(self, spent: int, amount: int, currency: str, day: str) -> LimitExceeded | None:
        """Return the refusal of an amount that is too large on top of what was spent on the same day."""
        if spent + amount > self.daily:
            left = max(0, self.daily - spent)
            figures: Figures = {"limit": self.daily, "available": left, "currency": currency, "day": day}
            return LimitExceeded("The amount exceeds what may leave this account in a day.", figures=figures)
        return None
