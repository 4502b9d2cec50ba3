"""Standing orders: made, refused, listed, read and ended; and whose they are."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from chalicelib import clock
from chalicelib.domain.accounts.account_number import account_number
from chalicelib.domain.orders import execution
from chalicelib.services.orders import orders
from tests.api.helpers.accounts import closed, frozen, new_key, opened, transfer
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.beneficiaries import saved
from tests.api.helpers.holders import end_holder, put_holder
from tests.api.helpers.orders import PATH, ask, change, day, ordered, read_order, terms
from tests.words import words_of

UNKNOWN = "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV"
PIN: Json = {"pin": "804217"}
Sides = tuple[Json, Json]


@pytest.fixture
def sides(client: Api, customer: User, other_customer: User) -> Sides:
    return opened(client, customer, "100.00"), opened(client, other_customer)


@pytest.fixture
def later(customer: User, sides: Sides, log_in: Callable[[str], User]) -> Iterator[User]:
    """The customer on 1 December 2099: of the days that follow, a test knows which ones are weekends."""
    clock.set_clock(lambda: datetime(2099, 12, 1, 12, tzinfo=UTC))
    yield log_in(customer.email)
    clock.set_clock(None)


def listed(client: Api, user: User, query: str = "") -> list[str]:
    return [one["id"] for one in client.get(f"{PATH}{query}", token=user.token).ok()["data"]]


def test_order_is_made_read_and_listed(client: Api, later: User, sides: Sides) -> None:
    wanted: Json = {"frequency": {"unit": "month", "every": 2, "day": "last"}, "start": "2100-01-31", "count": 3}
    wanted |= {"first_amount": "1.00", "final_amount": "2.00", "memo": "Rent", "business_days": "following"}
    made = ordered(client, later, *sides, **wanted)
    assert {name: made[name] for name in ("status", "amount", "first_amount", "final_amount", "memo", "count")} == {
        "status": "active",
        "amount": "12.50",
        "first_amount": "1.00",
        "final_amount": "2.00",
        "memo": "Rent",
        "count": 3,
    }
    assert made["frequency"] == {"unit": "month", "every": 2, "day": "last", "weekday": None}
    assert made["next"] == [
        {"date": "2100-01-31", "execution_date": "2100-02-01", "amount": "1.00"},
        {"date": "2100-03-31", "execution_date": "2100-03-31", "amount": "12.50"},
        {"date": "2100-05-31", "execution_date": "2100-05-31", "amount": "2.00"},
    ]
    assert read_order(client, later, made) == made
    assert client.get(PATH, token=later.token).ok()["data"] == [made]


def test_preview_lists_dates_and_makes_nothing(client: Api, later: User, sides: Sides) -> None:
    body = terms(*sides, frequency={"unit": "week", "weekday": "friday"}, start="2099-12-21", count=2)
    body |= {"business_days": "preceding"}
    before = items()
    shown = client.post(f"{PATH}?preview=12", body, token=later.token).ok(200)
    assert shown["currency"] == "USD"
    assert shown["dates"] == [
        {"date": "2099-12-25", "execution_date": "2099-12-24", "amount": "12.50"},
        {"date": "2100-01-01", "execution_date": "2099-12-31", "amount": "12.50"},
    ]
    assert items() == before
    client.post(f"{PATH}?preview=121", body, token=later.token).refused(422, "validation_failed")
    client.post(f"{PATH}?preview=1", body | {"amount": "0"}, token=later.token).refused(422, "validation_failed")


def test_preview_of_an_order_of_somebody_elses_account_is_not_found(
    client: Api, other_customer: User, sides: Sides
) -> None:
    client.post(f"{PATH}?preview=1", terms(*sides), token=other_customer.token).refused(404, "not_found")


REFUSED: list[tuple[Json, str]] = [
    ({"start": "2020-01-01"}, "start"),
    ({"start": "2026-13-01"}, "start"),
    ({"frequency": {"unit": "month", "day": 32}}, "frequency.day"),
    ({"frequency": {"unit": "month", "day": 0}}, "frequency.day"),
    ({"frequency": {"unit": "week", "day": 1}}, "frequency"),
    ({"frequency": {"unit": "month", "weekday": "monday"}}, "frequency"),
    ({"frequency": {"unit": "month", "every": 0}}, "frequency.every"),
    ({"frequency": {"unit": "month", "every": 10**18}}, "frequency.every"),
    ({"frequency": {"unit": "minute"}}, "frequency.unit"),
    ({"final_amount": "1.00"}, "final_amount"),
    ({"count": 0}, "count"),
    ({"amount": "0.00"}, "amount"),
    ({"amount": "-1.00"}, "amount"),
    ({"amount": "1.001"}, "amount"),
    ({"amount": "9" * 20}, "amount"),
    ({"amount": "1000000.01"}, "amount"),
    ({"first_amount": "1000000.01"}, "first_amount"),
    ({"business_days": "nearest"}, "business_days"),
]


IN_DAYS: list[tuple[dict[str, int], Json, str]] = [
    ({"start": 366}, {}, "start"),
    ({"start": 9, "end": 8}, {}, "end"),
    ({"end": 9}, {"count": 2}, "body"),
]
"""Dates so many days after the day on which the test runs, which is not always the day on which this is read."""


@pytest.mark.parametrize(("change", "field"), REFUSED, ids=str)
def test_order_that_could_never_run_is_refused(
    client: Api, customer: User, sides: Sides, change: Json, field: str
) -> None:
    refused = ask(client, customer, *sides, **change).refused(422, "validation_failed")
    assert any(name == field or name.startswith(f"{field}.") for name in refused.wrong_fields), refused.wrong_fields
    assert items(type="order") == []


@pytest.mark.parametrize(("dates", "also", "field"), IN_DAYS, ids=str)
def test_order_with_dates_that_do_not_go_together_is_refused(
    client: Api, customer: User, sides: Sides, dates: dict[str, int], also: Json, field: str
) -> None:
    change = also | {name: day(ahead).isoformat() for name, ahead in dates.items()}
    refused = ask(client, customer, *sides, **change).refused(422, "validation_failed")
    assert refused.wrong_fields == [field]
    assert items(type="order") == []


def test_order_that_ends_before_its_first_date_is_refused(client: Api, customer: User, sides: Sides) -> None:
    monthly = {"unit": "month", "day": day(60).day}
    change: Json = {"frequency": monthly, "start": day(61).isoformat(), "end": day(70).isoformat()}
    refused = ask(client, customer, *sides, **change).refused(422, "validation_failed")
    assert "end" in refused.wrong_fields
    assert items(type="order") == []


def test_today_is_refused_once_its_last_attempt_is_over(
    client: Api, customer: User, sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bank's days begin and end by its zone: somewhere it is late already, somewhere it is early."""
    outcomes = {}
    for zone in ("Etc/GMT+11", "Etc/GMT+5", "UTC", "Etc/GMT-5", "Etc/GMT-11"):
        monkeypatch.setenv("BANK_TIMEZONE", zone)
        hour = clock.now().astimezone(ZoneInfo(zone)).hour
        reply = ask(client, customer, *sides, start=day().isoformat())
        if clock.now().astimezone(ZoneInfo(zone)).hour == hour:
            outcomes[hour] = reply.status
        if reply.status == 422:
            assert reply.wrong_fields == ["start"]
    assert outcomes == {hour: 422 if hour >= execution.ATTEMPTS_AT[-1].hour else 201 for hour in outcomes}
    assert set(outcomes.values()) == {201, 422}


