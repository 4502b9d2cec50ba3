"""The daily run of orders on the deployed bank, with IAM enforced: schedule, state machine, ledger.

It has a bank of its own, for it sets the clock of all functions ahead.
"""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.time import timestamp
from chalicelib.models import connection
from chalicelib.services.verification import verify
from infra.deploy import change_set
from infra.emulator.clock import set_ahead
from tests.faults.deployed import through
from tests.faults.plan import Plan
from tests.faults.proxy import Proxy
from tests.faults.victims import Killer
from tests.stack import Stack, eventually, running_stack
from tests.workflow import schedules
from tests.workflow.bank import Client, Json, at_once, log_in, register
from tests.workflow.schedules import executions

pytestmark = pytest.mark.embedded

SEED = 20261129
RULE, MINUTES = "standing-orders", "0,5"
PAYERS = 3


@cache
def tomorrow() -> date:
    """Return the first date of the orders: the day after the one on which they are made, not after the collection."""
    return datetime.now(UTC).date() + timedelta(days=1)


def dates() -> list[str]:
    return [(tomorrow() + timedelta(days=late)).isoformat() for late in (0, 1)]


def run_day() -> str:
    return dates()[-1]


def run_path() -> str:
    return f"/v1/standing-order-runs/{run_day()}"


def ahead(hour: int) -> timedelta:
    """Return how far ahead some minutes after an hour of the day of the run are. Two dates of each order are due."""
    at = datetime.combine(tomorrow() + timedelta(days=1), time(hour, 10), tzinfo=UTC)
    return timedelta(seconds=int((at - datetime.now(UTC)).total_seconds()))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("orders")) as stack:
        schedules.retry_soon(stack)
        yield stack


@pytest.fixture(scope="module")
def customer(stack: Stack) -> Client:
    return register(stack.url)


@pytest.fixture(scope="module")
def payee(customer: Client) -> Json:
    return customer.open_account()


@pytest.fixture(scope="module")
def orders(customer: Client, payee: Json) -> list[Json]:
    """Daily orders of 1.00 from tomorrow on, made in the present: two for each account, one of them of two dates."""
    payers = at_once([lambda: customer.open_account(initial_deposit="100.00")] * PAYERS, threads=2)
    endless = [order_of(customer, payer, payee, "1.00") for payer in payers]
    return endless + [order_of(customer, payer, payee, "1.00", count=len(dates())) for payer in payers]


@pytest.fixture(scope="module")
def poor_order(customer: Client, payee: Json) -> Json:
    """An order of one date, tomorrow's next day, from an account that has nothing."""
    return order_of(customer, customer.open_account(), payee, "7.00", start=run_day(), count=1)


@pytest.fixture(scope="module")
def order_elsewhere(customer: Client) -> Json:
    """An order of one date to an account at another bank, from an account in euros."""
    payer = customer.open_account(currency="EUR", initial_deposit="100.00")
    to = {"to_account_id": None, "to_iban": "DE89370400440532013000", "to_name": "Zoë Müller"}
    return order_of(customer, payer, payer, "5.00", start=run_day(), count=1, **to)


def order_of(customer: Client, payer: Json, payee: Json, amount: str, **also: Any) -> Json:
    terms = {
        "from_account_id": payer["id"],
        "to_account_id": payee["id"],
        "amount": amount,
        "start": tomorrow().isoformat(),
    }
    daily = {"frequency": {"unit": "day"}, "business_days": "none"}
    reply = customer.post("/v1/standing-orders", terms | daily | also)
    assert reply.status == 201, reply
    return dict(reply.body)


@pytest.fixture(scope="module")
def admin(stack: Stack, orders: list[Json], poor_order: Json, order_elsewhere: Json) -> Client:
    """Signed in ten minutes after the midnight of the second date."""
    set_ahead(stack.cloud, stack.settings, ahead(hour=0))
    return log_in(stack.url, stack.admin.email, stack.admin.password)


def outcomes(client: Client, order: Json) -> list[tuple[str, str, str | None]]:
    """Return date, status and transaction of each occurrence of an order that was tried, the oldest first."""
    listed = client.get(f"/v1/standing-orders/{order['id']}/executions").body["data"]
    return [(one["date"], one["status"], one["transaction_id"]) for one in reversed(listed) if one["date"] <= run_day()]


