"""The first run of a day warns of payments that the account cannot make in the next days."""

import pytest

from tests.order_runs import (
    counts,
    run_due,
)
from tests.small_bank import SmallBank
from tests.unit.orders.due_orders import at, order, paid, prepare_people


@pytest.fixture(autouse=True)
def people(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare_people(bank, monkeypatch)


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
