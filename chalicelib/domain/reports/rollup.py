"""Rollups: totals of posted transactions by day. Pure; each figure is a sum, so the order does not matter.

| subject | an item for each | a figure's name |
| --- | --- | --- |
| bank, branch, category | day | `type.currency.figure` |
| account | day and category | `type.currency.figure` |
| books | day, and month, and account of the general ledger, or all customers together | `debit`, `credit` |

Figures are `count`, `amount` and, of customers' accounts, `in` and `out`, in minor units; in the books by how much each
transaction has moved an account. A side is in no category
until its owner labels it, which moves its figures; of sides in none there is no sum of a category.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

from chalicelib.domain.ledger.balance import is_general_ledger

SubjectKind = Literal["account", "bank", "books", "branch", "category"]
CUSTOMERS = "customers"
"""In the books, all customers' accounts of a currency together."""


class Subject(NamedTuple):
    """Whose sums they are: of an account or a branch by `id`, of the category `id`, of the bank, or of its books."""

    kind: SubjectKind
    id: str = ""


class DayItem(NamedTuple):
    """Sums of one of the bank's days; of an account's sides in a category, or in none."""

    day: str
    category: str = ""


class BookItem(NamedTuple):
    """Sums of an account in the books for a day or a month, as text."""

    level: str
    period: str
    currency: str
    account: str


BANK = Subject("bank")
BOOKS = Subject("books")
RollupItem = DayItem | BookItem
RollupKey = tuple[Subject, RollupItem]
"""A subject, and which of its items."""
Totals = dict[RollupKey, Counter[str]]
"""What is added to each item, by the names of figures."""


class MarkPlace(NamedTuple):
    """Where a transaction is marked as counted: totals of an account, by the number of the account's entry."""

    totals: RollupKey
    seq: int


@dataclass(frozen=True)
class Posted:
    """The amounts that a posted transaction moved, on one of the bank's days.

    `legs` are accounts with signed amounts in minor units; general-ledger accounts have no shard. `numbers` are
    accounts with the numbers of their entries.
    """

    transaction_id: str
    type: str
    currency: str
    amount: int
    branch_id: str | None
    day: date
    legs: tuple[tuple[str, int], ...]
    numbers: tuple[tuple[str, int], ...] = field(default=(), compare=False)

    @property
    def mark_places(self) -> tuple[MarkPlace, ...]:
        """Return where the transaction is marked: in the totals of each customer's account that it moved."""
        totals = of_day(self.day)
        places = (MarkPlace((account(one), totals), seq) for one, seq in self.numbers if not is_general_ledger(one))
        return tuple(places)

    @property
    def sides(self) -> tuple[tuple[str, int], ...]:
        """Return the legs of customers' accounts."""
        return tuple(leg for leg in self.legs if not is_general_ledger(leg[0]))


def account(account_id: str) -> Subject:
    return Subject("account", account_id)


def branch(branch_id: str) -> Subject:
    return Subject("branch", branch_id)


def category(name: str) -> Subject:
    return Subject("category", name)


def of_day(day: date, category: str | None = None) -> DayItem:
    return DayItem(day.isoformat(), category or "")


def only(kind: SubjectKind, sums: "Totals") -> "Totals":
    """Return the sums of subjects of one kind."""
    return {place: figures for place, figures in sums.items() if place[0].kind == kind}


def without(kind: SubjectKind, sums: "Totals") -> "Totals":
    """Return the sums of subjects of all other kinds."""
    return {place: figures for place, figures in sums.items() if place[0].kind != kind}


def figure_name(type_: str, currency: str, figure: str) -> str:
    return f"{type_}.{currency}.{figure}"


def of_posted(posted: Posted) -> Totals:
    """Return everything that one transaction adds; its sides are in no category yet."""
    return of_bank(posted) | of_sides(posted)


def of_bank(posted: Posted) -> Totals:
    """Return what a transaction adds to the totals of the bank, its branch and the books."""
    sums: Totals = {}
    add_to_bank(sums, posted)
    return sums


