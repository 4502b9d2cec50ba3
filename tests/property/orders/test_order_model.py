"""Random orders over five years with crashes, double schedulers and outages, against dates by other means.

`EXAMPLES=5000 SEED=7` tries more orders, or others.
"""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.orders import execution
from chalicelib.domain.orders.amounts import OrderAmounts
from chalicelib.domain.orders.business_calendar import BusinessDayRule
from chalicelib.domain.orders.execution import ATTEMPTS_AT, FAILURES_IN_A_ROW_MAX, LATE_MAX
from chalicelib.domain.orders.recurrence import Frequency, Schedule, Unit
from tests.property.orders.simulated_run import (
    Bank,
    ConditionFailed,
    Refusals,
    Slot,
    StoredExecution,
    attempt,
    placed,
)
from tests.unit.orders import date_oracle

ORDERS = int(os.environ.get("EXAMPLES") or 500)
SEED = int(os.environ.get("SEED") or 0)
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
FAR = date(2046, 1, 1)
DAYS = (END - BEGIN).days
ALL_DAYS = [BEGIN.date() + timedelta(days=number) for number in range(DAYS)]
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/Havana", "Asia/Beirut")]
"""Where clocks skip and repeat midnight, too."""
MOST_EVERY: dict[Unit, int] = {"day": 60, "week": 8, "month": 12, "year": 2}
CODES = ("insufficient_funds", "limit_exceeded", "account_frozen")
FATAL = ("payee_closed", "payer_closed")


