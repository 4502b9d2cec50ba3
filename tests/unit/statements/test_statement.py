"""Statements follow from entries: months join without a gap, on the bank's days, and nothing else is stated."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.month import Month
from chalicelib.domain.statements import csv_format
from chalicelib.domain.statements.statement import Line, Period, Statement
from chalicelib.domain.time import day, start_of
from chalicelib.models.statements.document_bucket import object_key
from tests.csv_files import BOM, rows_of
from tests.unit.statements.builders import HOLDING, ZONE, chain, october, statement_of

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Africa/Casablanca",
    "Asia/Kolkata",
]
MONTHS = [f"2026-{number:02d}" for number in range(1, 13)] + [f"2027-{number:02d}" for number in range(1, 13)]
TICK = timedelta(microseconds=1)


@st.composite
def edges(draw: st.DrawFn) -> tuple[ZoneInfo, list[datetime]]:
    """Moments around the ends of months and where clocks change, in order, none twice."""
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    firsts = [start_of(Month.parse(month).first, zone) for month in MONTHS[1:]]
    changes = [
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 10, 25, 1, tzinfo=UTC),
        datetime(2026, 11, 1, 6, tzinfo=UTC),
    ]
    around = st.builds(
        lambda base, by: base + by,
        st.sampled_from(firsts + changes),
        st.sampled_from([-TICK, TICK * 0, TICK, timedelta(hours=-1), timedelta(hours=1), timedelta(days=20)]),
    )
    return zone, sorted(draw(st.sets(around, max_size=12)))


@given(edges(), st.data())
def test_each_month_begins_with_what_the_one_before_ended_with(
    told: tuple[ZoneInfo, list[datetime]], data: st.DataObject
) -> None:
    zone, moments = told
    amounts = st.integers(-(10**6), 10**6).filter(bool)
    kinds = st.sampled_from(["deposit", "withdrawal", "transfer", "interest_credit"])
    entries = chain([(moment, data.draw(kinds), data.draw(amounts)) for moment in moments])
    statements = [statement_of(entries, month, zone=zone) for month in MONTHS]
    balance = 0
    for statement in statements:
        assert statement.opening_balance == balance
        assert statement.opening_balance + statement.total_in - statement.total_out == statement.closing_balance
        balance = statement.closing_balance
    assert balance == sum(entry.amount for entry in entries)
    assert [entry for statement in statements for entry in statement.entries] == entries
    for month, statement in zip(MONTHS, statements, strict=True):
        assert all(str(Month.of(day(entry.created_at, zone))) == month for entry in statement.entries)


def test_days_and_totals_are_the_banks() -> None:
    statement = october()
    assert (statement.period.first, statement.period.last) == (date(2026, 10, 1), date(2026, 10, 31))
    assert (statement.opening_balance, statement.closing_balance) == (100_00, 86_23)
    assert (statement.total_in, statement.total_out, statement.interest) == (96_23, 110_00, 1_23)
    assert [entry.seq for entry in statement.entries] == [2, 3, 4, 5, 6, 7]
    assert statement.day(statement.lines[0].entry) == date(2026, 10, 1)


def test_the_month_that_runs_is_to_date_and_still_counts_what_a_faster_clock_wrote() -> None:
    now = datetime(2026, 10, 10, 12, tzinfo=UTC)
    statement = statement_of(chain([(now + timedelta(minutes=1), "deposit", 5)]), "2026-10", now=now)
    assert (statement.period.last, statement.period.is_over) == (date(2026, 10, 10), False)
    assert statement.closing_balance == 5


@pytest.mark.parametrize(
    ("month", "why"),
    [
        ("2026-13", "must be a month"),
        ("x", "must be a month"),
        ("2026-11", "in the future"),
        ("2025-12", "before the account"),
    ],
)
def test_months_without_a_statement(month: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Period.parse(month, HOLDING.opened_on, datetime(2026, 10, 31, 22, tzinfo=UTC), ZONE)


def test_a_month_begins_when_the_banks_clocks_say_so() -> None:
    assert Period.parse("2026-11", HOLDING.opened_on, datetime(2026, 10, 31, 23, tzinfo=UTC), ZONE).last == date(
        2026, 11, 1
    )


def test_what_does_not_follow_from_the_entries_is_not_stated() -> None:
    right = october()
    lines = list(right.lines)
    altered = Line(replace(lines[2].entry, amount=1))
    for wrong in (
        lines[:-1],
        lines[:2] + lines[3:],
        [*lines[:2], altered, *lines[3:]],
        [*lines, lines[-1]],
        [],
        lines[::-1],
    ):
        with pytest.raises(ValueError, match="entr"):
            Statement(right.account, right.period, right.newest, wrong)
    with pytest.raises(ValueError, match="after the newest"):
        Statement(right.account, right.period, None, lines)
    with pytest.raises(ValueError, match="none of this month"):
        Statement(replace(right.account, account_id="acc_2"), right.period, right.newest, lines)


def test_a_stored_statement_is_named_by_all_that_it_was_made_of() -> None:
    statement = october()
    name = object_key(HOLDING, statement.period, statement.newest, "1", "pdf")
    assert name.startswith("kept/cus_1/acc_1/2026-10/7-")
    passing = replace(statement.period, today=date(2026, 10, 31))
    others = [
        object_key(replace(HOLDING, account_id="acc_2"), statement.period, statement.newest, "1", "pdf"),
        object_key(HOLDING, statement.period, replace(statement.lines[-1].entry, hash="f" * 64), "1", "pdf"),
        object_key(HOLDING, statement.period, statement.newest, "2", "pdf"),
        object_key(HOLDING, statement.period, statement.newest, "1", "csv"),
        object_key(HOLDING, statement.period, None, "1", "pdf"),
        object_key(HOLDING, passing, statement.newest, "1", "pdf"),
        object_key(HOLDING, replace(passing, today=date(2026, 10, 30)), statement.newest, "1", "pdf"),
    ]
    assert len({name, *others}) == 8
    assert others[-1].startswith("passing/")


def test_csv_is_read_back_and_holds_no_formula() -> None:
    statement = october()
    text = csv_format.text(statement, with_bom=True)
    assert text == f"{BOM}{csv_format.text(statement, with_bom=False)}"
    assert text.endswith("\r\n")
    assert text.count("\r\n") == len(statement.lines) + 1
    rows = rows_of(text)
    assert tuple(rows[0]) == csv_format.COLUMNS
    assert [row["memo"] for row in rows[:5]] == ["", "'=SUM(A1:A9)", 'Rent, "Οκτώβριος"', "Наличные", "'@home"]
    assert (rows[1]["amount"], rows[1]["balance_after"], rows[1]["date"]) == ("-30.00", "71.23", "2026-10-02")
    assert csv_format.text(statement_of([], "2026-10"), with_bom=True).count("\r\n") == 1


def test_the_same_statement_is_made_at_the_same_moment() -> None:
    assert october().made_at == datetime(2026, 10, 31, 23, tzinfo=UTC)
    running = statement_of([], "2026-10", now=datetime(2026, 10, 10, tzinfo=UTC))
    assert running.made_at == datetime(2026, 10, 9, 22, tzinfo=UTC)


def test_a_month_that_runs_ends_at_no_moment_to_come() -> None:
    """Where today began for the bank, or with an entry since; a month that is over ends with its last microsecond."""
    now = datetime(2026, 10, 10, 12, tzinfo=UTC)
    before, today = now - timedelta(days=2), now - timedelta(minutes=1)
    for moments, until in (
        ([], "2026-10-09T22:00:00.000000Z"),
        ([before], "2026-10-09T22:00:00.000000Z"),
        ([before, today], "2026-10-10T11:59:00.000000Z"),
    ):
        running = statement_of(chain([(moment, "deposit", 5) for moment in moments]), "2026-10", now=now)
        assert running.until == until
    assert october().until == "2026-10-31T22:59:59.999999Z"


def test_a_statement_is_labelled_by_its_month_or_by_its_last_day_so_far() -> None:
    assert october().period.label == "2026-10"
    assert statement_of([], "2026-10", now=datetime(2026, 10, 10, tzinfo=UTC)).period.label == "2026-10-10"