def add_to_bank(sums: Totals, posted: Posted) -> None:
    """Add a transaction to the totals of the bank, its branch and the books."""
    flows = {"count": 1, "amount": posted.amount}
    sides = posted.sides
    flows["in"] = sum(amount for _, amount in sides if amount > 0)
    flows["out"] = -sum(amount for _, amount in sides if amount < 0)
    figures, day = _figures_by_name(posted, flows), posted.day.isoformat()
    for subject in (BANK, *([branch(posted.branch_id)] if posted.branch_id else [])):
        _add(sums, (subject, DayItem(day)), figures)
    for booked, amount in _sum_bookings(posted).items():
        for level, period in (("DAY", day), ("MONTH", day[:7])):
            place = (BOOKS, BookItem(level, period, posted.currency, booked))
            _add(sums, place, {"credit" if amount > 0 else "debit": abs(amount)})


def _sum_bookings(posted: Posted) -> dict[str, int]:
    """Return by how much each account of the books moved. The books have all customers as one account, so a transfer
    between two of them moves nothing there, and nothing is written."""
    moved = Counter[str]()
    for name, amount in posted.legs:
        moved[name if is_general_ledger(name) else CUSTOMERS] += amount
    return {name: amount for name, amount in moved.items() if amount}


def of_sides(posted: Posted) -> Totals:
    """Return what a transaction adds to the totals of its customers' accounts."""
    sums: Totals = {}
    for account_id, amount in posted.sides:
        _add(sums, (account(account_id), of_day(posted.day)), _figures_by_name(posted, _flows(amount)))
    return sums


def move_category(posted: Posted, account_id: str, before: str | None, after: str | None) -> Totals:
    """Return what changes when a side moves from one category to another; None is no category."""
    sums: Totals = {}
    for name, sign in ((before, -1), (after, 1)):
        for amount in (amount for side, amount in posted.sides if side == account_id):
            figures = _figures_by_name(posted, {figure: sign * value for figure, value in _flows(amount).items()})
            _add(sums, (account(account_id), of_day(posted.day, name)), figures)
            if name:
                _add(sums, (category(name), of_day(posted.day)), figures)
    return sums


def add_side(sums: Totals, posted: Posted, account_id: str, named: str | None) -> None:
    """Add a customer's side, in the category that is named, to the account's totals and to those of the category.

    This is what `of_sides` and a move from no category come to.
    """
    day = posted.day.isoformat()
    for amount in [amount for side, amount in posted.legs if side == account_id]:
        figures = _figures_by_name(posted, _flows(amount))
        _add(sums, (account(account_id), DayItem(day, named or "")), figures)
        if named:
            _add(sums, (category(named), DayItem(day)), figures)


def by_subject(sums: Totals) -> dict[Subject, dict[RollupItem, Counter[str]]]:
    """Return totals by their subjects."""
    found: dict[Subject, dict[RollupItem, Counter[str]]] = {}
    for (subject, item), figures in sums.items():
        found.setdefault(subject, {})[item] = figures
    return found


def merge_totals(parts: Iterable[Totals]) -> Totals:
    """Add up totals and leave out zeros."""
    total: Totals = {}
    for part in parts:
        add(total, part)
    kept = {place: Counter({name: n for name, n in figures.items() if n}) for place, figures in total.items()}
    return {place: figures for place, figures in kept.items() if figures}


def add(total: Totals, part: Totals) -> None:
    """Add a part to a total."""
    for place, figures in part.items():
        _add(total, place, figures)


def chunks(sized: Iterable[tuple[str, frozenset[RollupKey]]], actions_max: int) -> Iterator[list[str]]:
    """Split the items that are counted together into batches: each name needs an action, and each shared total one."""
    names: list[str] = []
    places: set[RollupKey] = set()
    for name, needed in sized:
        if names and len(names) + 1 + len(places | needed) > actions_max:
            yield names
            names, places = [], set()
        names.append(name)
        places |= needed
    if names:
        yield names


def _figures_by_name(posted: Posted, figures: Mapping[str, int]) -> dict[str, int]:
    return {figure_name(posted.type, posted.currency, figure): value for figure, value in figures.items() if value}


def _flows(amount: int) -> dict[str, int]:
    return {"count": 1, "amount": abs(amount), "in": max(amount, 0), "out": max(-amount, 0)}


def _add(sums: Totals, place: RollupKey, figures: Mapping[str, int]) -> None:
    total = sums.get(place)
    if total is None:
        total = sums[place] = Counter()
    for name, value in figures.items():  # Counter.update takes twice as long
        total[name] = total.get(name, 0) + value