def test_accounts_that_cannot_pay_or_be_paid_are_refused(
    client: Api, customer: User, other_customer: User, teller: User, sides: Sides
) -> None:
    payer, payee = sides
    ask(client, customer, payer, payer).refused(422, "same_account")
    own = saved(client, customer, payer)
    body = terms(*sides, beneficiary_id=own["id"])
    del body["to_account_id"]
    client.post(PATH, body, token=customer.token).refused(422, "same_account")
    ask(client, customer, payer, opened(client, other_customer, currency="EUR")).refused(422, "currency_mismatch")
    ask(client, customer, payer, payee, currency="EUR").refused(422, "currency_mismatch")
    ask(client, customer, payer, {"id": UNKNOWN}).refused(404, "not_found")
    ask(client, customer, payer, {"id": "gl.cash.brn_1.USD"}).refused(404, "not_found")
    ask(client, customer, {"id": UNKNOWN}, payee).refused(404, "not_found")
    ask(client, customer, payee, payer).refused(404, "not_found")
    empty = opened(client, customer)
    closed(client, customer, empty)
    ask(client, customer, empty, payee).refused(422, "account_closed")
    ask(client, customer, payer, empty).refused(422, "account_closed")
    frozen(client, teller, payer)
    ask(client, customer, payer, payee).refused(422, "account_frozen")
    assert items(type="order") == []


