"""Dates that fall while an order waits for its approval: paid late, oldest first, or skipped with the reason."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib import clock
from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Api, Json, Reply, User
from tests.api.helpers.held_money import set_policy
from tests.api.helpers.november import have_partitions
from tests.api.helpers.orders import PATH, PAYMENTS, ask, dated
from tests.api.helpers.prepared_banks import People
from tests.order_runs import counts, outcomes, run_due

Sides = tuple[Json, Json]
DAILY: Json = {"frequency": {"unit": "day"}, "amount": "2.00"}


def come(moment: str) -> None:
    """Set the clock to a moment of January 2030, such as `08 10:00`. The 8th is a Tuesday."""
    at = datetime.fromisoformat(f"2030-01-{moment}").replace(tzinfo=UTC)
    clock.set_clock(lambda: at)


@pytest.fixture
def log_in_now(client: Api) -> Callable[[User], User]:
    def log_in_now(user: User) -> User:
        reply = client.post("/v1/auth/login", {"email": user.email, "password": user.password})
        return replace(user, token=reply.ok()["access_token"])

    return log_in_now


@pytest.fixture
def sides(
    client: Api,
    bank: People,
    customer: User,
    other_customer: User,
    admin: User,
    empty_bank: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Sides]:
    """A payer with 100.00 and a payee; every order of more than 1.00 waits for a manager, for 30 days at most."""
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "0")
    have_partitions(monkeypatch, 1)
    set_policy(client, admin, "standing_order", above={"USD": "1.00"}, expires_hours=720)
    yield opened(client, customer, "100.00"), opened(client, other_customer)
    clock.set_clock(None)


@pytest.fixture
def approve(client: Api, manager: User, log_in_now: Callable[[User], User]) -> Callable[[Reply], Json]:
    def approve(held: Reply) -> Json:
        path = f"/v1/approvals/{held.ok(202)['id']}/approve"
        done: Json = client.post(path, {}, token=log_in_now(manager).token).ok()
        return done

    return approve


def run(moment: str) -> None:
    come(moment)
    assert run_due()["status"] == "completed"


def test_dates_that_fell_while_it_waited_are_paid_late_the_oldest_first(
    client: Api,
    customer: User,
    sides: Sides,
    approve: Callable[[Reply], Json],
    log_in_now: Callable[[User], User],
) -> None:
    come("08 10:00")
    held = ask(client, log_in_now(customer), *sides, start="2030-01-09", **DAILY)
    come("11 16:00")
    assert approve(held)["status"] == "executed"
    [order] = client.get(PATH, token=log_in_now(customer).token).ok()["data"]
    assert order["next"][0]["date"] == "2030-01-09"
    run("12 00:05")
    assert outcomes(order["id"]) == [(f"2030-01-{day}", "posted", None) for day in ("09", "10", "11", "12")]


def test_dates_that_are_too_late_are_skipped_with_the_reason(
    client: Api,
    customer: User,
    sides: Sides,
    approve: Callable[[Reply], Json],
    log_in_now: Callable[[User], User],
) -> None:
    """Thursday the 17th is six business days after the 9th, and five after the 10th."""
    come("08 10:00")
    held = ask(client, log_in_now(customer), *sides, start="2030-01-09", count=4, **DAILY)
    come("16 16:00")
    assert approve(held)["status"] == "executed"
    [order] = client.get(PATH, token=log_in_now(customer).token).ok()["data"]
    run("17 00:05")
    assert outcomes(order["id"]) == [
        ("2030-01-09", "skipped", "too_late"),
        ("2030-01-10", "posted", None),
        ("2030-01-11", "posted", None),
        ("2030-01-12", "posted", None),
    ]
    assert counts("2030-01-17") == {"posted": 3, "skipped": 1}


@pytest.mark.parametrize(("approved", "paid", "status"), [("10 16:00", "11", "posted"), ("25 16:00", "26", "skipped")])
def test_payment_on_a_date_is_paid_late_or_skipped(
    client: Api,
    customer: User,
    sides: Sides,
    approve: Callable[[Reply], Json],
    log_in_now: Callable[[User], User],
    approved: str,
    paid: str,
    status: str,
) -> None:
    come("08 10:00")
    held = dated(client, log_in_now(customer), *sides, execution_date="2030-01-09")
    come(approved)
    assert approve(held)["status"] == "executed"
    run(f"{paid} 00:05")
    [payment] = client.get(PAYMENTS, token=log_in_now(customer).token).ok()["data"]
    reason = "too_late" if status == "skipped" else None
    assert (payment["status"], payment["reason"]) == (status, reason)


def test_order_for_today_that_is_approved_today_is_paid_today(
    client: Api,
    customer: User,
    sides: Sides,
    approve: Callable[[Reply], Json],
    log_in_now: Callable[[User], User],
) -> None:
    come("08 07:00")
    held = ask(client, log_in_now(customer), *sides, start="2030-01-08", **DAILY)
    come("08 14:00")
    approve(held)
    [order] = client.get(PATH, token=log_in_now(customer).token).ok()["data"]
    run("08 15:00")
    assert outcomes(order["id"]) == [("2030-01-08", "posted", None)]


def test_dates_of_an_edit_that_waited_are_paid_late_too(
    client: Api,
    customer: User,
    sides: Sides,
    approve: Callable[[Reply], Json],
    log_in_now: Callable[[User], User],
) -> None:
    come("08 10:00")
    order = ask(client, log_in_now(customer), *sides, amount="1.00", start="2030-02-01").ok(201)
    body = {"amount": "3.00", "start": "2030-01-09", "frequency": {"unit": "day"}}
    held = client.patch(f"{PATH}/{order['id']}", body, token=log_in_now(customer).token)
    come("10 16:00")
    assert approve(held)["status"] == "executed"
    run("11 00:05")
    assert outcomes(order["id"]) == [(f"2030-01-{day}", "posted", None) for day in ("09", "10", "11")]


def test_edit_after_an_outage_loses_no_date(
    client: Api, customer: User, sides: Sides, log_in_now: Callable[[User], User]
) -> None:
    come("08 10:00")
    order = ask(client, log_in_now(customer), *sides, amount="1.00", start="2030-01-09").ok(201)
    come("10 16:00")
    edited = client.patch(f"{PATH}/{order['id']}", {"amount": "0.50"}, token=log_in_now(customer).token).ok()
    assert edited["next"][0]["date"] == "2030-01-09"
    run("11 00:05")
    assert outcomes(order["id"]) == [("2030-01-09", "posted", None)]


def test_edit_between_two_attempts_waits_for_the_next_one(
    client: Api, customer: User, sides: Sides, log_in_now: Callable[[User], User]
) -> None:
    come("08 10:00")
    terms: Json = {"amount": "1.00", "start": "2030-01-09"}
    poor = opened(client, log_in_now(customer))
    order = ask(client, log_in_now(customer), poor, sides[1], **terms).ok(201)
    run("09 00:05")
    come("09 01:00")
    client.patch(f"{PATH}/{order['id']}", {"amount": "0.50"}, token=log_in_now(customer).token).ok()
    come("09 07:59")
    assert run_due()["status"] == "not_due"
    run("09 08:00")
    assert [status for _, status, _ in outcomes(order["id"])] == ["scheduled"]


def test_what_was_due_while_it_was_suspended_is_not_paid_later(
    client: Api, customer: User, sides: Sides, log_in_now: Callable[[User], User]
) -> None:
    come("08 10:00")
    order = ask(client, log_in_now(customer), *sides, amount="1.00", start="2030-01-09").ok(201)
    path = f"{PATH}/{order['id']}"
    client.post(f"{path}/suspend", None, token=log_in_now(customer).token).ok()
    come("10 16:00")
    token = log_in_now(customer).token
    client.patch(path, {"amount": "0.50"}, token=token).ok()
    resumed = client.post(f"{path}/resume", {}, token=token).ok()
    assert resumed["next"][0]["date"] == "2030-02-09"
