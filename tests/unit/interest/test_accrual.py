"""What the days of a period earn, and what of it is credited."""

from collections.abc import Iterator
from datetime import UTC, date
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.days import Days
from chalicelib.domain.interest import accrual as interest_accrual
from chalicelib.domain.interest.accrual import Accrual, Terms, accrue
from chalicelib.domain.interest.carried_fraction import PARTS
from chalicelib.domain.interest.day_count import DayCount
from chalicelib.domain.ledger.balance import Position
from tests.interest import Line, lines, on, rates

AMSTERDAM, NEW_YORK = ZoneInfo("Europe/Amsterdam"), ZoneInfo("America/New_York")
SAVINGS = Terms(rates(30_000), UTC)
NOVEMBER = on("2026-11-01", "2026-11-30")
ONE_IN_10_000_A_DAY = Terms(rates(36_000), UTC, "ACT/360")
"""3.6 % a year by ACT/360 is exactly 1/10,000 a day."""


def earned(days: Days, balance: int, *moves: tuple[str, int], terms: Terms = SAVINGS) -> Accrual:
    return accrue(terms, days, balance=balance, entries=lines(balance, *moves))


def test_a_month_of_one_balance() -> None:
    accrual = earned(NOVEMBER, 1_000_000)
    assert accrual.gross == Fraction(1_000_000 * 3 * 30, 100 * 365)  # 10,000.00 × 3 % × 30 / 365 = 24.6575…
    assert (accrual.credit, accrual.carried_out) == (2466, Fraction(-18, 73))
    assert (accrual.days, accrual.day_count) == (NOVEMBER, "ACT/365F")
    assert [(each.days, each.annual_rate_millionths) for each in accrual.segments] == [(NOVEMBER, 30_000)]


def test_an_entry_counts_from_its_own_day_on() -> None:
    accrual = earned(on("2026-11-01", "2026-11-10"), 0, ("2026-11-04T23:59:59.999999Z", 36500))
    assert accrual.gross == 7 * 3  # 365.00 at 3 % earns 3 cents a day, from the 4th to the 10th


def test_only_the_balance_at_the_end_of_a_day_counts() -> None:
    moves = ("2026-11-04T08:00Z", 10**9), ("2026-11-04T20:00Z", -(10**9))
    assert earned(NOVEMBER, 36500, *moves).gross == 30 * 3


def test_an_overdrawn_balance_earns_nothing_and_costs_nothing() -> None:
    accrual = earned(NOVEMBER, 36500, ("2026-11-11T08:00Z", -73000), ("2026-11-21T08:00Z", 73000))
    assert accrual.gross == 20 * 3
    assert earned(NOVEMBER, -36500).gross == 0


@pytest.mark.parametrize(("balance", "terms"), [(0, SAVINGS), (10**9, Terms(rates(0), UTC))])
def test_nothing_comes_of_nothing(balance: int, terms: Terms) -> None:
    accrual = earned(NOVEMBER, balance, terms=terms)
    assert accrual.gross == accrual.credit == accrual.carried_out == 0


def test_no_days_earn_nothing_and_keep_what_was_carried() -> None:
    none = Days(date(2026, 11, 21), date(2026, 11, 21))
    accrual = accrue(SAVINGS, none, balance=10**9, entries=[], carried_in=Fraction(-1, 2))
    assert accrual.segments == ()
    assert (accrual.credit, accrual.carried_out) == (0, Fraction(-1, 2))


OPENED = date(2026, 11, 10)