def random_schedule(chance: Random) -> Schedule:
    unit: Unit = chance.choice(get_args(Unit))
    start = BEGIN.date() + timedelta(days=chance.randrange(DAYS // 2))
    frequency = Frequency(
        unit,
        chance.randint(1, MOST_EVERY[unit]),
        day=chance.choice([None, 1, 15, 28, 29, 30, 31]) if unit in ("month", "year") else None,
        weekday=chance.choice([None, *range(7)]) if unit == "week" else None,
    )
    end = start + timedelta(days=chance.randrange(DAYS)) if chance.random() < 0.2 else None
    times = chance.randint(1, 40) if end is None and chance.random() < 0.3 else None
    return Schedule(start, frequency, end, times, chance.choice(get_args(BusinessDayRule)))


def random_refusals(chance: Random, rate: float) -> Refusals:
    refused = {day: chance.choice(CODES) for day in chance.sample(ALL_DAYS, int(DAYS * rate))}
    if chance.random() < 0.05:
        refused[chance.choice(ALL_DAYS)] = chance.choice(FATAL)
    return Refusals(refused, frozenset(chance.sample(ALL_DAYS, int(DAYS * rate))))


def moments(bank: Bank, chance: Random) -> Iterator[datetime]:
    """When schedulers look: within an hour of what is due, or after an outage of up to six weeks."""
    now = BEGIN
    while bank.order.next_attempt_at is not None:
        late = timedelta(days=42 * chance.random()) if chance.random() < 0.03 else timedelta(hours=chance.random())
        now = max(now, bank.order.next_attempt_at) + late
        if now >= END:
            return
        yield now


def run(bank: Bank, chance: Random) -> int:
    """Let schedulers work for five years; the customer resumes a suspended order days later. Returns the crashes."""
    crashes = 0
    for now in moments(bank, chance):
        if bank.order.status == "suspended":
            bank.resume(now + timedelta(days=chance.randrange(40)))
            continue
        working = [attempt(bank, now) for _ in range(chance.choice([1, 1, 2, 3]))]
        while working:
            one = chance.choice(working)
            if chance.random() < 0.05:
                working.remove(one)
                crashes += 1
                continue
            try:
                next(one)
            except (StopIteration, ConditionFailed):
                working.remove(one)
    return crashes


def amount_of(schedule: Schedule, amounts: OrderAmounts, wanted: list[date], day: date) -> int:
    """The amount of a date, by its place among all dates."""
    if amounts.first is not None and day == wanted[0]:
        return amounts.first
    is_over = schedule.end is not None or (schedule.times is not None and len(wanted) == schedule.times)
    return amounts.final if amounts.final is not None and is_over and day == wanted[-1] else amounts.regular


def check(bank: Bank, amounts: OrderAmounts) -> None:
    """Every date that was due has one execution with a reason, and money moved for those that say so."""
    order, schedule = bank.order, bank.order.schedule
    is_bounded = schedule.end is not None or schedule.times is not None
    wanted = date_oracle.dates(schedule, FAR if is_bounded else END.date() + timedelta(days=800))
    assert order.next_date is None or order.next_date in wanted
    assert bank.executions.keys() <= set(wanted)
    for day in (one for one in wanted if order.next_date is None or one < order.next_date):
        found, slot = bank.executions.get(day), bank.ledger.get(execution.transaction_id(order.id, day))
        if found is None or slot is None:
            assert (found, slot) == (None, None), "nothing moves for a date that was left out"
            assert was_not_active(bank, day), day
        else:
            check_execution(bank, day, found, slot)
            if slot.status == "posted":
                assert slot.amount == amount_of(schedule, amounts, wanted, day)
    posted = {name for name, slot in bank.ledger.items() if slot.status == "posted"}
    told = {execution.transaction_id(order.id, day) for day, one in bank.executions.items() if one.status == "posted"}
    unwritten = {execution.transaction_id(order.id, order.next_date)} if order.next_date else set()
    assert told <= posted <= told | unwritten, "one may be posted whose outcome is not written yet"


def check_execution(bank: Bank, day: date, found: StoredExecution, slot: Slot) -> None:
    """An execution says what the ledger says, and comes on its day, or at most five business days late."""
    due = date_oracle.execution_day(bank.order.schedule, day)
    decided = slot.at.astimezone(bank.zone)
    assert decided >= datetime.combine(due, ATTEMPTS_AT[0], tzinfo=bank.zone), "never before its day"
    late = date_oracle.business_days_late(due, decided.date())
    match found.status:
        case "posted":
            assert (slot.status, late <= LATE_MAX) == ("posted", True)
        case "failed":
            assert (slot.status, late <= LATE_MAX, found.reason) == ("failed", True, slot.code)
        case status:
            assert (status, slot.status, found.reason, late > LATE_MAX) == ("skipped", "closed", "too_late", True)


def was_not_active(bank: Bank, day: date) -> bool:
    """Whether an order was suspended, or had ended, when a date was due."""
    statuses = [status for after, status in bank.history if after < day]
    return bool(statuses) and statuses[-1] != "active"


def test_each_date_is_executed_once_or_left_out_for_a_named_reason() -> None:
    statuses: dict[str, int] = {}
    crashes = 0
    for number in range(ORDERS):
        chance = Random(SEED * 1_000_003 + number)
        schedule = random_schedule(chance)
        if not date_oracle.dates(schedule, END.date() + timedelta(days=800)):
            assert next(schedule.occurrences(), None) is None, number
            continue
        final = 333 if schedule.end or schedule.times else None
        amounts = OrderAmounts(100, chance.choice([None, 777]), final)
        zone = chance.choice(ZONES)
        refusals = random_refusals(chance, chance.choice([0.0, 0.02, 0.3]))
        bank = Bank(zone, placed(f"sto_{number}", schedule, amounts, zone), refusals)
        crashes += run(bank, chance)
        try:
            check(bank, amounts)
        except AssertionError as error:
            raise AssertionError(f"SEED={SEED}, order {number}: {schedule}") from error
        for found in bank.executions.values():
            statuses[found.status] = statuses.get(found.status, 0) + 1
        statuses["suspended"] = statuses.get("suspended", 0) + any(status == "suspended" for _, status in bank.history)
    assert crashes > ORDERS, "the run was disturbed"
    assert all(statuses[name] > ORDERS // 20 for name in ("posted", "failed", "skipped", "suspended")), statuses


def test_a_crash_after_a_payment_is_no_reason_to_skip_it() -> None:
    """The outcome is written weeks later: what is too late to be paid has been paid."""
    schedule = Schedule(date(2026, 3, 2), Frequency("month"))
    bank = Bank(ZONES[0], placed("sto_x", schedule, OrderAmounts(100), ZONES[0]), Refusals({}, frozenset()))
    crashed = attempt(bank, datetime(2026, 3, 2, 1, tzinfo=UTC))
    next(crashed)
    next(crashed)
    assert not bank.executions
    list(attempt(bank, datetime(2026, 3, 30, 1, tzinfo=UTC)))
    assert bank.executions[date(2026, 3, 2)].status == "posted"
    assert len(bank.ledger) == 1


def test_two_schedulers_that_read_the_same_order_pay_it_once() -> None:
    schedule = Schedule(date(2026, 3, 2), Frequency("month"))
    bank = Bank(ZONES[0], placed("sto_x", schedule, OrderAmounts(100), ZONES[0]), Refusals({}, frozenset()))
    now = datetime(2026, 3, 2, 1, tzinfo=UTC)
    first, second = attempt(bank, now), attempt(bank, now)
    next(first)
    next(second)
    list(first)
    with pytest.raises(ConditionFailed):
        list(second)
    assert [slot.status for slot in bank.ledger.values()] == ["posted"]
    assert [one.status for one in bank.executions.values()] == ["posted"]


def test_three_failed_dates_suspend_and_the_customer_may_resume() -> None:
    days = {date(2026, 3, 2) + timedelta(days=number): "account_frozen" for number in range(3)}
    bank = Bank(
        ZONES[0],
        placed("sto_x", Schedule(date(2026, 3, 2), Frequency("day")), OrderAmounts(100), ZONES[0]),
        Refusals(days, frozenset()),
    )
    for day in days:
        list(attempt(bank, datetime(day.year, day.month, day.day, 1, tzinfo=UTC)))
    assert (bank.order.status, bank.order.failures) == ("suspended", FAILURES_IN_A_ROW_MAX)
    bank.resume(datetime(2026, 3, 10, 1, tzinfo=UTC))
    assert (bank.order.status, bank.order.next_date, bank.order.failures) == ("active", date(2026, 3, 10), 0)