def test_payee_is_named_in_one_of_three_ways(client: Api, customer: User, sides: Sides) -> None:
    body, (_, payee) = terms(*sides), sides
    del body["to_account_id"]
    client.post(PATH, body, token=customer.token).refused(422, "validation_failed")
    for payee_field in (
        {"to_account_number": payee["account_number"]},
        {"beneficiary_id": saved(client, customer, payee)["id"]},
    ):
        made = client.post(PATH, {**body, **payee_field}, token=customer.token).ok(201)
        assert made["to_account_id"] == payee["id"]
    unknown = {**body, "to_account_number": account_number(1_234_567_890)}
    client.post(PATH, unknown, token=customer.token).refused(404, "not_found")


def test_other_people_s_orders_are_not_there(
    client: Api, customer: User, other_customer: User, new_customer: Callable[[], User], sides: Sides
) -> None:
    """The payee is a stranger, too."""
    order = ordered(client, customer, *sides)
    path = f"{PATH}/{order['id']}"
    for stranger in (other_customer, new_customer()):
        token = stranger.token
        client.get(path, token=token).refused(404, "not_found")
        client.get(f"{path}/executions", token=token).refused(404, "not_found")
        client.patch(path, {"amount": "1.00"}, token=token).refused(404, "not_found")
        client.delete(path, token=token).refused(404, "not_found")
        for how in ("suspend", "resume", "skip"):
            change(client, stranger, order, how).refused(404, "not_found")
        assert listed(client, stranger) == []
        client.get(f"{PATH}?account_id={order['from_account_id']}", token=token).refused(404, "not_found")
        client.get(f"{PATH}?customer_id={customer.customer_id}", token=token).refused(404, "not_found")
    client.get(f"/v1/scheduled-payments/{order['id']}", token=customer.token).refused(404, "not_found")
    assert read_order(client, customer, order) == order


def test_joint_holder_with_the_right_to_pay_makes_and_sees_orders(
    client: Api, customer: User, new_customer: Callable[[], User], teller: User, sides: Sides
) -> None:
    holder, (payer, payee) = new_customer(), sides
    put_holder(client, teller, payer, holder, "view").ok()
    order = ordered(client, customer, payer, payee)
    ask(client, holder, payer, payee).refused(403, "forbidden")
    client.get(f"{PATH}/{order['id']}", token=holder.token).refused(404, "not_found")
    client.get(f"{PATH}?account_id={payer['id']}", token=holder.token).refused(403, "forbidden")
    put_holder(client, teller, payer, holder, "pay").ok()
    own = ordered(client, holder, payer, payee)
    assert listed(client, holder) == [], "the list is the owner's"
    assert listed(client, holder, f"?account_id={payer['id']}") == [own["id"], order["id"]]
    assert listed(client, customer) == [own["id"], order["id"]]
    client.patch(f"{PATH}/{order['id']}", {"memo": "m"}, token=holder.token).ok()
    end_holder(client, customer, payer, holder).ok(204)
    for one in (own, order):
        client.get(f"{PATH}/{one['id']}", token=holder.token).refused(404, "not_found")
        client.delete(f"{PATH}/{one['id']}", token=holder.token).refused(404, "not_found")


def test_staff_order_for_customers_and_list_what_they_name(
    client: Api, customer: User, teller: User, auditor: User, sides: Sides
) -> None:
    order = ordered(client, teller, *sides)
    assert listed(client, customer) == [order["id"]]
    client.get(PATH, token=teller.token).refused(422, "validation_failed")
    for by in (teller, auditor):
        assert listed(client, by, f"?customer_id={customer.customer_id}") == [order["id"]]
        assert listed(client, by, f"?account_id={sides[0]['id']}") == [order["id"]]
    ask(client, auditor, *sides).refused(403, "forbidden")


