"""Business days: TARGET's, or those of a calendar that the bank gives as a document."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from chalicelib.domain.days import DAY

BusinessDayRule = Literal["following", "preceding", "none"]
SATURDAY, SUNDAY = 5, 6
CLOSED_DAYS_MAX = 31
"""In a row. A calendar with more is refused, so that a search for a business day ends."""


@dataclass(frozen=True)
class BusinessCalendar:
    """A calendar of closing days.

    `weekend` has weekdays (Monday is 0), `yearly` days such as `12-25`, `after_easter` days counted from Easter Sunday
    (Good Friday is -2), `single` other closing days.
    """

    name: str
    weekend: frozenset[int]
    yearly: frozenset[str] = frozenset()
    after_easter: frozenset[int] = frozenset()
    single: frozenset[date] = frozenset()

    @classmethod
    def parse(cls, document: Any) -> "BusinessCalendar":
        """Parse a calendar's document: `{name, weekend, yearly, after_easter, single}`, all but the name optional.

        Raises ValueError with a message that names the field.
        """
        if type(document) is not dict:
            raise ValueError("a calendar is an object")
        unknown = document.keys() - {"name", "weekend", "yearly", "after_easter", "single"}
        if unknown:
            raise ValueError(f"{min(unknown)} is not a field of a calendar")
        name = document.get("name")
        if not isinstance(name, str) or not name.strip():
            raise ValueError("name must be a text")
        weekend = frozenset(_numbers(document, "weekend", [SATURDAY, SUNDAY]))
        if not weekend < frozenset(range(7)):
            raise ValueError("weekend must name at most six weekdays from 0 (Monday) to 6")
        yearly = [_date(f"2000-{text}", "yearly").isoformat()[5:] for text in _texts(document, "yearly")]
        single = [_date(text, "single") for text in _texts(document, "single")]
        after_easter = frozenset(_numbers(document, "after_easter", []))
        parsed = cls(name, weekend, frozenset(yearly), after_easter, frozenset(single))
        parsed._require_open_days()
        return parsed

    def _require_open_days(self) -> None:
        """Raise ValueError for a calendar with more closed days in a row than CLOSED_DAYS_MAX.

        Years with days of their own are looked through, and seven others, for weekdays and Easter move.
        """
        years = {*range(2000, 2007), *(day.year + more for day in self.single for more in (-1, 0))}
        for year in sorted(years):
            closed = 0
            for day in (date(year, 1, 1) + number * DAY for number in range(366 + CLOSED_DAYS_MAX)):
                closed = 0 if self.is_business_day(day) else closed + 1
                if closed > CLOSED_DAYS_MAX:
                    raise ValueError(f"more than {CLOSED_DAYS_MAX} days in a row are closed, up to {day}")

    def is_business_day(self, day: date) -> bool:
        """Return whether the bank pays on a day."""
        return not (
            day.weekday() in self.weekend
            or day.isoformat()[5:] in self.yearly
            or (day - easter_sunday(day.year)).days in self.after_easter
            or day in self.single
        )

    def following(self, day: date) -> date:
        """Return the day, or the first business day after it."""
        return next(one for one in _days_from(day, DAY) if self.is_business_day(one))

    def preceding(self, day: date) -> date:
        """Return the day, or the last business day before it."""
        return next(one for one in _days_from(day, -DAY) if self.is_business_day(one))

    def business_days_between(self, first: date, last: date) -> int:
        """Return how many business days come after the first day, up to and with the last; 0 if there are none."""
        return sum(self.is_business_day(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


TARGET = BusinessCalendar(
    name="TARGET",
    weekend=frozenset({SATURDAY, SUNDAY}),
    yearly=frozenset({"01-01", "05-01", "12-25", "12-26"}),
    after_easter=frozenset({-2, 1}),
)
"""The long-term calendar for TARGET closing days, since 2002.

Source: European Central Bank, press release of 14 December 2000, "TARGET: Long-term calendar for TARGET closing days".
"""


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of a Gregorian year.

    Source: J. Meeus, Astronomical Algorithms (1991), chapter 8, which has it from Spencer Jones and Butcher.
    """
    golden = year % 19
    century, of_century = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    moon_correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon_correction + 15) % 30
    leap_years, year_rest = divmod(of_century, 4)
    weekday = (32 + 2 * century_rest + 2 * leap_years - epact - year_rest) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _days_from(day: date, step: timedelta) -> Iterator[date]:
    for number in range(CLOSED_DAYS_MAX + 1):
        yield day + number * step
    raise ValueError(f"no business day within {CLOSED_DAYS_MAX} days of {day}: the calendar closes the bank for good")


def _numbers(document: dict[str, Any], field: str, default: list[int]) -> list[int]:
    given = document.get(field, default)
    if not isinstance(given, list) or not all(type(one) is int for one in given):
        raise ValueError(f"{field} must be a list of whole numbers")
    return given


def _texts(document: dict[str, Any], field: str) -> list[str]:
    given = document.get(field, [])
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise ValueError(f"{field} must be a list of days in quotes")
    return given


def _date(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{field} has {text}, which is no day") from None
