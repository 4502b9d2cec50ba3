"""The daily run of orders over months, weekends and changes of the clock. Issues of other projects are named."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.services.orders.executions import outcomes_of
from tests.fake_dynamodb.wire import refused, served
from tests.order_runs import (
    executions,
    outcomes,
    run_due,
)
from tests.small_bank import SmallBank
from tests.unit.orders.due_orders import ORDER, at, have, now, order, paid, prepare_people


@pytest.fixture(autouse=True)
def people(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_people(bank, monkeypatch)


def run_days(bank: SmallBank, first: str, days: int, zone: str = "UTC") -> None:
    """Let the schedule ask every half hour, in the bank's zone."""
    begin = datetime.fromisoformat(first).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) + timedelta(minutes=5)
    for half_hour in range(days * 48 - 4):
        bank.now = begin + half_hour * timedelta(minutes=30)
        run_due()


def test_month_end_is_paid_in_every_month(bank: SmallBank) -> None:
    """The 31st is 28 February and then 31 March again, and no run pays twice."""
    order(bank, start="2027-01-31")
    for day in ("2027-01-31", "2027-02-27", "2027-02-28", "2027-03-01", "2027-03-28", "2027-03-31", "2027-04-01"):
        at(bank, day)
        run_due()
    assert [day for day, _, _ in outcomes(ORDER)] == ["2027-01-31", "2027-02-28", "2027-03-31"]


def test_leap_day_comes_back(bank: SmallBank) -> None:
    order(bank, unit="year", start="2024-02-29", next_date="2027-02-28")
    for day in ("2027-02-28", "2027-03-01", "2028-02-28", "2028-02-29", "2028-03-01"):
        at(bank, day)
        run_due()
    assert [day for day, _, _ in outcomes(ORDER)] == ["2027-02-28", "2028-02-29"]


def test_open_bank_oss_994_date_moves_on_only_with_a_payment(bank: SmallBank) -> None:
    """There the date moved on every day, and nobody paid. Here it stays while nothing can be paid."""
    order(bank, unit="day")
    bank.dynamodb.from_now_on("BatchGetItem", refused("InternalServerError"))
    with pytest.raises(Unavailable):
        run_due()
    assert (now().next_date, outcomes(ORDER)) == ("2026-12-01", [])
    bank.dynamodb.from_now_on("BatchGetItem", served)
    at(bank, "2026-12-02")
    run_due()
    assert (now().next_date, paid(bank)) == ("2026-12-03", 2000)
    assert [bank.transaction(one.transaction_id).status for one in executions(ORDER)] == ["posted", "posted"]


@pytest.mark.parametrize("kind", ["standing_order", "scheduled_payment"])
def test_open_bank_oss_5250_order_of_each_kind_is_paid(bank: SmallBank, kind: str) -> None:
    """There one kind only was routed to a payment; the others were accepted, and failed on every date."""
    order(bank, kind=kind, times=None if kind == "standing_order" else 1)
    run_due()
    assert (outcomes(ORDER), paid(bank)) == ([("2026-12-01", "posted", None)], 1000)


def test_open_bank_oss_5250_payment_on_a_date_is_not_over_before_it_is_tried(bank: SmallBank) -> None:
    """There it was completed when it was scheduled, so that its failure was lost."""
    order(bank, kind="scheduled_payment", times=1)
    have(bank, 999)
    for time in ("00:05", "08:00"):
        at(bank, "2026-12-01", time)
        run_due()
        assert (now().status, outcomes_of([now()])[0].status) == ("active", "scheduled")
    at(bank, "2026-12-01", "15:00")
    run_due()
    [payment] = outcomes_of([now()])
    assert (now().status, payment.status, payment.reason) == ("ended", "failed", "insufficient_funds")
    assert (payment.transaction_id and bank.transaction(payment.transaction_id).status, paid(bank)) == ("failed", 0)


