"""The step of an order to its next occurrence."""

from datetime import date
from typing import Any

import pytest

from chalicelib.domain import permissions
from chalicelib.models.orders.order import Order
from chalicelib.services.orders.next_occurrence import first_attempt_at, next_values

ORDER_ID = "sto_01M8HVDQSSD38X28KMRS24RDH3"
CALLER = permissions.system("test")
DAYS = ((4, 30), (5, 1), (5, 2))
AT = "2026-01-01T00:00:00.000000Z"


def order(**fields: Any) -> Order:
    monthly = {"unit": "month", "every": 1, "start": "2026-01-31", "business_days": "none"}
    whose = {"customer_id": "cus_1", "made_by": "usr_1", "from_account_id": "acc_1", "to_account_id": "acc_2"}
    return Order(
        *Order.key(ORDER_ID),
        id=ORDER_ID,
        kind="standing_order",
        currency="EUR",
        amount=100,
        version=3,
        **{**whose, **monthly, **fields},
    )


def test_next_occurrence_keeps_the_day_that_was_asked_for() -> None:
    dates = [next_values(order(), date.fromisoformat(after))["next_date"] for after in ("2026-01-31", "2026-02-28")]
    assert dates == ["2026-02-28", "2026-03-31"]


def test_next_attempt_is_the_first_of_the_execution_day_in_the_banks_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_TIMEZONE", "Asia/Kolkata")
    values = next_values(order(business_days="following"), date(2026, 1, 31))
    assert values == {"next_date": "2026-02-28", "next_attempt_at": "2026-03-01T18:35:00.000000Z"}


def test_occurrence_that_is_moved_before_the_one_it_follows_does_not_hide_it() -> None:
    """1 May 2026 is a closing day and 2 May a Saturday: by the rule `preceding` both are paid on 30 April."""
    daily = order(unit="day", start="2026-04-30", business_days="preceding")
    seen = [
        (values["next_date"], values["next_attempt_at"][:10])
        for values in (next_values(daily, date(2026, *day)) for day in DAYS)
    ]
    assert seen == [("2026-05-01", "2026-04-30"), ("2026-05-02", "2026-04-30"), ("2026-05-03", "2026-04-30")]


def test_order_whose_last_occurrence_is_over_ends() -> None:
    over = {"next_date": None, "next_attempt_at": None, "status": "ended", "reason": "completed"}
    assert next_values(order(times=1), date(2026, 1, 31)) == over
    assert next_values(order(end="2026-02-27"), date(2026, 1, 31)) == over


def test_day_before_the_start_leads_to_the_first_occurrence() -> None:
    assert next_values(order(), date(2025, 12, 1))["next_date"] == "2026-01-31"


def test_change_moves_the_place_of_the_order_in_the_lists() -> None:
    one = order(next_date="2026-01-31", next_attempt_at=first_attempt_at(order(), date(2026, 1, 31)))
    action = one.change(next_values(one, date(2026, 1, 31)), CALLER, AT)["Update"]
    values = [next(iter(value.values())) for value in action["ExpressionAttributeValues"].values()]
    assert f"2026-02-28T00:05:00.000000Z#{ORDER_ID}" in values
    assert "3" in values, "the version that was read is the condition"
    assert one.next_date == "2026-02-28"


def test_order_that_has_ended_is_not_listed_as_due() -> None:
    one = order(times=1, next_date="2026-01-31", next_attempt_at=first_attempt_at(order(), date(2026, 1, 31)))
    one.change(next_values(one, date(2026, 1, 31)), CALLER, AT)
    assert (one.index_values()["gsi2pk"], one.index_values()["gsi2sk"]) == (None, None)