@pytest.mark.parametrize(
    ("paid_through", "through", "days"),
    [
        (None, "2026-11-09", Days(OPENED, OPENED)),
        (None, "2026-11-10", on("2026-11-10")),
        (None, "2026-11-30", on("2026-11-10", "2026-11-30")),
        ("2026-11-10", "2026-11-30", on("2026-11-11", "2026-11-30")),
        ("2026-11-29", "2026-11-30", on("2026-11-30")),
        ("2026-11-30", "2026-11-30", Days(date(2026, 12, 1), date(2026, 12, 1))),
        ("2026-12-15", "2026-11-30", Days(date(2026, 12, 16), date(2026, 12, 16))),
    ],
)
def test_unpaid_are_the_opening_day_and_on_or_those_after_the_ones_that_were_paid(
    paid_through: str | None, through: str, days: Days
) -> None:
    paid, last = date.fromisoformat(paid_through) if paid_through else None, date.fromisoformat(through)
    assert interest_accrual.unpaid(paid, OPENED, last, is_closed=False) == days
    assert interest_accrual.unpaid(paid, OPENED, last, is_closed=True) == Days(days.start, days.start)


def test_the_opening_day_earns_and_the_closing_day_does_not() -> None:
    """Closing pays up to the day before; from then on there are no days to pay."""
    moves = ("2026-11-10T09:00Z", 36500), ("2026-11-20T09:00Z", -36500)
    days = interest_accrual.unpaid(None, OPENED, date(2026, 11, 19), is_closed=False)
    accrual = earned(days, 0, *moves)
    assert accrual.days == on("2026-11-10", "2026-11-19")
    assert accrual.gross == 10 * 3
    assert interest_accrual.unpaid(days.last, OPENED, date(2026, 11, 30), is_closed=True).count == 0


def test_an_entry_that_a_slow_clock_dated_before_the_opening_counts_on_the_opening_day() -> None:
    days = interest_accrual.unpaid(None, OPENED, date(2026, 11, 11), is_closed=False)
    assert earned(days, 0, ("2026-11-09T23:59:59.9Z", 36500)).gross == 2 * 3


def test_a_rate_that_changes_in_the_middle() -> None:
    terms = Terms(rates(30_000, d20261111=40_000, d20261121=20_000), UTC)
    accrual = earned(NOVEMBER, 36500, ("2026-11-16T08:00Z", 36500), terms=terms)
    assert [(each.days, each.annual_rate_millionths, float(each.interest)) for each in accrual.segments] == [
        (on("2026-11-01", "2026-11-10"), 30_000, 10 * 3),
        (on("2026-11-11", "2026-11-20"), 40_000, 5 * 4 + 5 * 8),
        (on("2026-11-21", "2026-11-30"), 20_000, 10 * 4),
    ]
    assert accrual.gross == 130


def test_how_the_interest_comes_about() -> None:
    """The second example of docs/interest.md."""
    terms, entries = Terms(rates(30_000, d20261116=35_000), UTC), lines(100_000, ("2026-11-21T10:00Z", 50_000))
    runs = list(interest_accrual.runs(terms, NOVEMBER, 100_000, entries))
    assert [(run.days, run.balance, run.annual_rate_millionths) for run in runs] == [
        (on("2026-11-01", "2026-11-15"), 100_000, 30_000),
        (on("2026-11-16", "2026-11-20"), 100_000, 35_000),
        (on("2026-11-21", "2026-11-30"), 150_000, 35_000),
    ]
    shown = [interest_accrual.text(Fraction(run.parts, PARTS), "USD") for run in runs]
    assert shown == ["1.23287671", "0.47945205", "1.43835616"]
    whole = accrue(terms, NOVEMBER, balance=100_000, entries=entries)
    assert interest_accrual.text(whole.gross, "USD") == "3.15068493"
    assert (whole.credit, whole.carried_out) == (315, Fraction(5, 73))


def test_two_months_that_compound() -> None:
    """The first example of docs/interest.md."""
    november = earned(NOVEMBER, 1_000_000)
    december = accrue(
        SAVINGS,
        on("2026-12-01", "2026-12-31"),
        balance=1_000_000,
        entries=lines(1_000_000, ("2026-12-01T02:00Z", november.credit)),
        carried_in=november.carried_out,
    )
    assert [interest_accrual.text(each.gross, "USD") for each in (november, december)] == ["24.65753425", "25.54228438"]
    assert interest_accrual.text(december.gross + december.carried_in, "USD") == "25.53981863"
    assert [each.credit for each in (november, december)] == [2466, 2554]
    assert [each.carried_out for each in (november, december)] == [Fraction(-18, 73), Fraction(-331, 18250)]


