"""The clearing's days: closed on weekends and on TARGET's holidays."""

from datetime import date, datetime, time, timedelta

DAY = timedelta(days=1)


def is_open(day: date) -> bool:
    easter = _easter(day.year)
    moving = {easter - 2 * DAY, easter + DAY}
    return day.weekday() < 5 and (day.month, day.day) not in {(1, 1), (5, 1), (12, 25), (12, 26)} and day not in moving


def next_open(day: date) -> date:
    """Return the day itself if the clearing is open on it, else the next one."""
    while not is_open(day):
        day += DAY
    return day


def after(day: date, days: int) -> date:
    """Return the day so many business days later."""
    for _ in range(days):
        day = next_open(day + DAY)
    return next_open(day)


def is_too_late(settlement_date: date, now: datetime, cut_off: time) -> bool:
    """Return whether a payment for this day comes after its cut-off."""
    return settlement_date < now.date() or (settlement_date == now.date() and now.time() >= cut_off)


def _easter(year: int) -> date:
    """Return Easter Sunday, by the anonymous Gregorian computation."""
    golden, century, rest = year % 19, year // 100, year % 100
    shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - shift + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)
