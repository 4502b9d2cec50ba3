"""Folding: what transactions add up to, in whatever order they are told."""

import random
from collections import Counter
from datetime import date

from chalicelib.domain.reports import rollup
from chalicelib.domain.reports.rollup import BANK, BOOKS, Posted, Totals

DAY = date(2026, 11, 21)
TRANSFER = Posted("txn_1", "transfer", "USD", 500, None, DAY, (("acc_a", -500), ("acc_b", 500)))
DEPOSIT = Posted("txn_2", "deposit", "USD", 900, "brn_1", DAY, (("acc_a", 900), ("gl.cash.brn_1.USD", -900)))


def test_a_transfer_leaves_one_account_and_enters_another() -> None:
    sums = rollup.of_posted(TRANSFER)
    moved = {"transfer.USD.count": 1, "transfer.USD.amount": 500}
    assert sums[BANK, "2026-11-21#"] == moved | {"transfer.USD.in": 500, "transfer.USD.out": 500}
    assert sums["ACCOUNT#acc_a", "2026-11-21#"] == moved | {"transfer.USD.out": 500}
    assert sums["ACCOUNT#acc_b", "2026-11-21#"] == moved | {"transfer.USD.in": 500}
    assert sums[BOOKS, "DAY#2026-11-21#USD#customers"] == {"debit": 500, "credit": 500}
    assert not [subject for subject, _ in sums if subject.startswith("BRANCH#")]


def test_cash_is_its_branchs_and_is_in_the_books_by_day_and_month() -> None:
    sums = rollup.of_posted(DEPOSIT)
    assert sums["BRANCH#brn_1", "2026-11-21#"] == sums[BANK, "2026-11-21#"]
    for period in ("DAY#2026-11-21", "MONTH#2026-11"):
        assert sums[BOOKS, f"{period}#USD#gl.cash.brn_1.USD"] == {"debit": 900}
        assert sums[BOOKS, f"{period}#USD#customers"] == {"credit": 900}


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
    assert not [subject for subject, _ in expected if "rent" in subject]
    assert ("ACCOUNT#acc_a", "2026-11-21#") not in expected
    assert expected["CATEGORY#housing", "2026-11-21#"]["transfer.USD.out"] == 500
    assert expected["ACCOUNT#acc_b", "2026-11-21#"]["transfer.USD.in"] == 500


def test_the_books_of_whatever_moved_balance() -> None:
    sums = rollup.merge_totals(map(rollup.of_posted, (TRANSFER, DEPOSIT)))
    months = Counter[str]()
    for (subject, key), figures in sums.items():
        if subject == BOOKS and key.startswith("MONTH"):
            months.update(figures)
    assert months["debit"] == months["credit"] == 1400


def test_chunks_fit_and_leave_nothing_out() -> None:
    shared: Totals = {("BANK", "d"): Counter(a=1)}
    sized = [(f"n{number}", frozenset([*shared, (f"S{number % 40}", "d")])) for number in range(300)]
    found = list(rollup.chunks(sized, 100))
    assert [name for names in found for name in names] == [name for name, _ in sized]
    needed = dict(sized)
    sizes = [len(names) + len(frozenset().union(*(needed[name] for name in names))) for names in found]
    assert max(sizes) <= 100
    assert len(found) <= 6