def test_a_credit_earns_from_its_own_day_on() -> None:
    """Interest of October, credited on 1 November, is in the balance of all of November and of no day of October."""
    october = earned(on("2026-10-01", "2026-10-31"), 10**9, ("2026-11-01T02:00Z", 2547945))
    assert october.gross == 10**9 * Fraction(3, 100) * Fraction(31, 365)
    assert october.credit == 2547945
    november = earned(NOVEMBER, 10**9, ("2026-11-01T02:00Z", october.credit))
    assert november.gross == (10**9 + 2547945) * Fraction(3, 100) * Fraction(30, 365)


@pytest.mark.parametrize(
    ("balance", "credit", "carried"),
    [
        (4999, 0, Fraction(4999, 10000)),
        (5000, 0, Fraction(1, 2)),
        (5001, 1, Fraction(-4999, 10000)),
        (15000, 2, Fraction(-1, 2)),
        (25000, 2, Fraction(1, 2)),
        (35000, 4, Fraction(-1, 2)),
    ],
)
def test_a_credit_is_rounded_half_to_even(balance: int, credit: int, carried: Fraction) -> None:
    accrual = earned(on("2026-11-21"), balance, terms=ONE_IN_10_000_A_DAY)
    assert (accrual.credit, accrual.carried_out) == (credit, carried)


def test_what_is_carried_makes_up_the_next_credit() -> None:
    paid, rest = [], Fraction(0)
    for day in range(1, 9):
        accrual = accrue(
            ONE_IN_10_000_A_DAY,
            on(f"2026-11-0{day}"),
            balance=2500,  # earns a quarter of a cent a day
            entries=[],
            carried_in=rest,
        )
        paid.append(accrual.credit)
        rest = accrual.carried_out
    assert paid == [0, 0, 1, 0, 0, 0, 1, 0]
    assert rest == 0


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        (AMSTERDAM, "2026-03-28T22:59:59.999999Z", "2026-03-28"),
        (AMSTERDAM, "2026-03-28T23:00Z", "2026-03-29"),  # the day of 23 hours begins at +01:00 …
        (AMSTERDAM, "2026-03-29T21:59:59.999999Z", "2026-03-29"),
        (AMSTERDAM, "2026-03-29T22:00Z", "2026-03-30"),  # … and ends at +02:00
        (AMSTERDAM, "2026-10-24T22:00Z", "2026-10-25"),  # the day of 25 hours
        (AMSTERDAM, "2026-10-25T22:59:59.999999Z", "2026-10-25"),
        (AMSTERDAM, "2026-10-25T23:00Z", "2026-10-26"),
        (NEW_YORK, "2026-03-08T04:59:59.999999Z", "2026-03-07"),
        (NEW_YORK, "2026-03-08T05:00Z", "2026-03-08"),
        (NEW_YORK, "2026-03-09T03:59:59.999999Z", "2026-03-08"),
        (NEW_YORK, "2026-11-01T04:00Z", "2026-11-01"),
        (NEW_YORK, "2026-11-02T04:59:59.999999Z", "2026-11-01"),
    ],
)
def test_days_are_the_bank_s_also_when_clocks_change(zone: ZoneInfo, moment: str, day: str) -> None:
    days = on("2026-03-01", "2026-11-30")
    last = Days(date.fromisoformat(day), days.end)
    assert earned(days, 0, (moment, 36500), terms=Terms(rates(30_000), zone)).gross == last.count * 3


