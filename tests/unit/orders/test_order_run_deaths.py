"""The daily run of orders, killed, doubled or stopped at any moment: each date is paid once and counted right."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.models import transact
from chalicelib.services.orders import run
from tests.fake_dynamodb.tables import Request
from tests.fake_dynamodb.wire import WRITE, Answer, after, refused, served
from tests.order_runs import (
    OneAtATime,
    counts,
    executions,
    failures,
    outcomes,
    run_due,
    step,
    stored,
    work_on,
)
from tests.small_bank import SmallBank
from tests.unit.orders.due_orders import FIRST, ORDER, OTHER, at, change, now, order, paid, prepare_people


@pytest.fixture(autouse=True)
def people(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_people(bank, monkeypatch)


class Killed(BaseException):
    """The end of a process: no code handles it."""


def die(answer: Callable[[], Answer], request: Request) -> Answer:
    """End the process instead of sending a request."""
    raise Killed


def test_occurrence_that_was_paid_before_a_long_outage_is_not_skipped(bank: SmallBank) -> None:
    order(bank)
    bank.dynamodb.next(WRITE, served, served, die)
    with pytest.raises(Killed):
        run_due()
    at(bank, "2026-12-20")
    run_due()
    assert (outcomes(ORDER), paid(bank)) == ([("2026-12-01", "posted", None)], 1000)


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
