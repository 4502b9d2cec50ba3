"""Days of the bank on which the run of orders pays what is due."""

import re
from datetime import date, datetime, tzinfo

from chalicelib.domain.days import DAY
from chalicelib.domain.orders.execution import ATTEMPTS_AT, attempt_moments

PATTERN = r"2\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
"""Of a day's text, as a regular expression: what clients are told, too."""
_TEXT = re.compile(PATTERN, re.ASCII)


class RunDays:
    """The bank's days, as periods of runs. A day's run is due at its first attempt, and again at each later one.

    A run takes everything that is due by the moment at which it is begun. So one that is begun late, after an outage,
    makes up for all that were missed.
    """

    def parse(self, text: str) -> str:
        """Return a day as runs are stored under it. Raises ValueError with a message for the client."""
        try:
            if _TEXT.fullmatch(text):
                return date.fromisoformat(text).isoformat()
        except ValueError:
            pass
        raise ValueError("must be a date such as 2026-11-21")

    def latest_due(self, now: datetime, zone: tzinfo) -> str:
        """Return the last day whose first attempt has come."""
        today = now.astimezone(zone).date()
        has_begun = now >= attempt_moments(today, zone)[0]
        return (today if has_begun else today - DAY).isoformat()

    def before(self, period: str) -> str:
        """Return the day before one."""
        return (date.fromisoformat(period) - DAY).isoformat()

    def refusal(self, period: str, now: datetime, zone: tzinfo) -> str | None:
        """Return why the run of a day may not be worked on yet, for the client, or None."""
        if now >= attempt_moments(date.fromisoformat(period), zone)[0]:
            return None
        return f"has not begun: orders of {period} are paid from {ATTEMPTS_AT[0]:%H:%M} on, in the bank's time zone"

    def is_due_again(self, period: str, begun: datetime, now: datetime, zone: tzinfo) -> bool:
        """Return whether another of the day's attempts has come since its run was begun."""
        return any(begun < at <= now for at in attempt_moments(date.fromisoformat(period), zone))