def completed(admin: Client, attempt: int) -> Json:
    """Return the run when an attempt of it is completed, nothing before."""
    reply = admin.get(run_path())
    is_done = reply.status == 200 and (reply.body["status"], reply.body["attempt"]) == ("completed", attempt)
    return dict(reply.body) if is_done else {}


def test_schedule_pays_each_date_once_though_the_run_dies_and_is_started_twice(
    stack: Stack, admin: Client, orders: list[Json], order_elsewhere: Json, payee: Json
) -> None:
    """The rule as it is deployed; a second execution works on the same run, and a function dies midway.

    The function is killed after DynamoDB has served a write, before it hears so.
    """
    states = stack.client("stepfunctions")
    machine = change_set.outputs(stack.cloud, stack.settings.stack_name)["StandingOrdersStateMachineArn"]
    attempts = len(orders) * len(dates())
    with Proxy(stack.endpoint_url, Plan(SEED)).serving() as proxy, through(stack, {"standing-order-task": proxy}):
        killer = Killer(stack, "standing-order-task", "TransactWriteItems", "after", nth=attempts)
        with proxy.watched(killer):
            schedules.fire(stack, RULE, MINUTES)
            eventually(lambda: admin.get(run_path()).status == 200)
            states.start_execution(stateMachineArn=machine, input=json.dumps({"period": run_day()}))
            run = eventually(lambda: completed(admin, attempt=1))
            eventually(lambda: not executions(states, machine, "RUNNING"))
    assert killer.killed
    paid = {order["id"]: outcomes(admin, order) for order in orders}
    assert all(
        [(date, status) for date, status, _ in made] == [(day, "posted") for day in dates()] for made in paid.values()
    )
    counts = [run[name] for name in ("posted", "executed", "retried", "failed", "skipped", "errors")]
    assert counts == [attempts, 1, 1, 0, 0, 0]
    assert run["total"] == [{"currency": "EUR", "amount": "5.00"}, {"currency": "USD", "amount": f"{attempts}.00"}]
    [(day, status, elsewhere)] = outcomes(admin, order_elsewhere)
    payment = admin.get(f"/v1/transactions/{elsewhere}").body["payment"]
    assert (day, status, payment["to_name"], payment["rail"]) == (run_day(), "executed", "Zoë Müller", "standard")
    history = admin.get(f"/v1/accounts/{payee['id']}/history?limit=100").body["data"]
    received = Counter(entry["transaction_id"] for entry in history)
    assert received == Counter(slot for made in paid.values() for _, _, slot in made), "each slot once, and no other"
    assert admin.balance(payee["id"]) == f"{attempts}.00"


def test_schedule_tries_again_later_that_day_what_was_refused_for_money(
    stack: Stack, admin: Client, poor_order: Json, payee: Json
) -> None:
    assert outcomes(admin, poor_order) == [(run_day(), "scheduled", None)]
    before = float(admin.balance(payee["id"]))
    assert admin.deposit(poor_order["from_account_id"], "7.00").status == 201
    set_ahead(stack.cloud, stack.settings, ahead(hour=8))
    later = log_in(stack.url, stack.admin.email, stack.admin.password)
    schedules.fire(stack, RULE, MINUTES)
    run = eventually(lambda: completed(later, attempt=2))
    assert [(date, status) for date, status, _ in outcomes(later, poor_order)] == [(run_day(), "posted")]
    assert (run["failed"], run["errors"], float(later.balance(payee["id"])) - before) == (0, 0, 7.0)


def test_ledger_verifies_afterwards(stack: Stack, admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = stack.session.get_credentials()
    assert credentials is not None
    monkeypatch.setenv("AWS_ENDPOINT_URL", stack.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", credentials.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", credentials.secret_key)
    monkeypatch.setenv("CLOCK_AHEAD_SECONDS", str(int(ahead(hour=8).total_seconds())))
    connection.forget()
    try:
        [verdict] = eventually(
            lambda: [one for one in [verify.verify_bank(lambda _: None, timestamp(clock.now()))] if one.ok]
        )
    finally:
        connection.forget()
    assert verdict.checked.accounts > PAYERS
