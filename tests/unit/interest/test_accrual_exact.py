"""Nothing is lost: against a slow reference, however a period is cut, and over a working life of credits."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from fractions import Fraction
from random import Random
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.days import Days
from chalicelib.domain.interest import carried_fraction
from chalicelib.domain.interest.accrual import Terms, accrue
from chalicelib.domain.interest.carried_fraction import PARTS
from chalicelib.domain.interest.day_count import DayCount
from chalicelib.domain.interest.rate import MAX_MILLIONTHS, RateChange, RateSchedule
from tests.interest import Line, lines, slow_interest

ZONES: list[tzinfo] = [UTC, ZoneInfo("Europe/Amsterdam"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata")]
STARTS = st.dates(date(2023, 1, 1), date(2029, 1, 1))
MINUTES_A_YEAR = 366 * 24 * 60
MOVES = st.lists(st.tuples(st.integers(0, MINUTES_A_YEAR), st.integers(-(10**7), 10**7).filter(bool)), max_size=8)
CHANGES = st.dictionaries(st.integers(-30, 400), st.integers(0, MAX_MILLIONTHS), max_size=4)
EXAMPLES = settings(max_examples=settings().max_examples * 6 // 5)
"""A fifth more than of other properties, for each convention."""


def history(start: date, moves: list[tuple[int, int]], zone: tzinfo) -> list[Line]:
    """Entries on top of nothing, so many minutes after the start's midnight in that zone."""
    midnight = datetime(start.year, start.month, start.day, tzinfo=zone).astimezone(UTC)
    return lines(0, *((f"{midnight + timedelta(minutes=after)}", amount) for after, amount in sorted(moves)))


def schedule(start: date, changes: dict[int, int]) -> RateSchedule:
    history = [RateChange(rate, start + timedelta(days=after), "") for after, rate in changes.items()]
    return RateSchedule.of(30_000, history)


@pytest.mark.parametrize("convention", get_args(DayCount))
@given(STARTS, st.integers(0, 250), MOVES, CHANGES, st.sampled_from(ZONES))
@EXAMPLES
def test_it_is_what_a_day_by_day_reckoning_comes_to(
    convention: DayCount,
    start: date,
    count: int,
    moves: list[tuple[int, int]],
    changes: dict[int, int],
    zone: tzinfo,
) -> None:
    days = Days(start, start + timedelta(days=count))
    entries = history(start, moves, zone)
    terms = Terms(schedule(start, changes), zone, convention)
    accrual = accrue(terms, days, balance=0, entries=entries)
    rate_by_day = {date.min: 30_000} | {start + timedelta(days=after): rate for after, rate in changes.items()}
    assert accrual.gross == slow_interest(convention, rate_by_day, zone, days, 0, entries)
    assert accrual.credit + accrual.carried_out == accrual.gross
    assert sum(segment.days.count for segment in accrual.segments) == accrual.days.count == count
    assert carried_fraction.parse(carried_fraction.text(accrual.carried_out)) == accrual.carried_out


@pytest.mark.parametrize("convention", get_args(DayCount))
@given(STARTS, st.integers(0, 366), MOVES, CHANGES, st.sets(st.integers(0, 366), max_size=5), st.sampled_from(ZONES))
@EXAMPLES
def test_however_a_period_is_cut_it_pays_the_same(
    convention: DayCount,
    start: date,
    count: int,
    moves: list[tuple[int, int]],
    changes: dict[int, int],
    cuts: set[int],
    zone: tzinfo,
) -> None:
    terms = Terms(schedule(start, changes), zone, convention)
    entries = history(start, moves, zone)
    whole = accrue(terms, Days(start, start + timedelta(days=count)), balance=0, entries=entries)
    paid, gross, rest, first = 0, Fraction(0), Fraction(0), 0
    for cut in [*sorted(cut for cut in cuts if cut < count), count]:
        days = Days(start + timedelta(days=first), start + timedelta(days=cut))
        before = [entry for entry in entries if bank_day(entry, zone) < days.start]
        balance = before[-1].balance_after if before else 0
        part = accrue(terms, days, balance=balance, entries=entries[len(before) :], carried_in=rest)
        paid, gross, rest, first = paid + part.credit, gross + part.gross, part.carried_out, cut
    assert gross == whole.gross == paid + rest
    assert abs(paid - whole.credit) <= 1


def bank_day(entry: Line, zone: tzinfo) -> date:
    return datetime.fromisoformat(entry.created_at).astimezone(zone).date()


@pytest.mark.parametrize("convention", get_args(DayCount))
def test_forty_years_of_monthly_credits_lose_nothing(convention: DayCount) -> None:
    """Every credit becomes an entry of the next month; the whole life in one accrual comes to what was paid."""
    terms = Terms(RateSchedule.of(28_750), UTC, convention)
    random, opened_on, ends = Random(convention), date(2026, 1, 1), month_ends(2026, 40)
    balance, paid, rest, first, life = 0, 0, Fraction(0), opened_on, list[Line]()
    for end in ends:
        moved = random.randrange(-balance // 2, 100_000)
        entries = lines(balance, (f"{first}T03:00Z", moved))
        accrual = accrue(terms, Days(first, end), balance=balance, entries=entries, carried_in=rest)
        life += entries + lines(entries[-1].balance_after, (f"{end}T02:00Z", accrual.credit))
        balance, paid, rest, first = life[-1].balance_after, paid + accrual.credit, accrual.carried_out, end
        rest = carried_fraction.parse(carried_fraction.text(rest))
    whole = accrue(terms, Days(opened_on, ends[-1]), balance=0, entries=life)
    assert paid + rest == whole.gross
    assert (whole.credit, whole.carried_out) == (paid, rest)
    assert len(ends) == 480
    assert paid > 0


def month_ends(year: int, years: int) -> list[date]:
    return [date(year + month // 12, month % 12 + 1, 1) for month in range(1, 12 * years + 1)]


def test_a_change_of_convention_carries_over_exactly() -> None:
    terms, rest, paid, gross = Terms(RateSchedule.of(30_001), UTC), Fraction(0), 0, Fraction(0)
    for index, convention in enumerate(get_args(DayCount) * 3):
        days = Days(
            date(2027, 1, 1) + timedelta(days=100 * index), date(2027, 1, 1) + timedelta(days=100 * index + 100)
        )
        accrual = accrue(replace(terms, day_count=convention), days, balance=12_345, entries=[], carried_in=rest)
        rest, paid, gross = accrual.carried_out, paid + accrual.credit, gross + accrual.gross
        assert PARTS % rest.denominator == 0
    assert paid + rest == gross


@pytest.mark.parametrize("text", ["0", "1/2", "-1/2", "-57/365", "1/1603080000000", "801539999999/1603080000000"])
def test_a_carried_fraction_is_text(text: str) -> None:
    assert carried_fraction.text(carried_fraction.parse(text)) == text
    assert len(text) < 30


@pytest.mark.parametrize(
    "text", ["", "0.5", "1", "-1", "2/3", "2/4", "1/7", "1/0", "+1/2", " 1/2", "1/2\n", "-0", "nan"]
)
def test_what_no_credit_leaves_is_no_carried_fraction(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a carried fraction|not what a credit leaves"):
        carried_fraction.parse(text)


def test_what_no_credit_leaves_is_not_written() -> None:
    with pytest.raises(ValueError, match="not what a credit leaves"):
        carried_fraction.text(Fraction(3, 4))
