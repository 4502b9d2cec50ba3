"""What is plausible of a person."""

import re
from datetime import date

AGE_YEARS_MAX = 120
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def birth_date(text: str, today: date) -> date:
    """A date of birth. Raises ValueError, in words meant for the client, when nobody alive can have it."""
    if not _DATE.fullmatch(text):
        raise ValueError("must be a date such as 1990-12-31")
    try:
        born = date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a day of the calendar") from None
    if born >= today:
        raise ValueError("must be in the past")
    if (today.year - born.year, today.month, today.day) > (AGE_YEARS_MAX, born.month, born.day):
        raise ValueError(f"must be within the last {AGE_YEARS_MAX} years")
    return born
