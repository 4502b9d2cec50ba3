"""Recalls of settled payments: the reasons that a bank takes, and until when it asks. Pure rules."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Literal

from chalicelib.domain.days import DAY
from chalicelib.domain.orders.business_calendar import TARGET, BusinessCalendar

RecallReason = Literal["DUPL", "TECH", "FRAD", "AM09", "AC03", "CUST"]
RecallState = Literal["requested", "refused", "returned"]
RefusalCode = Literal["CUST", "NOAS", "LEGL", "AM04", "AC04"]
"""Why people of this bank refuse a recall by another one."""

REASONS: Mapping[RecallReason, str] = {
    "DUPL": "The payment was sent twice.",
    "TECH": "The payment was sent because of a technical error.",
    "FRAD": "The payment was caused by fraud.",
    "AM09": "The amount was wrong.",
    "AC03": "The payee's IBAN was wrong.",
    "CUST": "The payer asks for the money back.",
}
REFUSALS: Mapping[str, str] = {
    "CUST": "The payee does not agree.",
    "NOAS": "The payee did not answer.",
    "LEGL": "The law does not allow it.",
    "AM04": "The payee's account does not have the money.",
    "AC04": "The payee's account is closed.",
    "NOOR": "The other bank does not know the payment.",
    "ARDT": "The payment has come back already.",
}
"""Codes that mean something else in a refusal than elsewhere, or that only a refusal has."""
RETURNED = "Given back: the payer's bank has recalled it."
SOON: frozenset[RecallReason] = frozenset({"DUPL", "TECH"})
"""Errors that a bank finds itself: asked within BUSINESS_DAYS of the settlement, the others within MONTHS."""
BUSINESS_DAYS = 10
MONTHS = 13
ANSWERED_WITHIN = 15
"""Business days that the other bank has for its answer."""


def last_day(reason: RecallReason, settled_on: date, calendar: BusinessCalendar = TARGET) -> date:
    """Return the last day on which a payment can be recalled for a reason."""
    return business_days_later(settled_on, BUSINESS_DAYS, calendar) if reason in SOON else _months_later(settled_on)


def business_days_later(day: date, number: int, calendar: BusinessCalendar = TARGET) -> date:
    """Return the business day so many after a day."""
    for _ in range(number):
        day = calendar.following(day + DAY)
    return day


def _months_later(day: date) -> date:
    """Return the same day MONTHS later, the last of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + MONTHS, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
