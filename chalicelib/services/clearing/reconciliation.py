"""A day at the clearing, reconciled: its statement against gl.clearing and gl.nostro, and each payment by its UETR.

The banks may book a payment on different days. So those that differ are compared again with all that this bank has
booked of them, and with the statements of the days around.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib import clock, config
from chalicelib.domain.clearing.reconciliation import NEIGHBOUR_DAYS, Books, Difference
from chalicelib.domain.days import DAY
from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.time import TICK, start_of, timestamp
from chalicelib.services import date_ranges
from chalicelib.services.clearing import booked_payments, nostro_statements
from chalicelib.services.clearing.booked_payments import OwnSide
from chalicelib.services.clearing.nostro_statements import StatedDay


@dataclass(frozen=True)
class Found:
    """A difference, and what this bank has of the payment."""

    difference: Difference
    own: OwnSide


@dataclass(frozen=True)
class Reconciliation:
    """A day and currency. `nostro` and `not_advised` are the ledger's balances at its end, as the other bank would
    state them; `stated` is None until the clearing's statement is there."""

    day: date
    currency: str
    stated: StatedDay | None
    nostro: int
    not_advised: int
    payments: int
    found: list[Found]


def of_day(asked: str | None, currency: str | None) -> Reconciliation:
    """Reconcile a day of the bank, by default yesterday. Raises ValidationFailed for a wrong or future one."""
    yesterday = clock.now().astimezone(config.timezone()).date() - DAY
    day = date_ranges.day_until_today("date", asked or yesterday.isoformat())
    known = booked_payments.currencies()
    if currency and currency not in known:
        raise ValidationFailed.of("currency", f"is none of {', '.join(known)}")
    return reconcile(day, currency or ("EUR" if "EUR" in known else known[0]))


def reconcile(day: date, currency: str) -> Reconciliation:
    """Reconcile a day in a currency."""
    zone = config.timezone()
    since, until = timestamp(start_of(day, zone)), timestamp(start_of(day + DAY, zone) - TICK)
    stated = nostro_statements.find_day(currency, day)
    books, payments = Books(), 0
    for one in booked_payments.of_period(currency, since, until):
        books.add_ours(one.name, one.amount, day)
        payments += 1
    books.add_theirs(stated.lines() if stated else (), day)
    rails = (general_ledger.clearing("instant", currency), general_ledger.clearing("standard", currency))
    return Reconciliation(
        day,
        currency,
        stated,
        nostro=-booked_payments.closing_balance(general_ledger.nostro(currency), until),
        not_advised=-sum(booked_payments.closing_balance(rail, until) for rail in rails),
        payments=payments,
        found=_confirm(books.differences(), day, currency),
    )


def _confirm(differences: list[Difference], day: date, currency: str) -> list[Found]:
    """Return the differences that are left when both sides are summed over the days around."""
    if not differences:
        return []
    own = booked_payments.own_sides([one.name for one in differences])
    theirs = dict.fromkeys((one.name for one in differences), 0)
    for number in range(-NEIGHBOUR_DAYS, NEIGHBOUR_DAYS + 1):
        stated = nostro_statements.find_day(currency, day + timedelta(days=number))
        for line in stated.lines() if stated else ():
            if line.name in theirs:
                theirs[line.name] += line.amount
    again = []
    for one in differences:
        side = own.get(one.name, OwnSide(one.ours))
        if side.amount != theirs[one.name]:
            again.append(Found(Difference(one.name, side.amount, theirs[one.name], day), side))
    return again
