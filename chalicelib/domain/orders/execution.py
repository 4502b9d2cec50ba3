"""When an occurrence of a standing order is tried, and what follows from each outcome."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Literal

from chalicelib.domain import ids
from chalicelib.domain.orders.business_calendar import BusinessCalendar

ExecutionStatus = Literal["scheduled", "posted", "executed", "pending", "failed", "skipped"]
"""`executed`: the payment was handed to the clearing between banks, and its transaction says what became of it."""
OrderStatus = Literal["active", "suspended", "ended", "cancelled"]

ATTEMPTS_AT = (time(0, 5), time(8, 0), time(15, 0))
"""Of the bank's day. Too little money, or a limit that is reached, is tried again the same day."""
LATE_MAX = 5
"""Business days after its own on which an occurrence is still paid: after an outage, for example."""
FAILURES_IN_A_ROW_MAX = 3
"""Failed occurrences after which the order is suspended."""

TRIED_AGAIN = frozenset({"insufficient_funds", "limit_exceeded"})
"""Codes of refusals after which an occurrence is tried again on the same day."""
COMPLETED = "completed"
"""The reason of an order that has ended because no date is left."""
SUSPENDED_BY_CUSTOMER = "suspended_by_customer"
"""The reason of an order that was suspended by request. Any other is the code of the failure that suspended it."""
_ENDS_THE_ORDER = frozenset({"payer_closed"})
_SUSPENDS_THE_ORDER = frozenset({"payee_closed", "payee_unknown", "forbidden", "not_found", "conflict_of_interest"})
"""The payee cannot be paid any more, or the right of the order's maker has ended."""


@dataclass(frozen=True)
class Consequence:
    """The consequence of a refused attempt: another one at `retry_at`, or the occurrence has failed.

    `order` is the order's new status, or None if it goes on as it is.
    """

    retry_at: datetime | None = None
    order: OrderStatus | None = None


def transaction_id(order_id: str, occurrence: date) -> str:
    """Return the only transaction id that an occurrence can have, so that the ledger lets it pay once."""
    return ids.transaction_id(order_id, occurrence.isoformat())


def attempt_moments(day: date, zone: tzinfo) -> tuple[datetime, ...]:
    """Return the moments, in UTC, at which an occurrence is tried on one of the bank's days.

    A time that clocks skip is as much later as they skip. A time that comes twice is the first of the two.
    """
    return tuple(datetime.combine(day, at, tzinfo=zone).astimezone(UTC) for at in ATTEMPTS_AT)


def next_attempt(day: date, zone: tzinfo, after: datetime) -> datetime | None:
    """Return the day's first attempt after a moment, or None if the day has no more."""
    return next((at for at in attempt_moments(day, zone) if at > after), None)


def is_too_late(execution_day: date, today: date, business_calendar: BusinessCalendar) -> bool:
    """Return whether an occurrence may not be paid any more: more than LATE_MAX business days have passed."""
    return business_calendar.business_days_between(execution_day, today) > LATE_MAX


def consequence(code: str, failures_before: int, execution_day: date, zone: tzinfo, now: datetime) -> Consequence:
    """Return what follows from a refusal with an error code.

    `failures_before` counts the failed occurrences in a row before this one. An occurrence that is paid late is tried
    as often as any other: `execution_day` is then the day of its first attempt.
    """
    if code in TRIED_AGAIN:
        again = next_attempt(execution_day, zone, now)
        if again is not None:
            return Consequence(retry_at=again)
    if code in _ENDS_THE_ORDER:
        return Consequence(order="ended")
    if code in _SUSPENDS_THE_ORDER or failures_before + 1 >= FAILURES_IN_A_ROW_MAX:
        return Consequence(order="suspended")
    return Consequence()


def state_after_waiting(
    transaction_status: str, refusal: str | None, *, is_handed_over: bool = False
) -> tuple[ExecutionStatus, str | None]:
    """Return the state of an occurrence whose payment had to wait, and why it is not paid: the code of its refusal, or
    the status in which the payment has ended. `is_handed_over`: it was left to the clearing once it was approved.
    """
    if is_handed_over:
        return "executed", None
    if transaction_status == "posted":
        return "posted", None
    return ("pending", None) if transaction_status == "pending" else ("failed", refusal or transaction_status)
