"""Worked examples that others published, to the cent."""

from datetime import UTC, date, timedelta
from fractions import Fraction

import pytest

from chalicelib.domain import money
from chalicelib.domain.days import Days
from chalicelib.domain.interest import accrual as interest_accrual
from chalicelib.domain.interest.accrual import Terms, accrue
from chalicelib.domain.interest.day_count import DayCount
from tests.interest import on, rates

DAY = timedelta(days=1)


# ISDA, "The Actual/Actual day count fraction" (1999): 10 % on 10,000, the figures of the ISDA method.
@pytest.mark.parametrize(
    ("start", "end", "paid"),
    [
        ("2003-11-01", "2004-05-01", "497.72"),
        ("1999-02-01", "1999-07-01", "410.96"),
        ("1999-07-01", "2000-07-01", "1001.38"),
        ("2002-08-15", "2003-07-15", "915.07"),
        ("2003-07-15", "2004-01-15", "504.00"),
        ("1999-07-30", "2000-01-30", "503.89"),
        ("2000-01-30", "2000-06-30", "415.30"),
    ],
)
def test_isda_s_examples_of_act_act(start: str, end: str, paid: str) -> None:
    days = Days(date.fromisoformat(start), date.fromisoformat(end))
    terms = Terms(rates(100_000), UTC, "ACT/ACT")
    accrual = accrue(terms, days, balance=1_000_000, entries=[])
    assert money.text(accrual.credit, "EUR") == paid


# Regulation DD, 12 CFR part 1030, appendix A, part I: accounts that compound daily. A bank that credits every day and
# carries what is less than a cent comes to the same cents.
@pytest.mark.parametrize(
    ("principal", "stretches", "total"),
    [
        ("1000.00", [(52_500, 365)], "53.90"),  # B, tiered rates: 5.25 %
        ("8000.00", [(55_000, 365)], "452.29"),  # 5.50 %
        ("20000.00", [(57_500, 365)], "1183.61"),  # 5.75 %
        ("1000.00", [(50_000, 91), (55_000, 92)], "26.68"),  # stepped rates: 5 %, then 5.5 %
    ],
)
def test_regulation_dd_s_examples_of_daily_compounding(
    principal: str, stretches: list[tuple[int, int]], total: str
) -> None:
    first, days, changes = date(2026, 1, 1), 0, {}
    for rate, count in stretches:
        changes[f"d{(first + days * DAY):%Y%m%d}"] = rate
        days += count
    terms, balance, rest = Terms(rates(0, **changes), UTC), money.parse(principal, "USD"), Fraction(0)
    for index in range(days):
        day = Days(first + index * DAY, first + (index + 1) * DAY)
        accrual = accrue(terms, day, balance=balance, entries=[], carried_in=rest)
        balance, rest = balance + accrual.credit, accrual.carried_out
    assert money.text(balance - money.parse(principal, "USD"), "USD") == total


@pytest.mark.parametrize(
    ("convention", "rate", "days", "accrued"),
    [
        # MathWorks, Financial Toolbox, `cdai`: 5 % on 100 from 1 October 2001 to 2 January 2002 is 1.2917 by ACT/360.
        ("ACT/360", 50_000, on("2001-10-01", "2002-01-01"), "1.29166667"),
        # ISDA, "30/360 day count conventions" (2008): 31 August 2007 to 29 February 2008 is 179/360.
        ("30E/360", 100_000, on("2007-08-31", "2008-02-28"), "4.97222222"),
    ],
)
def test_examples_of_conventions_with_360_days(convention: DayCount, rate: int, days: Days, accrued: str) -> None:
    accrual = accrue(Terms(rates(rate), UTC, convention), days, balance=10_000, entries=[])
    assert interest_accrual.text(accrual.gross, "USD") == accrued
