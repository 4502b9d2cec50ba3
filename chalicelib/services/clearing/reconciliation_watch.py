"""Watches the clearing's statements: once the last page of a day is there, what must agree by then is compared."""

from datetime import date

from chalicelib.domain.clearing.reconciliation import NEIGHBOUR_DAYS, due_day
from chalicelib.domain.days import DAY
from chalicelib.domain.permissions import Caller
from chalicelib.models.clearing.nostro_statement import StatementPage
from chalicelib.observability import count, logger
from chalicelib.services.clearing import nostro_statements, reconciliation
from chalicelib.services.clearing.reconciliation import Found


def receive_statement(caller: Caller, raw: bytes) -> None:
    """Store the pages of a camt.053, and compare each day that is complete with them. Raises what `store` does."""
    days = {(str(page.currency), date.fromisoformat(page.day)) for page in nostro_statements.store(caller, raw)}
    for currency, day in sorted(days):
        newest = StatementPage.newest_of_day(currency, day)
        if newest and newest.is_last and nostro_statements.find_day(currency, day):
            _compare(currency, day)


def _compare(currency: str, stated: date) -> None:
    """Ring the alarm if a day differs whose payments must be in the statements up to this one.

    What the bank has booked on a day may be stated up to the next business day, and what waits for its answer is no
    difference yet.
    """
    for number in range(NEIGHBOUR_DAYS + 1):
        day = stated - number * DAY
        is_due = due_day(day) == stated
        if is_due or day == stated:
            found = reconciliation.reconcile(day, currency).found
            if differing := [one for one in found if _differs(one, is_due=is_due)]:
                count("ClearingDifferences", len(differing))
                logger.error(
                    "a day differs from the clearing's statement",
                    day=day.isoformat(),
                    currency=currency,
                    differences=len(differing),
                )


def _differs(found: Found, *, is_due: bool) -> bool:
    if found.own.state == "submitted":
        return False
    return is_due or found.difference.kind != "ours_only"
