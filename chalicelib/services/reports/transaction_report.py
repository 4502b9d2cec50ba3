"""Transactions of a range of days with filters: a customer's accounts', or the whole bank's.

What has a category on an account is found by its labels, all else of accounts as in `party_transactions.py`. The whole
bank is listed by day, and so is what was refused on an account: only staff ask for that.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from chalicelib import clock, config
from chalicelib.domain import money
from chalicelib.domain.days import Days
from chalicelib.domain.errors import Forbidden, ValidationFailed
from chalicelib.domain.ledger.posting import TransactionStatus
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import day, timestamp
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import Page, Paging, first_with_any
from chalicelib.models.payments import transactions_by_day
from chalicelib.models.payments.label import Label
from chalicelib.services import date_ranges
from chalicelib.services.accounts import accounts
from chalicelib.services.branches import branches
from chalicelib.services.payments import party_transactions, transaction_views
from chalicelib.services.payments.transaction_views import VisibleTransaction

PAGE = 100

List = Callable[[Paging], Page[Transaction]]


@dataclass(frozen=True)
class ReportQuery:
    """Dates are bank's days, both included; amounts decimal strings, in whatever currency a transaction has.

    `bom`: whether a file begins with a byte order mark.
    """

    start_date: str | None = None
    end_date: str | None = None
    type: str | None = None
    account_id: str | None = None
    branch_id: str | None = None
    category: str | None = None
    status: TransactionStatus | None = None
    min_amount: str | None = None
    max_amount: str | None = None
    bom: bool = True


def page(caller: Caller, asked: ReportQuery, paging: Paging) -> Page[VisibleTransaction]:
    """List transactions, newest first.

    Raises ValidationFailed, NotFound for another customer's account or an unknown branch, Forbidden, InvalidCursor.
    """
    listed = _list(caller, asked)

    def read(paging: Paging) -> Page[VisibleTransaction]:
        rows = listed(paging)
        return Page(_lines(caller, asked, rows.items), rows.next_cursor)

    return first_with_any(read, paging)


def all_pages(caller: Caller, asked: ReportQuery, cursor: str | None = None) -> Iterator[Page[VisibleTransaction]]:
    """Yield all pages after a cursor; pages may be short."""
    listed = _list(caller, asked)
    while True:
        read = listed(Paging(PAGE, cursor))
        cursor = read.next_cursor
        yield Page(_lines(caller, asked, read.items), cursor)
        if cursor is None:
            return


def days(asked: ReportQuery) -> Days:
    """Return the requested days, by default the month so far. Raises ValidationFailed."""
    return date_ranges.days(asked.start_date, asked.end_date, ("start_date", "end_date"))


def _list(caller: Caller, asked: ReportQuery) -> List:
    """Return a reader of the shortest list that contains everything requested. Raises what `page` raises."""
    # Without an end, one that stays the same for the next page, also after midnight.
    since, until = date_ranges.parse(days(asked).start.isoformat(), asked.end_date)
    if asked.min_amount and asked.max_amount and Decimal(asked.min_amount) > Decimal(asked.max_amount):
        raise ValidationFailed.of("min_amount", "must not be more than max_amount")
    if asked.branch_id is not None:
        if not caller.sees_everything:
            raise Forbidden("Only staff can filter by branch_id.")
        branches.require(asked.branch_id)
    account = accounts.get(caller, asked.account_id) if asked.account_id is not None else None
    account_id = account.id if account else None
    if account_id and asked.category is not None:
        return lambda paging: _of_category(account_id, str(asked.category), since, until, paging)
    if caller.sees_everything and (account_id is None or asked.status == "failed"):
        return lambda paging: _of_bank(since, until, paging)
    wanted = {str(account.customer_id): [account.id]} if account else accounts.ids_by_owner(caller)
    whose = account_id or str(caller.customer_id)
    return lambda paging: party_transactions.page(caller, wanted, asked.status, since, until, paging, whose)


def _of_category(account_id: str, category: str, since: str, until: str, paging: Paging) -> Page[Transaction]:
    found = Label.page_of_category(account_id, category, since, until, paging)
    return Page(_existing(found.items), found.next_cursor)


def _of_bank(since: str, until: str, paging: Paging) -> Page[Transaction]:
    tonight = date_ranges.parse(None, day(timestamp(clock.now()), config.timezone()).isoformat())[1]
    if since > tonight:
        return Page([])
    asked = f"REPORT {since} {until}"
    found = transactions_by_day.page(since, min(until, tonight), paging.limit, paging.cursor, asked)
    return Page(_existing(found.items), found.next_cursor)


def _existing(transaction_ids: list[str]) -> list[Transaction]:
    found = party_transactions.existing(transaction_ids)
    return [found[name] for name in transaction_ids if name in found]


def _lines(caller: Caller, asked: ReportQuery, transactions: list[Transaction]) -> list[VisibleTransaction]:
    wanted = [one for one in transactions if _matches(caller, one, asked)]
    seen = transaction_views.view_all(caller, wanted, asked.account_id, None if asked.account_id else asked.category)
    return [
        one
        for one in seen
        if one.is_for(caller) and asked.category in (None, one.label.category if one.label else None)
    ]


def _matches(caller: Caller, one: Transaction, asked: ReportQuery) -> bool:
    amount = Decimal(money.text(one.amount, one.currency))
    return (
        asked.type in (None, one.transaction_type)
        and asked.status in (None, one.status)
        and asked.branch_id in (None, one.branch_id)
        and (asked.account_id is None or _is_on(caller, one, asked.account_id, asked.status))
        and (asked.min_amount is None or amount >= Decimal(asked.min_amount))
        and (asked.max_amount is None or amount <= Decimal(asked.max_amount))
    )


def _is_on(caller: Caller, one: Transaction, account_id: str, status: TransactionStatus | None) -> bool:
    """Return whether an account's list has a transaction. Staff find what was refused only by that status."""
    if status == "failed" and caller.sees_everything:
        return account_id in one.account_ids()
    return party_transactions.is_on(caller, one, account_id)
