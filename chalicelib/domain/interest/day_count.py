"""Day-count conventions: which part of a year lies between two days, exactly.

A convention gives every day d a position p(d) on the line of years, and the days from a to before b are p(b) − p(a) of
a year. Such differences telescope, (p(b) − p(a)) + (p(c) − p(b)) = p(c) − p(a): a period comes to the same however it
is split, into single days too. That is what interest on a balance that changes needs.

| convention | p(d) in years | 2006 ISDA Definitions, section 4.16 |
| --- | --- | --- |
| ACT/365F | n(d) / 365 | (d) "Actual/365 (Fixed)" |
| ACT/ACT | year + days of the year before d / 365, in leap years / 366 | (b) "Actual/Actual", ISDA's |
| ACT/360 | n(d) / 360 | (e) "Actual/360" |
| 30E/360 | (360 × year + 30 × month + min(day, 30)) / 360 | (g) "30E/360", Eurobond basis |

n(d) counts calendar days. For ACT/ACT, a whole year is 365/365 or 366/366 = 1, so the difference is ISDA's sum of the
days in leap years / 366 and the other days / 365.

Of the conventions called 30/360 this is 30E/360, because only there is each date adjusted by itself. "30/360" (bond
basis, paragraph (f)) turns an end on the 31st into the 30th only if the start is on the 30th or 31st: 1 to 31 January
is 30 days and 31 January to 1 February is 1, together 31, but 1 January to 1 February is 30. Interest would depend on
where a period is cut. "30E/360 (ISDA)" (paragraph (h)) treats the last February differently. Under 30E/360 the night
of the 30th counts nothing in a month of 31 days, and the last night of February counts for 2 or 3 days.

Sources: 2006 ISDA Definitions, section 4.16; ISDA, "EMU and market conventions: recent developments" (1998) and "The
Actual/Actual day count fraction" (1999); ISDA, "30/360 day count conventions" (2008, worked examples); "Day count
convention" in Wikipedia. Regulation DD (12 CFR 1030.7(a)(1)) allows a daily rate of 1/365, in leap years 1/366 too.
"""

from collections.abc import Callable
from datetime import date
from typing import Literal

from chalicelib.domain.days import Days

DayCount = Literal["ACT/365F", "ACT/ACT", "ACT/360", "30E/360"]
DEFAULT: DayCount = "ACT/365F"

SHORT = "30/360"
"""What 30E/360 is called at the door, as a setting and in answers."""

YEAR_PARTS = 360 * 61 * 73
"""A year in the smallest part common to all conventions, lcm(365, 366, 360) = 1,603,080: positions are integers."""


def parse(text: str) -> DayCount:
    """Return the convention of that name; `30/360` is 30E/360. Raises ValueError with a message for the operator."""
    if text == SHORT:
        return "30E/360"
    for convention in _POSITIONS:
        if text == convention:
            return convention
    raise ValueError(f"must be one of {', '.join(_POSITIONS)}")


def name(convention: DayCount) -> str:
    """Return the name that clients see: of the conventions called 30/360 the bank has only one."""
    return SHORT if convention == "30E/360" else convention


def year_parts(convention: DayCount, days: Days) -> int:
    """Return which part of a year these days are, in 1/YEAR_PARTS of a year."""
    position = _POSITIONS[convention]
    return position(days.end) - position(days.start)


def _actual_365_fixed(day: date) -> int:
    return day.toordinal() * (YEAR_PARTS // 365)


def _actual_360(day: date) -> int:
    return day.toordinal() * (YEAR_PARTS // 360)


def _actual_actual(day: date) -> int:
    first, next_first = date(day.year, 1, 1).toordinal(), date(day.year + 1, 1, 1).toordinal()
    return day.year * YEAR_PARTS + (day.toordinal() - first) * (YEAR_PARTS // (next_first - first))


def _thirty_e_360(day: date) -> int:
    return (360 * day.year + 30 * day.month + min(day.day, 30)) * (YEAR_PARTS // 360)


_POSITIONS: dict[DayCount, Callable[[date], int]] = {
    "ACT/365F": _actual_365_fixed,
    "ACT/ACT": _actual_actual,
    "ACT/360": _actual_360,
    "30E/360": _thirty_e_360,
}
