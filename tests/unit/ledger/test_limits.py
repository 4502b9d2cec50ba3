"""Limits, and the figures with which a refusal says what is left."""

import pytest

from chalicelib.domain.errors import LimitExceeded
from chalicelib.domain.ledger.balance import Position
from chalicelib.domain.ledger.limits import Limits
from tests.unit.ledger.decisions import DAY

LIMITS = Limits(transaction=100, daily=150)


def test_amount_at_the_limit_of_a_transaction_is_taken_and_one_more_is_refused() -> None:
    assert LIMITS.refuse_transaction(100, "USD") is None
    refusal = LIMITS.refuse_transaction(101, "USD")
    assert isinstance(refusal, LimitExceeded)
    assert refusal.figures == {"limit": 100, "currency": "USD"}


@pytest.mark.parametrize(("spent", "left"), [(0, 150), (149, 1), (150, 0), (151, 0)])
def test_refusal_of_a_day_says_what_is_left_of_it(spent: int, left: int) -> None:
    """Nothing is left where more was spent than a limit that was lowered since allows."""
    assert LIMITS.refuse_day(spent, left, "USD", DAY) is None or spent > 150
    refusal = LIMITS.refuse_day(spent, left + 1, "USD", DAY)
    assert isinstance(refusal, LimitExceeded)
    assert refusal.figures == {"limit": 150, "available": left, "currency": "USD", "day": DAY}


def test_refusal_to_spend_says_what_is_left_of_the_accounts_day() -> None:
    payer = Position("a", "USD", balance=1000, spent_on=DAY, spent=60)
    assert payer.refusal_to_spend(90, DAY, LIMITS) is None
    refusal = payer.refusal_to_spend(91, DAY, LIMITS)
    assert isinstance(refusal, LimitExceeded)
    assert refusal.figures == {"limit": 150, "available": 90, "currency": "USD", "day": DAY}