def test_firefly_5907_weekend_before_the_start_does_not_move_the_payment_there(bank: SmallBank) -> None:
    """Sunday 6 December, `preceding`: Friday is before the start, so Monday pays. The date stays the 6th."""
    order(bank, start="2026-12-06", business_days="preceding")
    for day in ("2026-12-04", "2026-12-05", "2026-12-06", "2026-12-07", "2026-12-08"):
        at(bank, day)
        run_due()
    [done] = executions(ORDER)
    assert (done.date, done.execution_day, done.status) == ("2026-12-06", "2026-12-07", "posted")
    assert bank.transaction(done.transaction_id).posted_at.startswith("2026-12-07")
    assert now().next_date == "2027-01-06"


def test_firefly_2327_business_day_rule_does_not_hide_the_next_occurrence(bank: SmallBank) -> None:
    """Saturday and Sunday of a daily order are paid on Monday, with Monday's own."""
    order(bank, unit="day", start="2026-12-04", business_days="following")
    for day in (4, 5, 6, 7):
        at(bank, f"2026-12-0{day}")
        run_due()
    assert [(one.date, one.execution_day) for one in executions(ORDER)] == [
        ("2026-12-04", "2026-12-04"),
        ("2026-12-05", "2026-12-07"),
        ("2026-12-06", "2026-12-07"),
        ("2026-12-07", "2026-12-07"),
    ]
    assert paid(bank) == 4000


def test_firefly_2327_30th_on_a_sunday_is_paid_in_the_zone_of_the_bank(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """30 June 2019 in Chicago. Nothing was paid by 1 July. Here Monday pays, and July keeps its 30th."""
    monkeypatch.setenv("BANK_TIMEZONE", "America/Chicago")
    order(bank, start="2019-05-30", day=30, next_date="2019-06-30", business_days="following")
    run_days(bank, "2019-06-29", 4, "America/Chicago")
    [done] = executions(ORDER)
    assert (done.date, done.execution_day, done.status) == ("2019-06-30", "2019-07-01", "posted")
    assert bank.transaction(done.transaction_id).posted_at.startswith("2019-07-01T05:05"), "00:05 in Chicago"
    assert now().next_date == "2019-07-30"


def test_firefly_12614_second_month_is_paid_though_the_run_comes_in_the_afternoon(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The 14th of each month until 15 December, in Istanbul, where the schedule last came at 15:29."""
    monkeypatch.setenv("BANK_TIMEZONE", "Europe/Istanbul")
    order(bank, start="2026-07-14", end="2026-12-15")
    months = [f"2026-{month:02d}-14" for month in range(7, 13)]
    for day in months:
        at(bank, day, "12:29")
        run_due()
    assert outcomes(ORDER) == [(day, "posted", None) for day in months]
    assert (now().status, paid(bank)) == ("ended", 6000)


@pytest.mark.parametrize("first", ["2026-03-28", "2026-10-24"])
def test_days_with_23_and_25_hours_pay_once(bank: SmallBank, first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_TIMEZONE", "Europe/Berlin")
    order(bank, unit="day", start=first)
    run_days(bank, first, 3, "Europe/Berlin")
    zone = ZoneInfo("Europe/Berlin")
    posted = [bank.transaction(one.transaction_id).posted_at for one in executions(ORDER)]
    local = [datetime.fromisoformat(at).astimezone(zone) for at in posted]
    assert [one.date().isoformat() for one in local] == [day for day, _, _ in outcomes(ORDER)]
    assert [(one.hour, one.minute) for one in local] == [(0, 5)] * 3


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Asia/Kolkata", "America/Los_Angeles"])
def test_day_is_the_banks_not_that_of_utc(bank: SmallBank, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_TIMEZONE", zone)
    order(bank, start="2026-12-31")
    run_days(bank, "2026-12-30", 3, zone)
    [done] = executions(ORDER)
    posted = datetime.fromisoformat(bank.transaction(done.transaction_id).posted_at).astimezone(ZoneInfo(zone))
    assert (posted.date().isoformat(), posted.hour, posted.minute) == ("2026-12-31", 0, 5)
