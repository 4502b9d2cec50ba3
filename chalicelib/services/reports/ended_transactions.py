"""Counts transactions that were refused, voided or have expired, once, although the stream tells of them again."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date

from chalicelib import clock, config
from chalicelib.domain.time import day
from chalicelib.models import transact
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.reports import ended_transactions as model

AT_ONCE = 90
"""Transactions of one write, with the counts of up to ten days: DynamoDB takes a hundred actions."""


def count(ended: Sequence[Transaction]) -> None:
    """Count transactions under the bank's day on which they ended. Raises Contention or OutcomeUnknown."""
    unique = list({one.id: one for one in ended}.values())
    for start in range(0, len(unique), AT_ONCE):
        _count_together(unique[start : start + AT_ONCE])


@transact.until_committed
def _count_together(ended: Sequence[Transaction]) -> None:
    marked = model.find_marked(one.id for one in ended)
    missing = [one for one in ended if one.id not in marked]
    if not missing:
        return
    now, sums = clock.now(), defaultdict[date, Counter[str]](Counter)
    for one in missing:
        ended_on = day(str(one.updated_at), config.timezone())
        sums[ended_on][f"{one.transaction_type}.{one.currency}.{one.status}"] += 1
    actions = [model.mark(one.id, now) for one in missing]
    actions += [model.addition(ended_on, counts, now) for ended_on, counts in sums.items()]
    try:
        transact.write(actions)
    except (transact.Ambiguous, transact.Rejected) as error:
        # What may have landed is marked: the next round finds that.
        raise transact.Cancelled([]) from error