def test_pin_is_proved_as_for_a_transfer(client: Api, customer: User, teller: User, sides: Sides) -> None:
    client.put(f"/v1/accounts/{sides[0]['id']}/pin", PIN, token=customer.token).ok(204)
    for by in (customer, teller):
        ask(client, by, *sides).refused(422, "pin_required")
        ask(client, by, *sides, pin="8372").refused(422, "pin_incorrect")
    assert items(type="order") == []
    order = ordered(client, customer, *sides, **PIN)
    assert PIN["pin"] not in words_of(f"{order} {items(type='order')}")
    for _ in range(5):
        ask(client, customer, *sides, pin="8372").refused(422, "pin_incorrect")
    ask(client, customer, *sides, **PIN).refused(422, "pin_locked")


def test_unverified_address_makes_no_order(
    client: Api, customer: User, sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_VERIFICATION", "on")
    ask(client, customer, *sides).refused(403, "forbidden")


def test_key_makes_one_order(client: Api, customer: User, sides: Sides) -> None:
    key = new_key()
    first = ask(client, customer, *sides, key=key)
    again = ask(client, customer, *sides, key=key)
    assert first.ok(201) == again.ok(201)
    assert again.headers["Idempotent-Replayed"] == "true"
    ask(client, customer, *sides, key=key, amount="99.00").refused(409, "idempotency_key_reused")
    transfer(client, customer, *sides, "12.50", key=key).refused(409, "idempotency_key_reused")
    assert len(items(type="order")) == 1


def test_customer_has_so_many_open_orders(
    client: Api, customer: User, sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "ORDERS_MAX", 2)
    first, _ = (ordered(client, customer, *sides) for _ in range(2))
    ask(client, customer, *sides).refused(409, "conflict")
    client.delete(f"{PATH}/{first['id']}", token=customer.token).ok()
    ordered(client, customer, *sides)


def test_open_orders_are_listed_before_ended_ones(client: Api, customer: User, sides: Sides) -> None:
    first, second, third = (ordered(client, customer, *sides) for _ in range(3))
    ended = client.delete(f"{PATH}/{third['id']}", token=customer.token).ok()
    assert (ended["status"], ended["next"]) == ("cancelled", [])
    change(client, customer, first, "suspend").ok()
    assert listed(client, customer) == [second["id"], first["id"], third["id"]]
    assert listed(client, customer, "?status=active") == [second["id"]]
    assert listed(client, customer, "?status=suspended") == [first["id"]]
    assert listed(client, customer, "?status=cancelled") == [third["id"]]
    assert listed(client, customer, "?status=ended") == []


def test_ended_order_stays_ended(client: Api, customer: User, sides: Sides) -> None:
    order = ordered(client, customer, *sides)
    path = f"{PATH}/{order['id']}"
    first, again = (client.delete(path, token=customer.token).ok() for _ in range(2))
    assert first == again
    client.patch(path, {"amount": "1.00"}, token=customer.token).refused(409, "conflict")
    for how in ("suspend", "resume", "skip"):
        change(client, customer, order, how).refused(409, "conflict")
    [item] = items(type="order")
    assert "gsi2pk" not in item, "nothing of it is due"


def test_coming_payments_are_in_the_list_of_executions(client: Api, later: User, sides: Sides) -> None:
    order = ordered(client, later, *sides, start="2100-01-01", count=2, business_days="following")
    page = client.get(f"{PATH}/{order['id']}/executions", token=later.token).ok()
    assert [(one["date"], one["execution_date"], one["status"]) for one in page["data"]] == [
        ("2100-02-01", "2100-02-01", "scheduled"),
        ("2100-01-01", "2100-01-04", "scheduled"),
    ]
    change(client, later, order, "skip", date="2100-01-01").ok()
    page = client.get(f"{PATH}/{order['id']}/executions?limit=1", token=later.token).ok()
    assert [(one["date"], one["status"], one["reason"]) for one in page["data"]] == [
        ("2100-01-01", "skipped", "skipped_by_customer")
    ]
