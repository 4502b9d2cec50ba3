"""What an account will look like: what each person is told of it, and that it comes true."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib import clock
from chalicelib.services.orders import forecasts
from tests.api.helpers.accounts import closed, deposit, opened, transfer
from tests.api.helpers.bank import Api, Json, User, counted_calls
from tests.api.helpers.holders import end_holder, put_holder
from tests.api.helpers.interest import World
from tests.api.helpers.planted_orders import planted
from tests.api.helpers.risk import held_by_hand


def day(number: int) -> str:
    """One of the bank's days, counted from today."""
    return (clock.now().date() + timedelta(days=number)).isoformat()


def forecast(client: Api, user: User, account: Json, query: str = "") -> Json:
    found: Json = client.get(f"/v1/accounts/{account['id']}/forecast?{query}", token=user.token).ok()
    return found


def items_of(found: Json) -> list[tuple[str, str, str, str]]:
    return [
        (one["date"], item["kind"], item["direction"], item["amount"]) for one in found["days"] for item in one["items"]
    ]


def test_days_of_a_quiet_account_have_its_balance(client: Api, customer: User) -> None:
    found = forecast(client, customer, opened(client, customer, "10.00"))
    assert len(found["days"]) == 35
    assert [found["days"][0]["date"], found["days"][-1]["date"]] == [day(0), day(34)]
    assert {one["balance"] for one in found["days"]} == {"10.00"}
    assert (found["balance"], found["shortfall_on"], found["interest_included"]) == ("10.00", None, True)


def test_orders_out_and_in_are_listed_day_by_day(client: Api, customer: User, other_customer: User) -> None:
    account, second = opened(client, customer, "10.00"), opened(client, customer)
    payee = opened(client, other_customer)
    rent = planted(customer, account, payee["id"], 700, day(2), unit="week", times=3, final_amount=900)
    once = planted(customer, account, payee["id"], 50, day(2), times=1)
    planted(customer, second, account["id"], 200, day(9), unit="year")
    found = forecast(client, customer, account, "days=20")
    assert items_of(found) == [
        (day(2), "scheduled_payment", "out", "0.50"),
        (day(2), "standing_order", "out", "7.00"),
        (day(9), "standing_order", "out", "7.00"),
        (day(9), "standing_order", "in", "2.00"),
        (day(16), "standing_order", "out", "9.00"),
    ]
    assert {item["order_id"] for item in found["days"][2]["items"]} == {rent.id, once.id}
    assert [found["days"][number]["balance"] for number in (1, 2, 9, 16)] == ["10.00", "2.50", "-2.50", "-11.50"]
    assert (found["shortfall_on"], found["missing"]) == (day(9), "4.50")


def test_a_stranger_s_plans_to_pay_the_account_are_not_told(client: Api, customer: User, other_customer: User) -> None:
    account, theirs = opened(client, customer), opened(client, other_customer, "10.00")
    planted(other_customer, theirs, account["id"], 500, day(1))
    assert items_of(forecast(client, customer, account)) == []


def test_a_joint_holder_sees_what_leaves_and_not_what_comes_from_accounts_of_the_owner_alone(
    client: Api, customer: User, other_customer: User, teller: User
) -> None:
    account, private = opened(client, customer, "10.00"), opened(client, customer, "90.00")
    put_holder(client, teller, account, other_customer, "view").ok()
    planted(customer, private, account["id"], 500, day(1))
    planted(customer, account, private["id"], 100, day(2))
    assert [item[1:] for item in items_of(forecast(client, other_customer, account, "days=5"))] == [
        ("standing_order", "out", "1.00")
    ]
    assert len(items_of(forecast(client, customer, account, "days=5"))) == 2
    end_holder(client, customer, account, other_customer).ok(204)
    client.get(f"/v1/accounts/{account['id']}/forecast", token=other_customer.token).refused(404, "not_found")


def test_staff_and_auditors_see_the_whole_forecast(client: Api, customer: User, teller: User, auditor: User) -> None:
    account, second = opened(client, customer, "10.00"), opened(client, customer, "10.00")
    planted(customer, second, account["id"], 500, day(1))
    for one in (teller, auditor):
        assert len(items_of(forecast(client, one, account, "days=5"))) == 1


def test_other_people_s_accounts_are_unknown(client: Api, customer: User, other_customer: User) -> None:
    account = opened(client, customer)
    client.get(f"/v1/accounts/{account['id']}/forecast", token=other_customer.token).refused(404, "not_found")
    client.get("/v1/accounts/acc_none/forecast", token=customer.token).refused(404, "not_found")