def test_a_day_that_clocks_put_back_over_midnight_does_not_begin_twice() -> None:
    """At 00:01 of 29 October 2006 in Newfoundland it became 23:01 of the 28th, after the 29th had begun."""
    terms = Terms(rates(30_000), ZoneInfo("America/St_Johns"))
    moves = ("2006-10-29T02:30:30Z", 36500), ("2006-10-29T03:00Z", 36500)
    runs = list(interest_accrual.runs(terms, on("2006-10-27", "2006-10-29"), 0, lines(0, *moves)))
    assert [(run.days, run.balance) for run in runs] == [
        (on("2006-10-27", "2006-10-28"), 0),
        (on("2006-10-29"), 73000),
    ]


@pytest.mark.parametrize(
    ("convention", "february_2028", "the_29th"),
    [
        ("ACT/365F", Fraction(29, 365), Fraction(1, 365)),
        ("ACT/ACT", Fraction(29, 366), Fraction(1, 366)),
        ("ACT/360", Fraction(29, 360), Fraction(1, 360)),
        ("30E/360", Fraction(30, 360), Fraction(2, 360)),
    ],
)
def test_a_leap_day_by_each_convention(convention: DayCount, february_2028: Fraction, the_29th: Fraction) -> None:
    terms = Terms(rates(30_000), UTC, convention)
    assert earned(on("2028-02-01", "2028-02-29"), 10**6, terms=terms).gross == 30_000 * february_2028
    assert earned(on("2028-02-29"), 10**6, terms=terms).gross == 30_000 * the_29th


def test_entries_are_read_once_and_no_further_than_needed() -> None:
    read = []

    def stream() -> Iterator[Line]:
        for line in lines(0, ("2026-11-30T08:00Z", 36500), ("2026-12-01T08:00Z", 1), ("2026-12-02T08:00Z", 1)):
            read.append(line.amount)
            yield line

    accrual = accrue(SAVINGS, NOVEMBER, balance=0, entries=stream())
    assert accrual.gross == 3
    assert read == [36500, 1]


def test_the_ledger_s_own_entries_are_what_is_read() -> None:
    before = Position("acc_1", "USD", balance=36500)
    _, entry = before.enter("txn_1", "deposit", 36500, "2026-11-21T08:30:00.000000Z")
    accrual = accrue(SAVINGS, NOVEMBER, balance=36500, entries=[entry])
    assert accrual.gross == 20 * 3 + 10 * 6


def test_entries_that_do_not_follow_from_the_balance_are_an_error_and_not_an_interest() -> None:
    whole = lines(100, ("2026-11-02T08:00Z", 5), ("2026-11-03T08:00Z", 7), ("2026-11-04T08:00Z", 9))
    for broken in (whole[1:], whole[::2], whole[::-1], [*whole, whole[-1]]):
        with pytest.raises(ValueError, match="does not follow from a balance of"):
            accrue(SAVINGS, NOVEMBER, balance=100, entries=broken)


def test_money_is_an_int_and_a_rest_is_a_rest() -> None:
    with pytest.raises(TypeError, match="not float"):
        accrue(SAVINGS, NOVEMBER, balance=1.0, entries=[])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not what a credit leaves"):
        accrue(SAVINGS, NOVEMBER, balance=1, entries=[], carried_in=Fraction(2, 3))


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (Fraction(90_000, 365), "USD", "2.46575342"),
        (Fraction(1, 3), "JPY", "0.333333"),
        (Fraction(-1, 2), "BHD", "-0.000500000"),
        (Fraction(0), "EUR", "0.00000000"),
        (Fraction(12345), "EUR", "123.45000000"),
        (Fraction(5, 10**7), "EUR", "0.00000000"),
        (Fraction(15, 10**7), "EUR", "0.00000002"),
    ],
)
def test_uncredited_interest_is_shown_with_six_more_decimals(minor: Fraction, currency: str, text: str) -> None:
    assert interest_accrual.text(minor, currency) == text
