"""Histories of an account, and interest worked out the slow way: a day at a time, from the conventions' own words."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from fractions import Fraction

from chalicelib.domain import time
from chalicelib.domain.days import Days
from chalicelib.domain.interest.rate import RateChange, RateSchedule

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """As much of an entry as interest reads."""

    amount: int
    balance_after: int
    created_at: str


def lines(balance: int, *moves: tuple[str, int]) -> list[Line]:
    """Entries on top of a balance, from moments such as `"2026-11-21T08:30Z"` and signed amounts in minor units."""
    made = []
    for moment, amount in moves:
        balance += amount
        made.append(Line(amount, balance, time.timestamp(datetime.fromisoformat(moment))))
    return made


def on(*days: str) -> Days:
    """Of the first day to the last, both included; of one alone."""
    return Days.inclusive(date.fromisoformat(days[0]), date.fromisoformat(days[-1]))


def rates(standard: int, **changes: int) -> RateSchedule:
    """A standard rate, and changes by day: `rates(30_000, d20260401=40_000)`, in millionths."""
    history = [RateChange(rate, date.fromisoformat(day[1:]), "") for day, rate in changes.items()]
    return RateSchedule.of(standard, history)


def slow_interest(  # the convention's words, the bank's days and the rates, each looked up anew on every day
    convention: str, rate_by_day: dict[date, int], zone: tzinfo, days: Days, balance: int, entries: Iterable[Line]
) -> Fraction:
    """Minor units, exact. The rate of `date.min` is the standard one."""
    moves = [(datetime.fromisoformat(entry.created_at).astimezone(zone).date(), entry.amount) for entry in entries]
    total, day = Fraction(0), days.start
    while day < days.end:
        held = balance + sum(amount for moved_on, amount in moves if moved_on <= day)
        rate = rate_by_day[max(since for since in rate_by_day if since <= day)]
        if held > 0:
            total += held * Fraction(rate, 1_000_000) * slow_year_fraction(convention, day, day + DAY)
        day += DAY
    return total


def slow_year_fraction(convention: str, start: date, end: date) -> Fraction:
    """Of the 2006 ISDA Definitions, section 4.16, word by word."""
    each = [start + timedelta(days=index) for index in range((end - start).days)]
    if convention == "ACT/365F":
        return Fraction(len(each), 365)
    if convention == "ACT/360":
        return Fraction(len(each), 360)
    if convention == "ACT/ACT":
        in_leap_years = sum(calendar.isleap(day.year) for day in each)
        return Fraction(in_leap_years, 366) + Fraction(len(each) - in_leap_years, 365)
    assert convention == "30E/360"
    first = 30 if start.day == 31 else start.day
    second = 30 if end.day == 31 else end.day
    return Fraction(360 * (end.year - start.year) + 30 * (end.month - start.month) + (second - first), 360)