@pytest.mark.parametrize("days", ["0", "93", "-1", "1.5", "many", ""])
def test_days_out_of_bounds_are_refused(client: Api, customer: User, days: str) -> None:
    account = opened(client, customer)
    client.get(f"/v1/accounts/{account['id']}/forecast?days={days}", token=customer.token).refused(
        422, "validation_failed"
    )


@pytest.mark.parametrize("status", ["suspended", "ended", "cancelled"])
def test_orders_that_do_not_pay_are_left_out(client: Api, customer: User, status: str) -> None:
    account, second = opened(client, customer, "10.00"), opened(client, customer)
    planted(customer, account, second["id"], 100, day(1), status=status)
    assert items_of(forecast(client, customer, account)) == []


def test_a_date_that_is_overdue_comes_today(client: Api, customer: User) -> None:
    account, second = opened(client, customer, "10.00"), opened(client, customer)
    planted(customer, account, second["id"], 100, day(-2), times=1)
    assert items_of(forecast(client, customer, account)) == [(day(0), "scheduled_payment", "out", "1.00")]


def test_what_is_held_leaves_today(client: Api, customer: User) -> None:
    account, second = opened(client, customer, "10.00"), opened(client, customer)
    held_by_hand(customer, account, second)
    found = forecast(client, customer, account, "days=1")
    [(_, kind, direction, amount)] = items_of(found)
    assert (kind, direction) == ("pending", "out")
    assert float(found["balance"]) - float(amount) == float(found["days"][0]["balance"])


def test_the_bank_s_calendar_moves_payments(client: Api, customer: User) -> None:
    account, second = opened(client, customer, "10.00"), opened(client, customer)
    saturday = clock.now().date() + timedelta(days=(5 - clock.now().date().weekday()) % 7 + 70)
    monday = (saturday + timedelta(days=2)).isoformat()
    planted(customer, account, second["id"], 100, saturday.isoformat(), business_days="following", times=1)
    assert [item[0] for item in items_of(forecast(client, customer, account, "days=92"))] == [monday]


def test_expected_interest_is_what_is_credited(
    client: Api, customer: User, manager: User, log_in: Callable[[str], User]
) -> None:
    world = World(client, customer, manager, log_in)
    world.at("2027-01-01")
    account, second = world.savings("10000.00"), world.savings()
    world.at("2027-01-15")
    deposit(client, world.customer, account, "5000.00").ok(201)
    planted(world.customer, account, second["id"], 300_000, "2027-01-20", times=1)
    found = forecast(client, world.customer, account, "days=50")
    expected = [(item[0], item[3]) for item in items_of(found) if item[1] == "interest"]
    assert [item[0] for item in expected] == ["2027-02-01", "2027-03-01"]
    credited = []
    for moment in ("2027-01-20", "2027-02-01", "2027-03-01"):
        world.at(moment)
        if moment == "2027-01-20":
            transfer(client, world.customer, account, second, "3000.00").ok(201)
        else:
            credited.append((moment, world.apply(account).ok(201)["amount"]))
    assert credited == expected
    clock.set_clock(None)


def test_an_account_with_too_many_entries_has_a_forecast_without_interest(
    client: Api, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = opened(client, customer, "10.00", type="savings")
    deposit(client, customer, account, "1.00").ok(201)
    monkeypatch.setattr(forecasts, "ENTRIES_MAX", 2)
    assert forecast(client, customer, account)["interest_included"] is True
    monkeypatch.setattr(forecasts, "ENTRIES_MAX", 1)
    assert forecast(client, customer, account, "days=92")["interest_included"] is False


def test_a_closed_account_has_nothing_to_come(client: Api, customer: User) -> None:
    account = opened(client, customer)
    closed(client, customer, account)
    found = forecast(client, customer, account)
    assert (items_of(found), found["shortfall_on"]) == ([], None)


def test_a_hundred_orders_cost_one_read_more(client: Api, customer: User) -> None:
    account, second = opened(client, customer, "10.00"), opened(client, customer)
    for _ in range(100):
        planted(customer, account, second["id"], 1, day(1), unit="day")
    with counted_calls() as calls:
        found = forecast(client, customer, account, "days=92")
    assert len(items_of(found)) == 9_100
    assert (calls["BatchGetItem"], calls["Query"]) == (1, 4)
