"""The interest that an account will be credited."""

from datetime import UTC, date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.days import Days
from chalicelib.domain.interest.accrual import Terms, accrue
from chalicelib.domain.interest.expected import UnpaidInterest, project_credits
from chalicelib.domain.interest.rate import RateSchedule

TERMS = Terms(RateSchedule.of(36_500), UTC)
"""0.01 % of the balance a day."""
TODAY = date(2026, 11, 10)


def credited(
    balance: int,
    changes: dict[date, int],
    until: date,
    since: date = date(2026, 11, 1),
    carried: Fraction = Fraction(0),
) -> list[tuple[date, int]]:
    return project_credits(TERMS, UnpaidInterest(since, balance, changes, carried), TODAY, until)


def test_a_month_is_credited_on_the_day_after_it() -> None:
    assert credited(1_000_000, {}, date(2026, 11, 30)) == []
    assert credited(1_000_000, {}, date(2026, 12, 1)) == [(date(2026, 12, 1), 3_000)]


def test_a_credit_earns_from_its_own_day_on() -> None:
    assert credited(1_000_000, {}, date(2027, 1, 1)) == [
        (date(2026, 12, 1), 3_000),
        (date(2027, 1, 1), round(1_003_000 * 31 / 10_000)),
    ]


def test_what_is_planned_changes_what_is_earned() -> None:
    changes = {date(2026, 11, 5): 500_000, date(2026, 11, 21): -1_500_000}
    assert credited(1_000_000, changes, date(2026, 12, 1)) == [(date(2026, 12, 1), 400 + 16 * 150)]


def test_a_month_that_is_over_is_credited_today() -> None:
    found = credited(1_000_000, {}, date(2026, 12, 1), since=date(2026, 10, 1))
    assert found == [(TODAY, 3_100), (date(2026, 12, 1), round(900 + 1_003_100 * 21 / 10_000))]


def test_an_account_below_zero_earns_nothing() -> None:
    assert credited(-1_000_000, {}, date(2027, 2, 1)) == []


def test_a_change_on_the_first_day_of_a_month_counts_in_that_month_and_the_next_ones() -> None:
    changes = {date(2026, 11, 1): 500_000, date(2026, 12, 1): 995_500, date(2026, 12, 31): -1_000_000}
    assert credited(1_000_000, changes, date(2027, 2, 1)) == [
        (date(2026, 12, 1), 30 * 150),
        (date(2027, 1, 1), 30 * 250 + 150),
        (date(2027, 2, 1), round(31 * 1_507_650 / 10_000)),
    ]


def test_the_fraction_that_a_credit_leaves_counts_in_the_next() -> None:
    """400 earn 1.2 in November: 0.2 are carried and are paid with what December leaves over."""
    assert credited(400, {}, date(2026, 12, 1)) == [(date(2026, 12, 1), 1)]
    assert credited(400, {}, date(2026, 12, 1), carried=Fraction(2, 5)) == [(date(2026, 12, 1), 2)]
    assert credited(430, {}, date(2027, 1, 1)) == [(date(2026, 12, 1), 1), (date(2027, 1, 1), 2)]


@given(
    st.integers(-10_000, 1_000_000),
    st.dictionaries(st.dates(date(2026, 11, 1), date(2026, 11, 30)), st.integers(-100_000, 100_000)),
)
def test_one_month_is_what_the_accrual_of_its_days_says(balance: int, changes: dict[date, int]) -> None:
    gross, held = Fraction(0), balance
    for number in range(1, 31):
        held += changes.get(date(2026, 11, number), 0)
        day = Days.inclusive(date(2026, 11, number), date(2026, 11, number))
        gross += accrue(TERMS, day, balance=held, entries=()).gross
    wanted = [(date(2026, 12, 1), round(gross))] if round(gross) else []
    assert credited(balance, changes, date(2026, 12, 1)) == wanted
