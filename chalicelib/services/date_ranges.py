"""Ranges of time as clients ask for them."""

from datetime import date

from chalicelib import clock, config
from chalicelib.domain.days import Days
from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.time import day, parse_bound, parse_moment, timestamp

DAYS_MAX = 366
LAST_DAY = date(9998, 12, 31)
"""There is a day after it, and a month, whatever is made of it."""
FIRST = "0000-01-01T00:00:00.000000Z"
LAST = "9999-12-31T23:59:59.999999Z"


def parse(from_: str | None, to: str | None) -> tuple[str, str]:
    """Parse both ends into timestamps, inclusive.

    Raises ValidationFailed if one is malformed, or they are in the wrong order.
    """
    since = _parse_bound("from", from_, end=False) if from_ is not None else FIRST
    until = _parse_bound("to", to, end=True) if to is not None else LAST
    if since > until:
        raise ValidationFailed.of("from", "must not be after to")
    return since, until


def days(from_: str | None, to: str | None, names: tuple[str, str] = ("from", "to")) -> Days:
    """Parse a range of the bank's days, both included; by default the month of the last day, so far.

    Raises ValidationFailed if a day is malformed, or the range is in the wrong order or longer than a year.
    """
    last = _day(names[1], to) if to is not None else day(timestamp(clock.now()), config.timezone())
    first = _day(names[0], from_) if from_ is not None else last.replace(day=1)
    if first > last:
        raise ValidationFailed.of(names[0], f"must not be after {names[1]}")
    found = Days.inclusive(first, last)
    if found.count > DAYS_MAX:
        raise ValidationFailed.of(names[0], f"must be within {DAYS_MAX} days of {names[1]}")
    return found


def day_until_today(field: str, text: str | None) -> date:
    """Parse one of the bank's days, by default today. Raises ValidationFailed for a day in the future."""
    today = day(timestamp(clock.now()), config.timezone())
    asked = _day(field, text) if text is not None else today
    if asked > today:
        raise ValidationFailed.of(field, "must not be in the future")
    return asked


def _day(field: str, text: str) -> date:
    try:
        found = date.fromisoformat(text) if len(text) == len("2026-11-21") else None
    except ValueError:
        found = None
    if found is None or found > LAST_DAY:
        raise ValidationFailed.of(field, "must be a date such as 2026-11-21")
    return found


def moment(field: str, text: str) -> str:
    try:
        return timestamp(parse_moment(text))
    except (ValueError, OverflowError) as error:
        raise ValidationFailed.of(field, str(error)) from None


def _parse_bound(field: str, text: str, *, end: bool) -> str:
    try:
        return parse_bound(text, config.timezone(), end=end)
    except (ValueError, OverflowError) as error:
        raise ValidationFailed.of(field, str(error)) from None
