"""Payments on a date: a transfer with `execution_date`."""

from collections.abc import Callable
from datetime import date

import pytest

from chalicelib.models.orders.order import Order
from chalicelib.services.orders import payment
from tests.api.helpers.accounts import balance, closed, new_key, opened, transfer
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.holders import put_holder
from tests.api.helpers.orders import PATH, PAYMENTS, TRANSFER, dated, day, ordered

PIN: Json = {"pin": "8371"}
Sides = tuple[Json, Json]


@pytest.fixture
def sides(client: Api, customer: User, other_customer: User) -> Sides:
    return opened(client, customer, "100.00"), opened(client, other_customer)


def listed(client: Api, user: User, query: str = "") -> list[Json]:
    return list(client.get(f"{PAYMENTS}{query}", token=user.token).ok()["data"])


def pay(order_id: str) -> None:
    """Pay as a run does."""
    order = Order.by_id(order_id)
    assert order
    occurrence = order.schedule.find(date.fromisoformat(order.start))
    assert occurrence
    payment.pay(order, occurrence, "run", is_last_attempt=True)


def test_payment_on_a_date_is_scheduled_listed_and_cancelled(client: Api, customer: User, sides: Sides) -> None:
    reply = dated(client, customer, *sides, memo="Rent")
    made = reply.ok(202)
    path = f"{PAYMENTS}/{made['id']}"
    assert (made["status"], made["execution_date"], made["amount"], made["memo"]) == (
        "scheduled",
        day(1).isoformat(),
        "12.50",
        "Rent",
    )
    assert reply.headers["Location"] == path
    assert balance(sides[0]) == 10000
    assert client.get(path, token=customer.token).ok() == made
    assert listed(client, customer) == [made]
    assert client.get(PATH, token=customer.token).ok()["data"] == [], "it is no standing order"
    first, again = (client.delete(path, token=customer.token).ok() for _ in range(2))
    assert (first["status"], first) == ("cancelled", again)
    [order] = items(type="order")
    assert "gsi2pk" not in order


def test_key_schedules_one_payment(client: Api, customer: User, sides: Sides) -> None:
    key = new_key()
    first, again = (dated(client, customer, *sides, key=key) for _ in range(2))
    assert first.ok(202) == again.ok(202)
    assert (again.headers["Idempotent-Replayed"], again.headers["Location"]) == ("true", first.headers["Location"])
    transfer(client, customer, *sides, "12.50", key=key).refused(409, "idempotency_key_reused")
    paid = new_key()
    transfer(client, customer, *sides, "12.50", key=paid).ok(201)
    dated(client, customer, *sides, key=paid).refused(409, "idempotency_key_reused")
    body = {"from_account_id": sides[0]["id"], "to_account_id": sides[1]["id"], "amount": "1.00"}
    body["execution_date"] = day(1).isoformat()
    client.post(TRANSFER, body, token=customer.token).refused(400, "idempotency_key_missing")
    assert len(items(type="order")) == 1


@pytest.mark.parametrize("when", [-1, 366, "2026-02-30", "tomorrow", "9999-12-31"])
def test_day_that_is_over_too_far_or_none_is_refused(
    client: Api, customer: User, sides: Sides, when: int | str
) -> None:
    execution_date = day(when).isoformat() if isinstance(when, int) else when
    refused = dated(client, customer, *sides, execution_date=execution_date).refused(422, "validation_failed")
    assert refused.wrong_fields == ["execution_date"]
    dated(client, customer, *sides, execution_date=day(365).isoformat()).ok(202)


def test_labels_and_wrong_amounts_are_refused(client: Api, customer: User, sides: Sides) -> None:
    dated(client, customer, *sides, category="home").refused(422, "validation_failed")
    dated(client, customer, *sides, tags=["flat"]).refused(422, "validation_failed")
    for amount in ("0", "9" * 20, "1000000.01", "1.001"):
        refused = dated(client, customer, *sides, amount=amount).refused(422, "validation_failed")
        assert refused.wrong_fields == ["amount"]
    dated(client, customer, sides[0], sides[0]).refused(422, "same_account")
    assert items(type="order") == []


