"""The moment at which a month's interest is due."""

from datetime import UTC, datetime, time, tzinfo

from chalicelib.domain.month import Month


def latest_due(now: datetime, zone: tzinfo, hour: int) -> Month:
    """Return the last month whose interest is due. `hour` is the setting INTEREST_HOUR, 2 by default (`config.py`).

    A month's interest is due on the first day of the next month, at `hour` by the clocks of the bank's time zone.
    Where clocks skip that hour, it is due when they would have shown it; where they show it twice, at the first time.
    A missed month stays due until the next month is due.
    """
    this_month = Month.of(now.astimezone(zone).date())
    due_from = datetime.combine(this_month.first, time(hour), tzinfo=zone).astimezone(UTC)
    return this_month.before if now >= due_from else this_month.before.before
