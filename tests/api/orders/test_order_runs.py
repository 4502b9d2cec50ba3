"""The daily run of orders, as staff see it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from chalicelib import clock
from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.november import have_partitions
from tests.order_runs import made, run_due, step

RUNS = "/v1/standing-order-runs"
DAY = "2099-12-01"
ORDERS = ("sto_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z", "sto_01KAK4XJ7M4Q9V0C2T5R8W3Y70")
MORNING = datetime(2099, 12, 1, 0, 5, tzinfo=UTC)


@pytest.fixture
def orders(client: Api, customer: User, other_customer: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Store two orders, of 10.00 and of more than there is, in one partition, and go to their first attempt."""
    have_partitions(monkeypatch, 1)
    payer, payee = opened(client, customer, "25.00"), opened(client, other_customer)
    for order_id, amount in zip(ORDERS, (1000, 100_000), strict=True):
        stored_order(order_id, customer, payer, payee, amount)
    clock.set_clock(lambda: MORNING)
    yield
    clock.set_clock(None)


def stored_order(order_id: str, maker: User, payer: Json, payee: Json, amount: int) -> None:
    parties = {"customer_id": maker.customer_id, "made_by": maker.user_id}
    sides = {"from_account_id": payer["id"], "to_account_id": payee["id"]}
    made(order_id, start=DAY, amount=amount, currency="USD", **parties, **sides).put()


def come(hour: int) -> None:
    """Set the clock to an hour of the day."""
    clock.set_clock(lambda: MORNING.replace(hour=hour))


def token(client: Api, user: User) -> str:
    """Return a token that is valid at the time of the clock."""
    body = {"email": user.email, "password": user.password}
    access: str = client.post("/v1/auth/login", body).ok()["access_token"]
    return access


@pytest.mark.usefixtures("orders")
def test_staff_see_what_a_day_has_come_to(client: Api, manager: User, other_customer: User) -> None:
    assert run_due()["status"] == "completed"
    run = client.get(f"{RUNS}/{DAY}", token=token(client, manager)).ok()
    assert (run["date"], run["status"], run["attempt"], run["posted"], run["retried"]) == (DAY, "completed", 1, 1, 1)
    assert run["total"] == [{"currency": "USD", "amount": "10.00"}]
    assert run["failures"] == []
    for hour in (8, 15):
        come(hour)
        run_due()
    run = client.get(f"{RUNS}/{DAY}", token=token(client, manager)).ok()
    assert [run[name] for name in ("attempt", "posted", "retried", "failed", "errors")] == [3, 1, 2, 1, 0]
    assert run["failures"] == [{"order_id": ORDERS[1], "reason": "insufficient_funds"}]
    assert client.get(f"{RUNS}/{DAY}/failures", token=token(client, manager)).ok()["data"] == run["failures"]
    [listed] = client.get(RUNS, token=token(client, manager)).ok()["data"]
    assert listed == {name: value for name, value in run.items() if name != "failures"}
    assert client.get("/v1/accounts", token=token(client, other_customer)).ok()["data"][0]["balance"] == "10.00"


@pytest.mark.usefixtures("orders")
def test_running_run_shows_what_was_done_before_and_what_is_left(client: Api, manager: User) -> None:
    run_due()
    come(8)
    assert step("open", {})["attempt"] == 2
    run = client.get(f"{RUNS}/{DAY}", token=token(client, manager)).ok()
    assert (run["status"], run["posted"], run["partitions"]) == ("running", 1, {"done": 0, "of": 1})


@pytest.mark.parametrize("date", ["2099-12-32", "2099-12", "today", "2099-11-30"])
def test_day_without_a_run_is_not_found(client: Api, manager: User, date: str) -> None:
    client.get(f"{RUNS}/{date}", token=token(client, manager)).refused(404, "not_found")
    client.get(f"{RUNS}/{date}/failures", token=token(client, manager)).refused(404, "not_found")


def test_customer_sees_no_run(client: Api, customer: User) -> None:
    client.get(RUNS, token=token(client, customer)).refused(403, "forbidden")
