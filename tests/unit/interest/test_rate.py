"""Annual rates: decimal strings at the door, millionths inside, and which holds on a day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.days import Days
from chalicelib.domain.interest import rate as interest_rate
from chalicelib.domain.interest.rate import MAX_MILLIONTHS, STANDARD_MILLIONTHS, RateChange, RateSchedule
from tests.interest import on

MILLIONTHS = st.integers(0, MAX_MILLIONTHS)
FIRST = date(2026, 1, 1)
DATES = st.dates(FIRST, FIRST + timedelta(days=60))


@pytest.mark.parametrize(
    ("text", "millionths", "written"),
    [
        ("0.0300", 30_000, "0.0300"),
        ("0.03", 30_000, "0.0300"),
        ("0", 0, "0.0000"),
        ("0.000001", 1, "0.000001"),
        ("0.02875", 28_750, "0.02875"),
        ("0.25", 250_000, "0.2500"),
    ],
)
def test_a_rate_is_read_and_written(text: str, millionths: int, written: str) -> None:
    assert interest_rate.parse(text) == millionths
    assert interest_rate.text(millionths) == written


@given(MILLIONTHS)
def test_what_is_written_is_read_back(millionths: int) -> None:
    assert interest_rate.parse(interest_rate.text(millionths)) == millionths


@pytest.mark.parametrize(
    "text", ["", "3%", "-0.01", "+0.01", ".03", "1e-2", "0.0000001", "NaN", "0,03", "00.03", "٠.٣"]
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r'at most 6 decimals, such as "0.0300" for 3 %'):
        interest_rate.parse(text)


@pytest.mark.parametrize(
    ("slip", "answer"),
    [
        ("3", 'is 300 % a year, above the 25 % that a rate may be; for 3 % write "0.0300"'),
        ("2.875", 'is 287.5 % a year, above the 25 % that a rate may be; for 2.875 % write "0.02875"'),
        ("0.250001", 'is 25.0001 % a year, above the 25 % that a rate may be; write 3 % as "0.0300"'),
        ("300", 'is 30000 % a year, above the 25 % that a rate may be; write 3 % as "0.0300"'),
    ],
)
def test_a_percentage_taken_for_a_rate_is_refused_with_what_to_write(slip: str, answer: str) -> None:
    with pytest.raises(ValueError, match="above the") as refused:
        interest_rate.parse(slip)
    assert str(refused.value) == answer


def test_a_rate_inside_is_an_int_within_the_bound() -> None:
    with pytest.raises(TypeError, match="not float"):
        RateChange(0.03, FIRST, "")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not -1"):
        RateSchedule.of(-1)


def test_savings_earn_3_percent_and_current_accounts_nothing_until_said_otherwise() -> None:
    assert {name: interest_rate.text(rate) for name, rate in STANDARD_MILLIONTHS.items()} == {
        "savings": "0.0300",
        "current": "0.0000",
    }


def test_a_rate_set_for_a_future_date_changes_nothing_before_it() -> None:
    schedule = RateSchedule.of(30_000, [RateChange(40_000, date(2026, 3, 10), "2026-01-01T00:00:00.000000Z")])
    assert [schedule.on(date(2026, 3, day)) for day in (9, 10, 11)] == [30_000, 40_000, 40_000]
    assert list(schedule.during(on("2026-03-01", "2026-03-31"))) == [
        (on("2026-03-01", "2026-03-09"), 30_000),
        (on("2026-03-10", "2026-03-31"), 40_000),
    ]


def test_of_two_rates_for_one_day_the_one_set_later_holds_and_the_other_changes_nothing() -> None:
    first, second = (RateChange(rate, date(2026, 3, 10), f"2026-01-0{rate // 10_000}T") for rate in (40_000, 50_000))
    assert RateSchedule.of(30_000, [second, first]) == RateSchedule.of(30_000, [second])


def test_a_change_to_the_same_rate_cuts_nothing() -> None:
    changes = [RateChange(rate, date(2026, 3, day), "") for day, rate in ((5, 30_000), (10, 40_000), (15, 40_000))]
    assert [rate for _, rate in RateSchedule.of(30_000, changes).during(on("2026-03-01", "2026-03-31"))] == [
        30_000,
        40_000,
    ]


def test_a_day_that_is_over_gets_no_new_rate() -> None:
    interest_rate.check_effective_from(FIRST, today=FIRST)
    with pytest.raises(ValueError, match="must be 2026-01-01 or later"):
        interest_rate.check_effective_from(FIRST - timedelta(days=1), today=FIRST)


@given(
    MILLIONTHS,
    st.lists(st.tuples(MILLIONTHS, DATES), unique_by=lambda change: change[1], max_size=8),
    st.tuples(DATES, DATES).map(sorted),
)
def test_every_day_has_its_rate_once(standard: int, changes: list[tuple[int, date]], ends: list[date]) -> None:
    schedule, days = RateSchedule.of(standard, [RateChange(rate, day, "") for rate, day in changes]), Days(*ends)
    pieces = list(schedule.during(days))
    assert all(piece.count for piece, _ in pieces)
    rates = [rate for piece, rate in pieces for _ in range(piece.count)]
    each = [days.start + timedelta(days=index) for index in range(days.count)]
    assert rates == [
        max(((since, rate) for rate, since in changes if since <= day), default=(day, standard))[1] for day in each
    ]


@pytest.mark.parametrize("millionths", [-1, MAX_MILLIONTHS + 1])
def test_text_of_what_is_no_rate_is_a_bug(millionths: int) -> None:
    with pytest.raises(ValueError, match="between 0 and 250000"):
        interest_rate.text(millionths)


def test_rate_that_changes_on_the_day_after_a_period_does_not_cut_it() -> None:
    schedule = RateSchedule.of(30_000, [RateChange(40_000, date(2026, 4, 1), "")])
    assert list(schedule.during(on("2026-03-01", "2026-03-31"))) == [(on("2026-03-01", "2026-03-31"), 30_000)]


def test_percentage_at_the_bound_is_told_how_to_write_it() -> None:
    with pytest.raises(ValueError, match=r'for 25 % write "0\.2500"'):
        interest_rate.parse("25")
    with pytest.raises(ValueError, match=r'write 3 % as "0\.0300"'):
        interest_rate.parse("25.0001")
