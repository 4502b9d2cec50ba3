"""Transactions of a range of days with filters: a customer's accounts', or the whole bank's.

What was posted on accounts is found by their entries, what has a category on an account by its labels. What was not
posted has no entries: customers find it on the list of what they asked for. The whole bank is listed by day.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from chalicelib import clock, config
from chalicelib.domain import money
from chalicelib.domain.days import Days
from chalicelib.domain.errors import Forbidden, ValidationFailed
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import day, timestamp
from chalicelib.models.batch import batch_get
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import Page, Paging, first_with_any
from chalicelib.models.payments import transactions_by_account, transactions_by_day
from chalicelib.models.payments.label import Label
from chalicelib.services import date_ranges
from chalicelib.services.accounts import accounts
from chalicelib.services.branches import branches
from chalicelib.services.payments import transaction_views
from chalicelib.services.payments.transaction_views import VisibleTransaction

PAGE = 100
PAUSES_SECONDS = (0.0, 0.05, 0.25)

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
    status: str | None = None
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
    account_id = accounts.get(caller, asked.account_id).id if asked.account_id is not None else None
    if account_id and asked.category is not None:
        return lambda paging: _of_category(account_id, str(asked.category), since, until, paging)
    if asked.status in (None, "posted") and (account_id or not caller.sees_everything):
        ids = [account_id] if account_id else accounts.ids_of_customer(caller, None)
        whose = account_id or str(caller.customer_id)
        return lambda paging: _of_accounts(ids, since, until, paging, whose)
    if not caller.sees_everything:
        return lambda paging: _of_caller(caller, since, until, paging)
    return lambda paging: _of_bank(since, until, paging)


def _of_accounts(account_ids: list[str], since: str, until: str, paging: Paging, whose: str) -> Page[Transaction]:
    found = transactions_by_account.page(account_ids, since, until, paging.limit, paging.cursor, whose)
    return Page(_existing(found.items), found.next_cursor)


def _of_category(account_id: str, category: str, since: str, until: str, paging: Paging) -> Page[Transaction]:
    found = Label.page_of_category(account_id, category, since, until, paging)
    return Page(_existing(found.items), found.next_cursor)


def _of_caller(caller: Caller, since: str, until: str, paging: Paging) -> Page[Transaction]:
    found = Transaction.page_initiated_by(caller.user_id, since, until, paging)
    return Page(_existing(found.items), found.next_cursor)


def _of_bank(since: str, until: str, paging: Paging) -> Page[Transaction]:
    tonight = date_ranges.parse(None, day(timestamp(clock.now()), config.timezone()).isoformat())[1]
    if since > tonight:
        return Page([])
    asked = f"REPORT {since} {until}"
    found = transactions_by_day.page(since, min(until, tonight), paging.limit, paging.cursor, asked)
    return Page(_existing(found.items), found.next_cursor)


def _existing(transaction_ids: list[str]) -> list[Transaction]:
    """Read the transactions of a list, again if one is missing.

    DynamoDB commits item by item, so a list may show a transaction a moment too early.
    """
    found: dict[str, Transaction] = {}
    for pause in PAUSES_SECONDS:
        time.sleep(pause)
        missing = [name for name in transaction_ids if name not in found]
        read = batch_get(map(Transaction.key, missing)) if missing else []
        found |= {item.id: item for item in read if isinstance(item, Transaction)}
        if len(read) == len(missing):  # a key of a request that moved no money is no transaction
            break
    return [found[name] for name in transaction_ids if name in found]


def _lines(caller: Caller, asked: ReportQuery, transactions: list[Transaction]) -> list[VisibleTransaction]:
    wanted = [one for one in transactions if _matches(one, asked)]
    seen = transaction_views.view_all(caller, wanted, asked.account_id, None if asked.account_id else asked.category)
    return [one for one in seen if asked.category in (None, one.label.category if one.label else None)]


def _matches(one: Transaction, asked: ReportQuery) -> bool:
    amount = Decimal(money.text(one.amount, one.currency))
    # A label may be on what never moved; an account's list is of what did, with a category as without.
    status = asked.status or ("posted" if asked.account_id else None)
    return (
        asked.type in (None, one.transaction_type)
        and status in (None, one.status)
        and asked.branch_id in (None, one.branch_id)
        and asked.account_id in (None, one.from_account_id, one.to_account_id)
        and (asked.min_amount is None or amount >= Decimal(asked.min_amount))
        and (asked.max_amount is None or amount <= Decimal(asked.max_amount))
    )
