"""The daily run of orders: each date is paid once, or has failed or is skipped for a reason."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.domain.orders import execution
from chalicelib.domain.risk.thresholds import STANDARD, Rule
from chalicelib.models.risk.thresholds import ALL_THRESHOLDS, CURRENT, RiskThresholds
from tests.order_runs import (
    counts,
    executions,
    failures,
    outcomes,
    run_due,
    stored,
)
from tests.small_bank import NOON_TEXT, A, B, SmallBank, customer, staff
from tests.unit.orders.due_orders import FIRST, ORDER, at, have, now, order, paid, prepare_people


@pytest.fixture(autouse=True)
def people(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_people(bank, monkeypatch)


def test_order_is_paid_on_its_day_and_moves_to_the_next(bank: SmallBank) -> None:
    order(bank)
    assert run_due()["status"] == "completed"
    [done] = executions(ORDER)
    assert (done.date, done.status, done.amount, done.attempts) == ("2026-12-01", "posted", 1000, None)
    assert done.transaction_id == execution.transaction_id(ORDER, FIRST.date())
    assert (now().next_date, now().next_attempt_at) == ("2027-01-01", "2027-01-01T00:05:00.000000Z")
    assert (paid(bank), counts("2026-12-01"), stored("2026-12-01").totals) == (1000, {"posted": 1}, {"USD": 1000})
    assert run_due() == {"status": "not_due", "period": "2026-12-01"}


def test_order_that_is_not_due_yet_waits(bank: SmallBank) -> None:
    order(bank, start="2026-12-02")
    assert (run_due()["status"], paid(bank), counts("2026-12-01")) == ("completed", 0, {})


def test_run_of_a_day_is_begun_again_at_each_attempt(bank: SmallBank) -> None:
    begun = []
    for time in ("00:04", "00:05", "00:30", "07:59", "08:00", "08:30", "15:00", "15:30", "23:59"):
        at(bank, "2026-12-01", time)
        if run_due()["status"] == "completed":
            begun.append(time)
    assert begun == ["00:04", "00:05", "08:00", "15:00"], "at 00:04 that of the day before"
    assert stored("2026-12-01").attempt == 3


def test_too_little_money_is_tried_three_times_and_then_has_failed(bank: SmallBank) -> None:
    order(bank)
    have(bank, 999)
    for time, status in (("00:05", "scheduled"), ("08:00", "scheduled"), ("15:00", "failed")):
        at(bank, "2026-12-01", time)
        run_due()
        assert outcomes(ORDER) == [("2026-12-01", status, "insufficient_funds")]
    [done] = executions(ORDER)
    assert [attempt["at"][11:16] for attempt in done.attempts] == ["00:05", "08:00", "15:00"]
    assert (now().status, now().failures, now().next_date) == ("active", 1, "2027-01-01")
    assert counts("2026-12-01") == {"failed": 1, "retried": 2}
    assert failures("2026-12-01") == [(ORDER, "insufficient_funds")]
    have(bank, 10_000)
    at(bank, "2027-01-01")
    run_due()
    assert (paid(bank), now().failures) == (1000, 0), "the next occurrence is unaffected"


def test_money_that_comes_before_the_last_attempt_is_paid(bank: SmallBank) -> None:
    order(bank)
    have(bank, 0)
    run_due()
    have(bank, 5000)
    at(bank, "2026-12-01", "08:00")
    run_due()
    assert (outcomes(ORDER), paid(bank)) == ([("2026-12-01", "posted", None)], 1000)
    assert executions(ORDER)[0].attempts[0]["code"] == "insufficient_funds"


def test_three_failures_in_a_row_suspend_the_order(bank: SmallBank) -> None:
    order(bank, unit="day")
    have(bank, 0)
    for day in (1, 2, 3, 4):
        for time in ("00:05", "08:00", "15:00"):
            at(bank, f"2026-12-0{day}", time)
            run_due()
    assert [status for _, status, _ in outcomes(ORDER)] == ["failed"] * 3
    assert (now().status, now().reason) == ("suspended", "insufficient_funds")
    assert now().gsi2pk is None


@pytest.mark.parametrize(
    ("spoil", "code", "status"),
    [
        (lambda bank: bank.open(A, 10_000, status="frozen"), "account_frozen", "active"),
        (lambda bank: bank.open(A, 0, status="closed"), "payer_closed", "ended"),
        (lambda bank: bank.open(B, owner=2, status="closed"), "payee_closed", "suspended"),
        (lambda bank: bank.user(customer(), status="disabled"), "forbidden", "suspended"),
        (lambda bank: bank.open(A, 10_000, owner=7), "not_found", "suspended"),
    ],
)
def test_refusal_that_time_does_not_mend_fails_at_once(
    bank: SmallBank, spoil: Callable[[SmallBank], object], code: str, status: str
) -> None:
    order(bank)
    spoil(bank)
    run_due()
    assert outcomes(ORDER) == [("2026-12-01", "failed", code)]
    assert (now().status, now().reason) == (status, None if status == "active" else code)
    assert paid(bank) == 0


def test_closed_payee_suspends_at_once_also_when_there_is_too_little_money(bank: SmallBank) -> None:
    order(bank)
    have(bank, 0)
    bank.open(B, owner=2, status="closed")
    run_due()
    assert outcomes(ORDER) == [("2026-12-01", "failed", "payee_closed")]
    assert (now().status, now().reason) == ("suspended", "payee_closed")


def test_missed_occurrences_are_paid_after_an_outage_the_oldest_first(bank: SmallBank) -> None:
    order(bank, unit="day")
    at(bank, "2026-12-04", "11:00")
    run_due()
    assert outcomes(ORDER) == [(f"2026-12-0{day}", "posted", None) for day in (1, 2, 3, 4)]
    posted = [bank.transaction(one.transaction_id).posted_at for one in executions(ORDER)]
    assert (posted, paid(bank), counts("2026-12-04")) == (sorted(posted), 4000, {"posted": 4})


def test_occurrence_that_is_too_late_is_skipped_with_the_reason(bank: SmallBank) -> None:
    """9 December is six business days after 1 December, and five after the 2nd."""
    order(bank, unit="day")
    at(bank, "2026-12-09")
    run_due()
    assert outcomes(ORDER)[:2] == [("2026-12-01", "skipped", "too_late"), ("2026-12-02", "posted", None)]
    assert (paid(bank), now().failures) == (8000, 0)


def test_last_occurrence_ends_the_order_with_its_final_amount(bank: SmallBank) -> None:
    order(bank, unit="day", times=2, final_amount=5)
    run_due()
    at(bank, "2026-12-02")
    run_due()
    assert (now().status, paid(bank)) == ("ended", 1005)
    assert now().next_date is None


def test_payment_that_waits_is_pending_and_the_order_goes_on(bank: SmallBank) -> None:
    order(bank, unit="day")
    strict = Rule("review", 100, {"at_least_units": 1, "largest_percent": 0})
    thresholds = replace(STANDARD, rules={**STANDARD.rules, "new_counterparty": strict})
    item = RiskThresholds(ALL_THRESHOLDS, CURRENT, number=1, thresholds=thresholds.to_json())
    bank.put(item.stamp(staff(), NOON_TEXT))
    run_due()
    assert (outcomes(ORDER), now().next_date) == ([("2026-12-01", "pending", None)], "2026-12-02")
    assert counts("2026-12-01") == {"pending": 1}


def test_execution_names_who_held_the_account_jointly_then(bank: SmallBank) -> None:
    bank.open(A, 1_500, holders={"cus_8": "view", "cus_9": "pay"})
    order(bank, unit="day", times=2)
    run_due()
    bank.open(A, 500, holders={"cus_9": "pay"}, ledger_version=3)
    at(bank, "2026-12-02")
    run_due()
    told = [(one.customer_id, one.holder_ids) for one in executions(ORDER)]
    assert told == [("cus_1", ["cus_8", "cus_9"]), ("cus_1", ["cus_9"])]
    for time in ("08:00", "15:00"):
        at(bank, "2026-12-02", time)
        run_due()
    assert (now().status, now().reason, now().holder_ids) == ("ended", "completed", ["cus_9"])


@pytest.mark.parametrize(("amount", "reads"), [(1000, 0), (100_000, 1)])
def test_refused_attempt_reads_the_account_once_more(bank: SmallBank, amount: int, reads: int) -> None:
    """To know who is told. A payment says so itself."""
    order(bank, amount=amount)
    at(bank, "2026-12-01", "15:00")
    run_due()
    read = [request["Key"]["pk"]["S"] for operation, request in bank.dynamodb.sent if operation == "GetItem"]
    assert sum(key.startswith("ACCOUNT#") for key in read) == reads
