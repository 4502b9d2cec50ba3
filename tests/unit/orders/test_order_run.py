"""The daily run of orders: each date is paid once, or failed or skipped for a reason, whatever dies or comes twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.orders import execution
from chalicelib.domain.risk.thresholds import STANDARD, Rule
from chalicelib.models import transact
from chalicelib.models.accounts import account as account_model
from chalicelib.models.accounts.account import Account
from chalicelib.models.orders import order as order_model
from chalicelib.models.orders.order import Order
from chalicelib.models.risk.thresholds import ALL_THRESHOLDS, CURRENT, RiskThresholds
from chalicelib.models.scheduled_runs import run as run_model
from chalicelib.services.orders import run
from chalicelib.services.orders.executions import outcomes_of
from chalicelib.services.scheduled_runs import runs, steps
from tests.fake_dynamodb.tables import Request
from tests.fake_dynamodb.wire import WRITE, Answer, after, refused, served
from tests.order_runs import (
    OneAtATime,
    counts,
    executions,
    failures,
    made,
    outcomes,
    run_due,
    step,
    stored,
    work_on,
)
from tests.small_bank import NOON_TEXT, A, B, SmallBank, customer, staff

ORDER = "sto_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"
OTHER = "sto_01KAK4XJ7M4Q9V0C2T5R8W3Y70"
FIRST = datetime(2026, 12, 1, 0, 5, tzinfo=UTC)
"""A Tuesday."""


@pytest.fixture(autouse=True)
def people(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """One partition, a payer with 100.00 and a payee with nothing, at the first attempt of 1 December."""
    for module in (account_model, order_model, run_model, steps, runs):
        monkeypatch.setattr(module, "SHARDS", 1)
    bank.open(A, 10_000)
    bank.open(B, owner=2)
    bank.user(customer())
    bank.now = FIRST


def order(bank: SmallBank, order_id: str = ORDER, **fields: Any) -> Order:
    """Store an order of 10.00 a month from 1 December on."""
    given = {"from_account_id": A, "to_account_id": B, "start": "2026-12-01"} | fields
    one = made(order_id, **given).stamp(customer(), bank.now)
    bank.put(one)
    return one


def now(order_id: str = ORDER) -> Order:
    found = Order.by_id(order_id)
    assert found
    return found


def change(bank: SmallBank, **fields: Any) -> None:
    """Change the order as its customer does."""
    transact.commit([now().change(fields, customer(), NOON_TEXT)], "req_edit")


def have(bank: SmallBank, balance: int) -> None:
    """Give the payer another balance."""
    account = bank.account(A)
    bank.put(
        Account.new(
            A, "current", "USD", customer_id="cus_1", balance=balance, ledger_version=account.ledger_version + 1
        ).stamp(staff(), bank.now)
    )


def paid(bank: SmallBank) -> int:
    return bank.account(B).balance


def at(bank: SmallBank, day: str, time: str = "00:05") -> None:
    bank.now = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC)


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


def test_occurrence_that_was_paid_before_a_long_outage_is_not_skipped(bank: SmallBank) -> None:
    order(bank)
    bank.dynamodb.next(WRITE, served, served, die)
    with pytest.raises(Killed):
        run_due()
    at(bank, "2026-12-20")
    run_due()
    assert (outcomes(ORDER), paid(bank)) == ([("2026-12-01", "posted", None)], 1000)


class Killed(BaseException):
    """The end of a process: no code handles it."""


def die(answer: Callable[[], Answer], request: Request) -> Answer:
    """End the process instead of sending a request."""
    raise Killed


def test_death_at_any_request_pays_once_and_counts_right(bank: SmallBank) -> None:
    """Three orders; the process dies just after the n-th request, which is just before the next one, for every n."""
    order(bank, amount=100)
    order(bank, OTHER, amount=200)
    order(bank, OTHER[:-1] + "1", amount=100_000)
    whole = {name: dict(table.items) for name, table in bank.dynamodb.tables.tables.items()}
    deaths = 0
    for number in range(1, 100):
        for name, table in bank.dynamodb.tables.tables.items():
            table.items.clear()
            table.items.update(whole[name])
        bank.now = FIRST
        if not dies(bank, number):
            break
        deaths += 1
        bank.now += timedelta(minutes=16)
        run_due()
        assert counts("2026-12-01") == {"posted": 2, "retried": 1}, number
        assert stored("2026-12-01").totals == {"USD": 300}
        assert (paid(bank), outcomes(ORDER)) == (300, [("2026-12-01", "posted", None)])
        assert [len(executions(one)) for one in (ORDER, OTHER, OTHER[:-1] + "1")] == [1, 1, 1]
    assert deaths > 20


def dies(bank: SmallBank, number: int) -> bool:
    """Let a run die just after its n-th request. Return whether it had so many."""
    seen = 0
    serve = bank.dynamodb.tables.call

    def call(operation: str, request: Request) -> Answer:
        nonlocal seen
        seen += 1
        answer: Answer = serve(operation, request)
        if seen == number:
            raise Killed
        return answer

    bank.dynamodb.tables.call = call  # type: ignore[method-assign]
    try:
        run_due()
    except Killed:
        return True
    finally:
        bank.dynamodb.tables.call = serve  # type: ignore[method-assign]
    return False


@pytest.mark.parametrize("write", range(1, 6))
def test_second_scheduler_at_any_write_pays_once(bank: SmallBank, write: int) -> None:
    order(bank)
    order(bank, OTHER)

    def second() -> None:
        opened = step("open", {"period": "2026-12-01"}, "second")
        work_on(opened, "second")

    bank.dynamodb.next(WRITE, *[served] * (write - 1), after(second))
    run_due()
    assert paid(bank) == 2000
    assert counts("2026-12-01") == {"posted": 2}
    assert [outcomes(one) for one in (ORDER, OTHER)] == [[("2026-12-01", "posted", None)]] * 2


@pytest.mark.parametrize(
    "fields", [{"status": "cancelled", "next_date": None, "next_attempt_at": None}, {"status": "suspended"}]
)
def test_order_that_is_stopped_before_its_payment_pays_nothing(bank: SmallBank, fields: dict[str, Any]) -> None:
    order(bank)
    bank.dynamodb.next(WRITE, served, after(lambda: change(bank, **fields)))
    run_due()
    assert (paid(bank), outcomes(ORDER), now().status) == (0, [], fields["status"])


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "cancelled", "next_date": None, "next_attempt_at": None},
        {"status": "suspended"},
        {"amount": 77},
        {"next_date": "2027-02-01", "next_attempt_at": "2027-02-01T00:05:00.000000Z"},
    ],
)
def test_payment_is_on_record_although_the_order_was_changed_just_after(
    bank: SmallBank, fields: dict[str, Any]
) -> None:
    order(bank)
    bank.dynamodb.next(WRITE, served, served, after(lambda: change(bank, **fields)))
    run_due()
    assert (paid(bank), outcomes(ORDER)) == (1000, [("2026-12-01", "posted", None)])
    assert executions(ORDER)[0].amount == 1000
    assert now().status == fields.get("status", "active")
    at(bank, "2026-12-01", "08:00")
    run_due()
    assert paid(bank) == 1000


def test_order_that_cannot_be_worked_on_stops_no_other(bank: SmallBank) -> None:
    order(bank, next_date="2026-12-02", next_attempt_at="2026-12-01T00:05:00.000000Z")
    order(bank, OTHER)
    run_due()
    assert (counts("2026-12-01"), paid(bank)) == ({"posted": 1, "errors": 1}, 1000)
    [(order_id, reason)] = failures("2026-12-01")
    assert (order_id, reason.partition(":")[0]) == (ORDER, "LookupError")
    at(bank, "2026-12-01", "08:00")
    run_due()
    assert counts("2026-12-01") == {"posted": 1, "errors": 2}, "it stays due, and is looked at in every attempt"


def test_order_that_others_never_stop_changing_stops_no_other(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 3)
    order(bank)
    order(bank, OTHER)
    write = transact.write

    def unless_edited(actions: list[Any]) -> None:
        keys = [(one.get("Key") or one["Item"])["pk"]["S"] for action in actions for one in action.values()]
        if f"ORDER#{ORDER}" in keys:
            raise transact.Cancelled([transact.Reason("TransactionConflict")] * len(actions))
        write(actions)

    monkeypatch.setattr(transact, "write", unless_edited)
    run_due()
    assert (counts("2026-12-01"), paid(bank)) == ({"posted": 1, "errors": 1}, 1000)
    assert failures("2026-12-01")[0][1].startswith("contention")


def test_infrastructure_that_fails_stops_the_page_and_nobody_has_failed(bank: SmallBank) -> None:
    order(bank)
    bank.dynamodb.from_now_on("BatchGetItem", refused("InternalServerError"))
    with pytest.raises(Unavailable):
        run_due()
    assert outcomes(ORDER) == []
    bank.dynamodb.from_now_on("BatchGetItem", served)
    at(bank, "2026-12-01", "00:30")
    run_due()
    assert (counts("2026-12-01"), paid(bank)) == ({"posted": 1}, 1000)


def test_invocation_with_little_time_goes_on_where_the_last_one_stopped(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "ORDERS_AT_ONCE", 2)
    names = [OTHER[:-1] + one for one in "12345"]
    for name in names:
        order(bank, name)
    assert run_due(OneAtATime())["status"] == "completed"
    assert (counts("2026-12-01"), paid(bank)) == ({"posted": 5}, 5000)


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


# Public reports of other software, as cases of the run: tests/unit/orders/test_recurrence.py has those of dates.


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


def foreseen(bank: SmallBank) -> list[tuple[str, int]]:
    """Return the shortfalls that were foreseen: days, with what is missing."""
    items = [item for (_, sk), item in bank.dynamodb.table("bank").items.items() if sk.startswith("SHORTFALL#")]
    return sorted((item["date"]["S"], int(item["missing"]["N"])) for item in items)


def test_first_run_of_a_day_warns_of_shortfalls_three_days_ahead(bank: SmallBank) -> None:
    order(bank, start="2026-12-04", amount=12_000)
    at(bank, "2026-11-30")
    run_due()
    assert foreseen(bank) == [], "four days ahead"
    at(bank, "2026-12-01")
    run_due()
    assert foreseen(bank) == [("2026-12-04", 2_000)]
    for day in ("2026-12-02", "2026-12-03"):
        at(bank, day)
        run_due()
    assert (foreseen(bank), counts("2026-12-03"), paid(bank)) == ([("2026-12-04", 2_000)], {}, 0)


def test_daily_order_is_warned_of_once_for_each_day(bank: SmallBank) -> None:
    order(bank, unit="day", amount=4_000)
    run_due()
    assert (paid(bank), foreseen(bank)) == (4_000, [("2026-12-03", 2_000)])
    at(bank, "2026-12-02")
    run_due()
    assert (paid(bank), foreseen(bank)) == (8_000, [("2026-12-03", 2_000)])


def test_later_runs_of_a_day_do_not_look_ahead(bank: SmallBank) -> None:
    run_due()
    order(bank, start="2026-12-02", amount=12_000)
    at(bank, "2026-12-01", "08:00")
    run_due()
    assert foreseen(bank) == []
