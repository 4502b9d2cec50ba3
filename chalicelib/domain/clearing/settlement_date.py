"""When a payment to another bank goes out, and on which day it is settled."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Rail
from chalicelib.domain.days import DAY
from chalicelib.domain.orders.business_calendar import TARGET, BusinessCalendar

CUT_OFF = time(15)
"""In the bank's zone. A payment at this very second goes with the next day's."""

SENT_UNTIL = time(17)
"""In the bank's zone. What is sent later on a day, after an outage, is not settled on it any more."""

INSTANT_WITHIN = timedelta(seconds=10)


def is_too_late(transfer: CreditTransfer, now: datetime) -> bool:
    """Return whether an instant payment comes when its payer was told already that it has failed.

    One that does not say when it was accepted is in time: the clearing answers for it.
    """
    if transfer.rail != "instant" or transfer.accepted_at is None:
        return False
    return now - transfer.accepted_at > INSTANT_WITHIN


@dataclass(frozen=True)
class Settlement:
    """The moment by which a payment is sent to the clearing, and the day on which banks settle it."""

    submit_by: datetime
    settlement_date: date


def settlement_of(rail: Rail, now: datetime, zone: tzinfo, calendar: BusinessCalendar = TARGET) -> Settlement:
    """Return when a payment made now is settled: instantly on any day, else on a business day before the cut-off."""
    local = now.astimezone(zone)
    if rail == "instant":
        return Settlement(now + INSTANT_WITHIN, local.date())
    day = calendar.following(local.date())
    if day == local.date() and local.time() >= CUT_OFF:
        day = calendar.following(day + DAY)
    return Settlement(datetime.combine(day, CUT_OFF, zone), day)


def settlement_date_of(
    rail: Rail, promised: date, now: datetime, zone: tzinfo, calendar: BusinessCalendar = TARGET
) -> date:
    """Return the day on which a payment is settled that is sent now: the promised day, or a later one.

    A message about a day that is over would be rejected. An instant payment is settled on the day it is sent.
    """
    local = now.astimezone(zone)
    if rail == "instant":
        return local.date()
    day = calendar.following(local.date())
    if day == local.date() and local.time() >= SENT_UNTIL:
        day = calendar.following(day + DAY)
    return max(promised, day)
