"""The counterparties that an account has dealt with, and since when: the part of its profile that is bounded by pairs.

Of the pairs of a period and a counterparty the greatest are kept. A pair's place depends on nothing that grows later,
so a pair that was dropped once stays dropped, and the first day of a kept pair is exact in any order of arrival.
"""

from collections.abc import Mapping

Known = Mapping[str, tuple[int, ...]]
"""For each counterparty the day of its first meeting in each period that is kept, ascending; days since 1970."""

PAIRS_MAX = 96
PERIOD_DAYS = 30
AGE_DAYS_MAX = 30
"""No rule asks for a longer acquaintance."""


def period_of(day: int) -> int:
    return day // PERIOD_DAYS


def add_meeting(known: Known, counterparty: str, day: int) -> Known:
    """Return the counterparties after one more meeting."""
    first = {(period_of(met), party): met for party, days in known.items() for met in days}
    pair = (period_of(day), counterparty)
    first[pair] = min(day, first.get(pair, day))
    kept: dict[str, tuple[int, ...]] = {}
    for period, party in sorted(first)[-PAIRS_MAX:]:
        kept[party] = (*kept.get(party, ()), first[period, party])
    return kept


def is_known(known: Known, counterparty: str, day: int, age_days: int) -> bool:
    """Return whether a counterparty was met so many days before a day, or longer ago."""
    return any(met <= day - age_days for met in known.get(counterparty, ()))


def read_known(told: Mapping[str, list[int] | int], day_seconds: int) -> Known:
    """Read stored counterparties. Older profiles have the second of the last meeting: then it is old enough."""
    return {
        party: (met // day_seconds - AGE_DAYS_MAX,) if isinstance(met, int) else tuple(met)
        for party, met in told.items()
    }
