"""Summaries by day, week or month: totals of a few accounts, a branch, a category or the bank."""

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field

from chalicelib.domain.days import Days
from chalicelib.domain.errors import Forbidden, ValidationFailed
from chalicelib.domain.permissions import Caller
from chalicelib.domain.reports import rollup
from chalicelib.domain.reports.period import By, cut
from chalicelib.domain.reports.rollup import Subject
from chalicelib.models.reports import rollup as model
from chalicelib.services.accounts import accounts
from chalicelib.services.branches import branches
from chalicelib.services.reports import rollups

LINES_MAX = 10_000
"""Of one answer, which is a few megabytes at most."""


@dataclass(frozen=True)
class SummaryRequest:
    """Whose sums (all of the caller's, or the bank's, unless told), and which of them."""

    days: Days
    by: By
    account_id: str | None = None
    customer_id: str | None = None
    branch_id: str | None = None
    type: str | None = None
    category: str | None = None
    currency: str | None = None


@dataclass(frozen=True, order=True)
class Dimensions:
    """The type, category and currency of a line. `category` is "" for none."""

    type: str
    category: str
    currency: str


Lines = dict[Dimensions, Counter[str]]
"""Figures as `domain/reports/rollup.py` names them."""


@dataclass
class Period:
    days: Days
    lines: Lines = field(default_factory=dict)


@dataclass
class Summary:
    wanted: SummaryRequest
    periods: list[Period]

    def totals(self) -> Lines:
        """Return the totals of the whole range."""
        total: Lines = {}
        for period in self.periods:
            for of, figures in period.lines.items():
                total.setdefault(of, Counter()).update(figures)
        return total

    def by_category(self) -> dict[tuple[str, str], Counter[str]]:
        """Return the totals of the whole range by category and currency, in their order, whatever the type.

        So a refund, which is a transaction of another type, is netted in the category of what it refunds.
        """
        total: dict[tuple[str, str], Counter[str]] = {}
        for of, figures in sorted(self.totals().items()):
            total.setdefault((of.category, of.currency), Counter()).update(figures)
        return total


def of(caller: Caller, wanted: SummaryRequest) -> Summary:
    """Return a summary, with a query for each account, or one for anything else.

    Raises NotFound, Forbidden, and ValidationFailed for a range that is too long, or a combination that has no totals.
    """
    periods = [Period(days) for days in cut(wanted.days, wanted.by)]
    starts, lines = [period.days.start.isoformat() for period in periods], 0
    subjects, generation = _subjects(caller, wanted), rollups.current()
    for subject in subjects:
        for item, figures in model.daily(generation, subject, wanted.days):
            category = subject.id if subject.kind == "category" else item.category
            if wanted.category not in (None, category):
                continue
            period = periods[bisect_right(starts, item.day) - 1]
            before = len(period.lines)
            _take(period.lines, figures, category, wanted)
            lines += len(period.lines) - before
            if lines > LINES_MAX:
                raise ValidationFailed.of(
                    "by", f"this has more than {LINES_MAX} lines: take months, or a shorter range"
                )
    return Summary(wanted, periods)


def _take(lines: Lines, figures: Counter[str], category: str, wanted: SummaryRequest) -> None:
    for name, value in figures.items():
        type_, currency, figure = name.split(".")
        if wanted.type in (None, type_) and wanted.currency in (None, currency):
            lines.setdefault(Dimensions(type_, category, currency), Counter())[figure] += value


def _subjects(caller: Caller, wanted: SummaryRequest) -> list[Subject]:
    named = {
        name: value
        for name in ("account_id", "customer_id", "branch_id")
        if (value := getattr(wanted, name)) is not None
    }
    if len(named) > 1:
        raise ValidationFailed.of(list(named)[1], f"cannot be given with {next(iter(named))}")
    if wanted.account_id is not None:
        return [rollup.account(accounts.get(caller, wanted.account_id).id)]
    if wanted.customer_id is not None or not caller.sees_everything:
        if wanted.branch_id is not None:
            raise Forbidden("Only staff can filter by branch_id.")
        return [rollup.account(one) for one in accounts.ids_of_customer(caller, wanted.customer_id)]
    if wanted.branch_id is not None:
        if wanted.category is not None:
            raise ValidationFailed.of("category", "cannot be given with branch_id")
        branches.require(wanted.branch_id)
        return [rollup.branch(wanted.branch_id)]
    return [rollup.category(wanted.category)] if wanted.category is not None else [rollup.BANK]
