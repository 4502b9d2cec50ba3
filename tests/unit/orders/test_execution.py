"""When occurrences are tried, and what follows from a refusal."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.orders import execution
from chalicelib.domain.orders.business_calendar import TARGET
from chalicelib.domain.orders.execution import Consequence

BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 12, 1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_an_occurrence_has_one_transaction() -> None:
    order = "sto_01KYDZ0000000000000000000A"
    first = execution.transaction_id(order, date(2026, 11, 1))
    assert first == execution.transaction_id(order, date(2026, 11, 1))
    assert first != execution.transaction_id(order, date(2026, 12, 1))
    assert first != execution.transaction_id(order[:-1] + "B", date(2026, 11, 1))


@pytest.mark.parametrize(
    ("day", "zone", "moments"),
    [
        ("2026-12-01", "Europe/Berlin", ("2026-11-30T23:05", "2026-12-01T07:00", "2026-12-01T14:00")),
        ("2026-03-29", "Europe/Berlin", ("2026-03-28T23:05", "2026-03-29T06:00", "2026-03-29T13:00")),  # 23 hours
        ("2026-10-25", "Europe/Berlin", ("2026-10-24T22:05", "2026-10-25T07:00", "2026-10-25T14:00")),  # 25 hours
        ("2026-03-29", "Asia/Beirut", ("2026-03-28T22:05", "2026-03-29T05:00", "2026-03-29T12:00")),  # no midnight
        ("2026-11-01", "America/Havana", ("2026-11-01T04:05", "2026-11-01T13:00", "2026-11-01T20:00")),  # two of it
        ("2026-12-01", "Asia/Kolkata", ("2026-11-30T18:35", "2026-12-01T02:30", "2026-12-01T09:30")),
    ],
)
def test_attempts_are_at_the_bank_s_hours_on_days_of_any_length(day: str, zone: str, moments: tuple[str, ...]) -> None:
    found = execution.attempt_moments(date.fromisoformat(day), ZoneInfo(zone))
    assert [moment.isoformat()[:16] for moment in found] == list(moments)


@pytest.mark.parametrize("code", ["insufficient_funds", "limit_exceeded"])
def test_too_little_money_is_tried_again_twice(code: str) -> None:
    def follows(now: str) -> Consequence:
        return execution.consequence(code, 0, DAY, BERLIN, at(now))

    assert follows("2026-11-30T23:05:01") == Consequence(retry_at=at("2026-12-01T07:00"))
    assert follows("2026-12-01T07:00:00") == Consequence(retry_at=at("2026-12-01T14:00"))
    assert follows("2026-12-01T14:00:01") == Consequence()


@pytest.mark.parametrize(
    ("code", "order"),
    [
        ("account_frozen", None),
        ("payer_closed", "ended"),
        ("payee_closed", "suspended"),
        ("payee_unknown", "suspended"),
    ],
)
def test_what_time_cannot_mend_is_not_tried_again(code: str, order: str | None) -> None:
    assert execution.consequence(code, 0, DAY, BERLIN, at("2026-11-30T23:05:01")) == Consequence(order=order)  # type: ignore[arg-type]


def test_three_failures_in_a_row_suspend_the_order() -> None:
    evening = at("2026-12-01T14:00:01")
    assert execution.consequence("insufficient_funds", 1, DAY, BERLIN, evening).order is None
    assert execution.consequence("insufficient_funds", 2, DAY, BERLIN, evening).order == "suspended"
    assert execution.consequence("insufficient_funds", 2, DAY, BERLIN, at("2026-12-01T07:00:01")).order is None


def test_an_occurrence_is_paid_up_to_five_business_days_late() -> None:
    monday = date(2026, 11, 23)
    assert not execution.is_too_late(monday, date(2026, 11, 30), TARGET)
    assert execution.is_too_late(monday, date(2026, 12, 1), TARGET)
    assert not execution.is_too_late(monday, monday, TARGET)


@pytest.mark.parametrize(
    ("status", "refusal", "state"),
    [
        ("posted", None, ("posted", None)),
        ("pending", None, ("pending", None)),
        ("voided", None, ("failed", "voided")),
        ("expired", None, ("failed", "expired")),
        ("failed", "insufficient_funds", ("failed", "insufficient_funds")),
    ],
)
def test_state_of_a_payment_that_had_to_wait(status: str, refusal: str | None, state: tuple[str, str | None]) -> None:
    assert execution.state_after_waiting(status, refusal) == state


def test_payment_that_was_left_to_the_clearing_is_executed_whatever_becomes_of_it() -> None:
    for status in ("pending", "posted", "voided"):
        assert execution.state_after_waiting(status, "no_account", is_handed_over=True) == ("executed", None)


@pytest.mark.parametrize("code", ["forbidden", "not_found", "conflict_of_interest", "payee_unknown", "payee_closed"])
def test_order_whose_maker_or_payee_has_no_right_any_more_is_suspended(code: str) -> None:
    found = execution.consequence(code, 0, DAY, BERLIN, at("2026-11-30T23:05:01"))
    assert found == Consequence(order="suspended")
