"""The trial balance: every general-ledger account, and all customers together."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from chalicelib.models.reports import rollup as model
from chalicelib.services import date_ranges
from chalicelib.services.reports import rollups


@dataclass(frozen=True)
class TrialBalance:
    """At the end of one of the bank's days. `balances` by currency and account, in minor units: positive is credit."""

    as_of: date
    balances: dict[tuple[str, str], int]


def as_of(asked: str | None) -> TrialBalance:
    """Return the trial balance, in two queries: the months before, and the days of this one.

    Each account's figures are its own sums; nothing is adjusted so that they balance. Raises ValidationFailed for a
    malformed or future day.
    """
    on = date_ranges.day_until_today("as_of", asked)
    balances: dict[tuple[str, str], int] = defaultdict(int)
    for item, figures in model.books_until(rollups.current(), on):
        balances[item.currency, item.account] += figures["credit"] - figures["debit"]
    return TrialBalance(on, dict(sorted(balances.items())))
