"""That reports and statements say what is in the bank: against what its generator has put, and against each other.

The same checks stand in `make test`, on some hundred transactions, and in `make bench`, on a hundred thousand.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from chalicelib.domain import money
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.month import Month
from chalicelib.domain.permissions import Caller
from chalicelib.domain.reports.rollup import CUSTOMERS, Posted
from chalicelib.models.ledger.shards import without_shard
from chalicelib.models.paging import Paging
from chalicelib.services.accounts import history
from chalicelib.services.reports import rollups, summary, transaction_report, trial_balance
from chalicelib.services.reports.summary import Dimensions, SummaryRequest
from chalicelib.services.reports.transaction_report import ReportQuery
from chalicelib.services.risk import alerts
from chalicelib.services.statements import statements
from sampledata.reported_bank import STAFF, Known
from tests.csv_files import rows_of

PAGE = 100
MOMENTS_AN_ACCOUNT = 12


class Wrong(Exception):
    """A report does not say what is in the bank."""


Sums = dict[tuple[Month, Dimensions], Counter[str]]


class Row(NamedTuple):
    """Of a report: what was posted, and on which side the label is that is shown."""

    posted: Posted
    side: str
    category: str


def require_all(known: Known) -> str:
    """Everything but files; what was looked at. Raises Wrong."""
    rows = require_pages(known)
    require_summaries(known, rows)
    require_customer(known)
    require_books(known)
    accounts = (known.busiest.id, *(one.id for one in known.of_customer(str(known.ordinary.customer_id))))
    for account_id in accounts:
        require_statements(known, account_id)
        require_balances(known, account_id)
    require_alerts(known)
    return f"{len(rows):,} rows of all pages, their sums, the books, and the year of {len(accounts)} accounts"


def require_pages(known: Known) -> list[Row]:
    """All pages of the bank's report are all transactions, each once, the newest first. The rows."""
    rows = list(_rows(STAFF, _year(known)))
    _require("the bank's report", [one.posted for one in rows], [one.posted for one in known.newest_first()])
    _require("its categories", [one.category for one in rows], [_category(known, one) for one in rows])
    return rows


def require_summaries(known: Known, rows: Sequence[Row]) -> None:
    """The summary of the bank, of its branch and of each category is what the pages sum up to."""
    at_branch = [one for one in rows if one.posted.branch_id == known.branch_id]
    _require_summary(STAFF, SummaryRequest(known.days, "month"), _totals(rows))
    _require_summary(STAFF, SummaryRequest(known.days, "month", branch_id=known.branch_id), _totals(at_branch))
    for category in sorted({one.category for one in rows} - {""}):
        labelled = [one for one in rows if one.category == category]
        of_category = {key: figures for key, figures in _sides(labelled, None).items() if key[1].category}
        _require_summary(STAFF, SummaryRequest(known.days, "month", category=category), of_category)


def require_customer(known: Known) -> None:
    """A customer's own report and summary agree, and a filter gives what it names."""
    customer_id = str(known.ordinary.customer_id)
    own = {one.id for one in known.of_customer(customer_id)}
    caller = Caller("usr_bench", "customer", "bench", customer_id=customer_id)
    rows = list(_rows(caller, _year(known)))
    expected = [one.posted for one in known.newest_first() if own & dict(one.posted.sides).keys()]
    _require("a customer's report", [one.posted for one in rows], expected)
    _require_summary(caller, SummaryRequest(known.days, "month"), _sides(rows, own))
    for category in sorted({one.category for one in rows} - {""}):
        asked = replace(_year(known), account_id=known.ordinary.id, category=category)
        labelled = [one.posted for one in rows if (one.side, one.category) == (known.ordinary.id, category)]
        _require(f"what is labelled {category}", [one.posted for one in _rows(caller, asked)], labelled)


def require_books(known: Known) -> None:
    """The trial balance is what the accounts come to, and balances."""
    balances: Counter[tuple[str, str]] = Counter()
    for account in known.accounts.values():
        name = without_shard(account.id) if is_general_ledger(account.id) else CUSTOMERS
        balances[account.currency, name] += account.balance
    found = trial_balance.as_of(known.last.isoformat()).balances
    _require("the trial balance", found, dict(balances))
    _require("debits and credits", sum(found.values()), 0)


