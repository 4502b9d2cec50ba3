"""Interest of an account: what is pending, and crediting it, each day exactly once."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from chalicelib.domain.days import Days
from chalicelib.domain.idempotency import Claim
from chalicelib.domain.permissions import Caller
from chalicelib.models.transaction import Transaction
from chalicelib.services.interest_terms import Products


@dataclass(frozen=True)
class Credited:
    """What a credit came to: `amount` in minor units of `currency` for `days`, and what it carries on.

    `transaction` is None where no money moved: the days earned nothing, or there were none left to pay (`is_nothing`).
    """

    account_id: str
    currency: str
    days: Days
    amount: int
    carried: Fraction
    transaction: Transaction | None = None
    replayed: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether every day was paid before."""
        return self.days.count == 0

    @property
    def paid_from(self) -> date:
        return self.days.start

    @property
    def paid_through(self) -> date:
        """The last day whose interest the account has."""
        return self.days.last


def credit(account_id: str, through: date, claim: Claim, caller: Caller, products: Products | None = None) -> Credited:
    """Pay an account the interest of all its unpaid days up to and including `through`, under one key.

    The same claim answers the same for ever. Whoever pays many accounts passes one `products`, which reads the rates
    once. Raises NotFound, AccountClosed, IdempotencyKeyReused, ValueError for a day that is not over, Contention,
    Unavailable or OutcomeUnknown.
    """
    raise NotImplementedError
