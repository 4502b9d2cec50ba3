"""Sums of both banks by payment: what is even is forgotten, what differs is named by kind, the first day first."""

from datetime import date

import pytest

from chalicelib.domain.clearing.reconciliation import Books, StatedLine, due_day

MONDAY, TUESDAY = date(2026, 11, 30), date(2026, 12, 1)


def test_even_payments_are_forgotten_whatever_comes_first() -> None:
    books = Books()
    books.add_ours("a", -100, MONDAY)
    books.add_theirs([StatedLine("b", 50)], MONDAY)
    books.end_day()
    books.add_theirs([StatedLine("a", -100)], TUESDAY)
    books.add_ours("b", 50, TUESDAY)
    assert books.differences() == []


def test_payment_that_came_and_went_on_one_side_is_even() -> None:
    books = Books()
    books.add_theirs([StatedLine("a", 100), StatedLine("a", -100)], MONDAY)
    assert books.differences() == []


def test_differences_are_named_by_kind() -> None:
    books = Books()
    books.add_ours("late", -1, TUESDAY)
    books.add_ours("doubled", -100, MONDAY)
    books.add_theirs([StatedLine("doubled", -100), StatedLine("doubled", -100), StatedLine("strange", 7)], MONDAY)
    found = [(one.name, one.kind, one.ours, one.theirs) for one in books.differences()]
    assert found == [
        ("doubled", "amount_differs", -100, -200),
        ("strange", "theirs_only", 0, 7),
        ("late", "ours_only", -1, 0),
    ]


def test_line_that_comes_again_on_a_later_day_is_theirs_only() -> None:
    books = Books()
    books.add_ours("a", -100, MONDAY)
    books.add_theirs([StatedLine("a", -100)], MONDAY)
    books.end_day()
    books.add_theirs([StatedLine("a", -100)], TUESDAY)
    [found] = books.differences()
    assert (found.kind, found.theirs, found.day) == ("theirs_only", -100, TUESDAY)


@pytest.mark.parametrize(
    ("booked", "stated"),
    [
        ("2026-11-30", "2026-12-01"),
        ("2026-11-27", "2026-11-30"),
        ("2026-11-28", "2026-12-01"),
        ("2027-03-25", "2027-03-30"),
    ],
)
def test_payment_is_expected_in_the_statement_of_the_business_day_after_the_one_it_falls_on(
    booked: str, stated: str
) -> None:
    assert due_day(date.fromisoformat(booked)) == date.fromisoformat(stated)
