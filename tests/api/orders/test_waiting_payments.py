"""Payments of orders that wait for an approval: lists show what has become of them since."""

from collections.abc import Callable

import pytest

from chalicelib import clock
from chalicelib.models.orders.order import Order
from tests.api.helpers.accounts import new_key, opened
from tests.api.helpers.bank import Api, Json, User, counted_calls, items
from tests.api.helpers.held_money import set_policy
from tests.api.helpers.orders import PATH, PAYMENTS
from tests.api.helpers.planted_orders import make_attempt, planted
from tests.api.helpers.prepared_banks import People

Sides = tuple[Json, Json]


@pytest.fixture
def sides(
    client: Api,
    bank: People,
    customer: User,
    other_customer: User,
    admin: User,
    empty_bank: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Sides:
    """A payer with 100.00 and a payee, in a bank where each transfer of more than 5.00 waits for a manager."""
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "0")
    set_policy(client, admin, "transfer", above={"USD": "5.00"})
    return opened(client, customer, "100.00"), opened(client, other_customer)


@pytest.fixture
def wait(customer: User, sides: Sides) -> Callable[..., Order]:
    """Have the first payment of a new order wait."""

    def wait(amount: int = 1_000, **fields: object) -> Order:
        start = clock.now().date().isoformat()
        order = planted(customer, sides[0], sides[1]["id"], amount, start, **fields)
        make_attempt(order)
        return order

    return wait


def decide(client: Api, manager: User, order: Order, how: str) -> None:
    [held] = items(type="transaction", order_id=order.id)
    path = f"/v1/approvals/{held['id'].replace('txn_', 'apr_')}/{how}"
    body = {"reason": "No."} if how == "reject" else {}
    client.post(path, body, token=manager.token, key=new_key()).ok()


def executions(client: Api, user: User, order: Order) -> list[Json]:
    listed: list[Json] = client.get(f"{PATH}/{order.id}/executions", token=user.token).ok()["data"]
    return [one for one in listed if one["status"] != "scheduled"]


@pytest.mark.parametrize(
    ("how", "status", "reason"), [("approve", "posted", None), ("reject", "failed", "voided"), ("", "pending", None)]
)
def test_execution_shows_what_became_of_its_payment(
    client: Api, customer: User, manager: User, wait: Callable[..., Order], how: str, status: str, reason: str | None
) -> None:
    order = wait()
    if how:
        decide(client, manager, order, how)
    [one] = executions(client, customer, order)
    assert (one["status"], one["reason"]) == (status, reason)
    paid = client.get(f"/v1/transactions/{one['transaction_id']}", token=customer.token).ok()
    assert paid["status"] == ("voided" if how == "reject" else status)
    [stored] = items(type="order_execution")
    assert stored["status"] == "pending", "the ledger says what became of it"


@pytest.mark.parametrize(("how", "status", "reason"), [("approve", "posted", None), ("reject", "failed", "voided")])
def test_payment_on_a_date_shows_it_too(
    client: Api, customer: User, manager: User, wait: Callable[..., Order], how: str, status: str, reason: str | None
) -> None:
    order = wait(times=1)
    read = f"{PAYMENTS}/{order.id}"
    assert client.get(read, token=customer.token).ok()["status"] == "pending"
    decide(client, manager, order, how)
    one = client.get(read, token=customer.token).ok()
    assert (one["status"], one["reason"]) == (status, reason)
    [listed] = client.get(PAYMENTS, token=customer.token).ok()["data"]
    assert listed == one


def test_page_costs_one_more_read_however_many_wait(
    client: Api, customer: User, sides: Sides, wait: Callable[..., Order]
) -> None:
    start = clock.now().date().isoformat()
    paid = planted(customer, sides[0], sides[1]["id"], 100, start)
    make_attempt(paid)
    waiting = [wait(100 * number, unit="day") for number in (6, 7)]
    for order in waiting:
        following = Order.by_id(order.id)
        assert following
        make_attempt(following)
    calls = []
    for order in (paid, *waiting):
        with counted_calls() as counted:
            found = executions(client, customer, order)
        calls.append((len(found), counted["GetItem"], counted["Query"], counted["BatchGetItem"]))
    first, *others = calls
    assert first[0] == 1
    assert others == [(2, first[1], first[2], first[3] + 1)] * 2


def test_page_of_payments_on_dates_costs_two_reads_however_many_wait(
    client: Api, customer: User, wait: Callable[..., Order]
) -> None:
    calls = []
    for amount in (600, 700, 800):
        wait(amount, times=1)
        with counted_calls() as counted:
            listed = client.get(PAYMENTS, token=customer.token).ok()["data"]
        assert {one["status"] for one in listed} == {"pending"}
        calls.append(counted["BatchGetItem"])
    assert len(set(calls)) == 1
