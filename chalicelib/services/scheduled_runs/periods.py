"""The periods that scheduled runs are for. Each kind of run has one kind of them; a day's is in `domain/orders`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from chalicelib.domain.interest.due import latest_due
from chalicelib.domain.month import Month


class Periods(Protocol):
    """A kind of periods, as text that sorts by time. `zone` is the bank's."""

    def parse(self, text: str) -> str:
        """Return a period as runs are stored under it. Raises ValueError with a message for the client."""

    def latest_due(self, now: datetime, zone: tzinfo) -> str:
        """Return the last period whose run is due."""

    def before(self, period: str) -> str:
        """Return the period before one."""

    def refusal(self, period: str, now: datetime, zone: tzinfo) -> str | None:
        """Return why the run of a period may not be worked on yet, for the client, or None."""

    def is_due_again(self, period: str, begun: datetime, now: datetime, zone: tzinfo, /) -> bool:
        """Return whether a run that was begun at a moment, and completed, is to be begun again by the schedule."""


@dataclass(frozen=True)
class Months:
    """Months, whose runs are due when they are over, once.

    `hour` is that of the bank's first day of the next month; `why_later` ends the sentence that refuses a month.
    """

    hour: Callable[[], int]
    why_later: str

    def parse(self, text: str) -> str:
        return str(Month.parse(text))

    def latest_due(self, now: datetime, zone: tzinfo) -> str:
        return str(latest_due(now, zone, self.hour()))

    def before(self, period: str) -> str:
        return str(Month.parse(period).before)

    def refusal(self, period: str, now: datetime, zone: tzinfo) -> str | None:
        month = Month.parse(period)
        if month.is_over(now, zone):
            return None
        return f"is not over: {month} ends on {month.last}, {self.why_later}"

    def is_due_again(self, *_: object) -> bool:
        return False