def require_statements(known: Known, account_id: str) -> None:
    """Each month opens with what the one before closed with, and together they have every entry."""
    balance, moved = 0, list[tuple[str, int]]()
    for month in known.months:
        found = statements.read(statements.request_for(STAFF, account_id, str(month)))
        _require(f"{account_id} opens {month}", found.opening_balance, balance)
        balance += found.total_in - found.total_out
        _require(f"{account_id} closes {month}", found.closing_balance, balance)
        moved += [(entry.created_at, entry.amount) for entry in found.entries]
    _require(f"statements of {account_id}", moved, known.moved(account_id))
    _require(f"{account_id} closes", balance, known.accounts[account_id].balance)


def require_balances(known: Known, account_id: str) -> None:
    """At moments spread over the year, the balance is what has moved until then."""
    moved = known.moved(account_id)
    for number in range(0, len(moved), max(1, len(moved) // MOMENTS_AN_ACCOUNT)):
        at = moved[number][0]
        expected = sum(amount for _, amount in moved[: number + 1])
        _require(f"{account_id} at {at}", history.balance_at(STAFF, account_id, at).balance, expected)


def require_alerts(known: Known) -> None:
    """Every alert of risk is on the list, once."""
    found, cursor = list[str](), None
    while True:
        page = alerts.page(STAFF, alerts.AlertFilter(), Paging(PAGE, cursor))
        found, cursor = found + [one.id for one in page.items], page.next_cursor
        if cursor is None:
            break
    _require("alerts of risk", (len(found), len(set(found))), (known.alerts, known.alerts))


def require_file(rows: Sequence[Row], text: str) -> None:
    """A file has the rows of the pages."""
    told = [
        (one.posted.transaction_id, one.posted.type, money.text(one.posted.amount, one.posted.currency), one.category)
        for one in rows
    ]
    found = [(row["id"], row["type"], row["amount"], row["category"]) for row in rows_of(text)]
    _require("the file", found, told)


def _rows(caller: Caller, asked: ReportQuery) -> Iterator[Row]:
    """Page by page, as a client reads them."""
    cursor = None
    while True:
        page = transaction_report.page(caller, asked, Paging(PAGE, cursor))
        for one in page.items:
            category = one.label.category if one.label else None
            yield Row(rollups.posted_of(one.transaction), one.sides[0] if one.sides else "", category or "")
        cursor = page.next_cursor
        if cursor is None:
            return


def _require_summary(caller: Caller, wanted: SummaryRequest, expected: Sums) -> None:
    found = {
        (Month.of(period.days.start), of): figures
        for period in summary.of(caller, wanted).periods
        for of, figures in period.lines.items()
    }
    _require(f"the summary {wanted.branch_id or wanted.category or caller.customer_id or ''}", found, expected)


def _totals(rows: Iterable[Row]) -> Sums:
    """Of transactions, by month, as the bank and branches are summed up."""
    found: Sums = {}
    for posted, _, _ in rows:
        came, left = (sum(max(sign * amount, 0) for _, amount in posted.sides) for sign in (1, -1))
        _add(found, posted, "", {"count": 1, "amount": posted.amount, "in": came, "out": left})
    return found


def _sides(rows: Iterable[Row], own: Collection[str] | None) -> Sums:
    """Of their sides on some accounts, or on any, as accounts and categories are summed up."""
    found: Sums = {}
    for posted, labelled, category in rows:
        for side, amount in posted.sides:
            if own is None or side in own:
                figures = {"count": 1, "amount": abs(amount), "in": max(amount, 0), "out": max(-amount, 0)}
                _add(found, posted, category if side == labelled else "", figures)
    return found


def _add(sums: Sums, posted: Posted, category: str, figures: dict[str, int]) -> None:
    key = Month.of(posted.day), Dimensions(posted.type, category, posted.currency)
    sums.setdefault(key, Counter()).update(figures)


def _category(known: Known, row: Row) -> str:
    return known.categories.get((row.side, row.posted.transaction_id), "")


def _year(known: Known) -> ReportQuery:
    return ReportQuery(start_date=known.first.isoformat(), end_date=known.last.isoformat())


def _require(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise Wrong(f"{what}: {_short(found)}, and not {_short(expected)}")


def _short(value: object) -> str:
    text = str(value)
    return f"{text[:400]} … of {len(text):,} characters" if len(text) > 400 else text
