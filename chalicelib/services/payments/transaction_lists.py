"""Lists of transactions: those of a customer's accounts, and for staff and auditors the whole bank's."""

from dataclasses import dataclass
from datetime import timedelta

from chalicelib import clock, config
from chalicelib.domain.errors import ValidationFailed
from chalicelib.domain.ledger.posting import TransactionStatus
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import day, moment, timestamp
from chalicelib.models.batch import get_all
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import Page, Paging, first_with_any
from chalicelib.models.payments import transactions_by_day
from chalicelib.services import date_ranges
from chalicelib.services.accounts import accounts
from chalicelib.services.payments import party_transactions

RANGE_MAX = timedelta(days=31)


@dataclass(frozen=True)
class TransactionQuery:
    """`from_` and `to` are dates of the bank or timestamps, both inclusive."""

    status: TransactionStatus | None = None
    type: str | None = None
    from_: str | None = None
    to: str | None = None


def page(caller: Caller, query: TransactionQuery, paging: Paging) -> Page[Transaction]:
    """List the transactions of a customer's accounts and its own requests. For staff and auditors list everybody's, by
    default today's."""
    if caller.sees_everything:
        return _of_all(query, paging)
    since, until = date_ranges.parse(query.from_, query.to)
    wanted, whose = accounts.ids_by_owner(caller), str(caller.customer_id)
    found = party_transactions.page(caller, wanted, query.status, since, until, paging, whose)
    return Page([one for one in found.items if _matches(one, query)], found.next_cursor)


def _of_all(query: TransactionQuery, paging: Paging) -> Page[Transaction]:
    """List the whole bank and skip empty days: west of Greenwich, tonight is on a UTC day that has not begun."""
    since, until = _range_of_all(query)

    def read(paging: Paging) -> Page[Transaction]:
        rows = transactions_by_day.page(since, until, paging.limit, paging.cursor, f"{query.from_} {query.to}")
        found = get_all(Transaction, map(Transaction.key, rows.items))
        return Page([one for one in found if _matches(one, query)], rows.next_cursor)

    return first_with_any(read, paging)


def _range_of_all(query: TransactionQuery) -> tuple[str, str]:
    """Return the range of a list of the whole bank. It is listed by day, so the range is bounded, and ends tonight."""
    today = day(timestamp(clock.now()), config.timezone()).isoformat()
    since, until = date_ranges.parse(
        today if query.from_ is None else query.from_, today if query.to is None else query.to
    )
    until = min(until, date_ranges.parse(None, today)[1])
    if since > until:
        raise ValidationFailed.of("from", "must not be in the future")
    if moment(until) - moment(since) > RANGE_MAX:
        raise ValidationFailed.of("from", f"must be within {RANGE_MAX.days} days of to")
    return since, until


def _matches(transaction: Transaction, query: TransactionQuery) -> bool:
    return query.status in (None, transaction.status) and query.type in (None, transaction.transaction_type)
