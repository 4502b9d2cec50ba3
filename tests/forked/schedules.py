"""Holds the schedules of a test's bank that come due once an hour or more seldom."""

from typing import Any

HOUR_SECONDS = 3600


def hold(events: Any) -> None:
    """Let MiniStack's EventBridge fire no `cron` and no `rate` of an hour or more; what comes each minute goes on.

    An hour may turn during any test: the sealer would then seal what the test is about to, and a run be there already.
    Rules stay as they were deployed. A test that wants a run sends the event that takes the place of its minute:
    tests/workflow/schedules.py.
    """
    seconds_of = events._parse_rate_seconds

    def frequent(expression: str) -> int | None:
        seconds: int | None = seconds_of(expression)
        return None if seconds is None or seconds >= HOUR_SECONDS else seconds

    def never(*_: object) -> None:
        return None

    events._parse_rate_seconds, events._cron_next_fire = frequent, never