def test_date_bypasses_neither_pin_nor_verified_address(
    client: Api, customer: User, sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.put(f"/v1/accounts/{sides[0]['id']}/pin", PIN, token=customer.token).ok(204)
    dated(client, customer, *sides).refused(422, "pin_required")
    dated(client, customer, *sides, pin="8372").refused(422, "pin_incorrect")
    monkeypatch.setenv("EMAIL_VERIFICATION", "on")
    dated(client, customer, *sides, **PIN).refused(403, "forbidden")
    monkeypatch.setenv("EMAIL_VERIFICATION", "off")
    dated(client, customer, *sides, **PIN).ok(202)


def test_date_does_not_bypass_the_end_of_a_session(client: Api, customer: User, sides: Sides) -> None:
    """The ledger reads the session of a transfer; a payment on a date is not posted by it."""
    client.post("/v1/auth/logout", {}, token=customer.token).ok(204)
    dated(client, customer, *sides).refused(401, "unauthorized")
    assert items(type="order") == []


def test_many_payments_on_one_date_do_not_bypass_the_daily_limit(
    client: Api, customer: User, sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAILY_LIMIT", "30.00")
    made = [dated(client, customer, *sides).ok(202)["id"] for _ in range(4)]
    for one in made:
        pay(one)
    assert balance(sides[0]) == 10000 - 2 * 1250
    failed = [item["failure"] for item in items(type="transaction", status="failed")]
    assert all("limit_exceeded" in one for one in failed)
    assert len(failed) == 2


def test_posted_payment_names_its_order_to_the_payer_alone(
    client: Api, customer: User, other_customer: User, sides: Sides
) -> None:
    made = dated(client, customer, *sides).ok(202)
    pay(made["id"])
    [posted] = items(type="transaction", order_id=made["id"])
    path = f"/v1/transactions/{posted['id']}"
    seen = client.get(path, token=customer.token).ok()
    assert (seen["order_id"], seen["occurrence"]) == (made["id"], day(1).isoformat())
    received = client.get(path, token=other_customer.token).ok()
    assert (received["order_id"], received["occurrence"]) == (None, None)


def test_other_people_s_payments_are_not_there(
    client: Api, customer: User, other_customer: User, new_customer: Callable[[], User], teller: User, sides: Sides
) -> None:
    made, standing = dated(client, customer, *sides).ok(202), ordered(client, customer, *sides)
    for stranger in (other_customer, new_customer()):
        client.get(f"{PAYMENTS}/{made['id']}", token=stranger.token).refused(404, "not_found")
        client.delete(f"{PAYMENTS}/{made['id']}", token=stranger.token).refused(404, "not_found")
        assert listed(client, stranger) == []
        dated(client, stranger, *sides).refused(404, "not_found")
    client.get(f"{PAYMENTS}/{standing['id']}", token=customer.token).refused(404, "not_found")
    client.delete(f"{PAYMENTS}/{standing['id']}", token=customer.token).refused(404, "not_found")
    client.get(f"{PATH}/{made['id']}", token=customer.token).refused(404, "not_found")
    holder = new_customer()
    put_holder(client, teller, sides[0], holder, "pay").ok()
    assert listed(client, holder, f"?account_id={sides[0]['id']}") == [made]
    assert listed(client, teller, f"?customer_id={customer.customer_id}") == [made]


def test_closed_payee_is_refused(client: Api, customer: User, other_customer: User, sides: Sides) -> None:
    closed(client, other_customer, sides[1])
    dated(client, customer, *sides).refused(422, "account_closed")


def test_dry_run_schedules_nothing(client: Api, customer: User, sides: Sides) -> None:
    body = {"from_account_id": sides[0]["id"], "to_account_id": sides[1]["id"], "amount": "1.00"}
    body["execution_date"] = day(1).isoformat()
    before = items()
    tried = client.post(f"{TRANSFER}?dry_run=true", body, token=customer.token, key=new_key()).ok()
    assert tried["would_wait"] is False
    assert items() == before
