"""Folding: what transactions add up to, in whatever order they are told."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from chalicelib.domain.reports import rollup
from chalicelib.domain.reports.rollup import (
    BANK,
    BOOKS,
    BookItem,
    DayItem,
    Posted,
    RollupItem,
    RollupKey,
    Subject,
    Totals,
    account,
    branch,
    category,
)
from chalicelib.models.reports import rollup as model

DAY = date(2026, 11, 21)
TRANSFER = Posted("txn_1", "transfer", "USD", 500, None, DAY, (("acc_a", -500), ("acc_b", 500)))
ITEM = DayItem("2026-11-21")
DEPOSIT = Posted("txn_2", "deposit", "USD", 900, "brn_1", DAY, (("acc_a", 900), ("gl.cash.brn_1.USD", -900)))


def test_a_transfer_leaves_one_account_and_enters_another() -> None:
    sums = rollup.of_posted(TRANSFER)
    moved = {"transfer.USD.count": 1, "transfer.USD.amount": 500}
    assert sums[BANK, ITEM] == moved | {"transfer.USD.in": 500, "transfer.USD.out": 500}
    assert sums[account("acc_a"), ITEM] == moved | {"transfer.USD.out": 500}
    assert sums[account("acc_b"), ITEM] == moved | {"transfer.USD.in": 500}
    assert not [subject for subject, _ in sums if subject.kind == "branch"]


def test_a_transfer_between_customers_moves_nothing_in_the_books() -> None:
    assert not [place for subject, place in rollup.of_posted(TRANSFER) if subject == BOOKS]
    charged = replace(TRANSFER, legs=(*TRANSFER.legs[:1], ("acc_b", 490), ("gl.fees.USD", 10)))
    sums = rollup.of_posted(charged)
    assert sums[BOOKS, BookItem("DAY", "2026-11-21", "USD", "customers")] == {"debit": 10}
    assert sums[BOOKS, BookItem("DAY", "2026-11-21", "USD", "gl.fees.USD")] == {"credit": 10}


def test_cash_is_its_branchs_and_is_in_the_books_by_day_and_month() -> None:
    sums = rollup.of_posted(DEPOSIT)
    assert sums[branch("brn_1"), ITEM] == sums[BANK, ITEM]
    for period in (("DAY", "2026-11-21"), ("MONTH", "2026-11")):
        assert sums[BOOKS, BookItem(*period, "USD", "gl.cash.brn_1.USD")] == {"debit": 900}
        assert sums[BOOKS, BookItem(*period, "USD", "customers")] == {"credit": 900}


def test_a_label_moves_a_side_and_nothing_is_left_where_it_was() -> None:
    steps = [
        rollup.of_posted(TRANSFER),
        rollup.move_category(TRANSFER, "acc_a", None, "rent"),
        rollup.move_category(TRANSFER, "acc_a", "rent", "housing"),
    ]
    expected = rollup.merge_totals(
        [rollup.of_posted(TRANSFER), rollup.move_category(TRANSFER, "acc_a", None, "housing")]
    )
    for _ in range(10):
        random.shuffle(steps)
        assert rollup.merge_totals(steps) == expected
    assert not [place for place in expected if "rent" in (place[0].id, *place[1])]
    assert (account("acc_a"), ITEM) not in expected
    assert expected[category("housing"), ITEM]["transfer.USD.out"] == 500
    assert expected[account("acc_b"), ITEM]["transfer.USD.in"] == 500


def test_the_books_of_whatever_moved_balance() -> None:
    sums = rollup.merge_totals(map(rollup.of_posted, (TRANSFER, DEPOSIT)))
    months = Counter[str]()
    for (subject, key), figures in sums.items():
        if subject == BOOKS and key[0] == "MONTH":
            months.update(figures)
    assert months["debit"] == months["credit"] == 900


def test_chunks_fit_and_leave_nothing_out() -> None:
    shared: Totals = {(BANK, ITEM): Counter(a=1)}
    places: list[RollupKey] = [(account(f"acc_{number}"), ITEM) for number in range(40)]
    sized = [(f"n{number}", frozenset([*shared, places[number % 40]])) for number in range(300)]
    found = list(rollup.chunks(sized, 100))
    assert [name for names in found for name in names] == [name for name, _ in sized]
    needed = dict(sized)
    sizes = [len(names) + len(frozenset().union(*(needed[name] for name in names))) for names in found]
    assert max(sizes) <= 100
    assert len(found) <= 6


@pytest.mark.parametrize(
    ("subject", "item", "stored"),
    [
        (BANK, ITEM, "BANK 2026-11-21#"),
        (branch("brn_1"), ITEM, "BRANCH#brn_1 2026-11-21#"),
        (category("rent"), ITEM, "CATEGORY#rent 2026-11-21#"),
        (account("acc_a"), DayItem("2026-11-21", "a#b"), "ACCOUNT#acc_a 2026-11-21#a#b"),
        (BOOKS, BookItem("MONTH", "2026-11", "USD", "customers"), "BOOKS MONTH#2026-11#USD#customers"),
    ],
)
def test_the_keys_of_rollups_never_change_and_are_read_back(subject: Subject, item: RollupItem, stored: str) -> None:
    assert model.name_of(subject, item) == stored
    assert model.item_of(subject, model.sort_key(item)) == item
    assert model.partition(3, subject) == f"3#{stored.partition(' ')[0]}"


def test_a_sort_key_that_is_none_of_a_rollup_is_still_read() -> None:
    assert model.item_of(BOOKS, "DAY#x") == BookItem("DAY", "x", "", "")
    assert model.item_of(BANK, "x") == DayItem("x")
