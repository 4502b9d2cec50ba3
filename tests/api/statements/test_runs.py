"""The monthly run of statements: for whom, when, once, and what is wrong with one account stops nobody else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from chalicelib import clock
from chalicelib.domain.errors import Unavailable
from chalicelib.handlers.functions import scheduled_run_task
from chalicelib.models.accounts import account as accounts_model
from chalicelib.models.scheduled_runs import run as run_model
from chalicelib.models.statements import document_bucket
from chalicelib.services.identity import authenticate
from chalicelib.services.scheduled_runs import runs, steps
from tests.api.helpers.accounts import closed, opened, withdraw
from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.run_machine import RunMachine
from tests.api.helpers.statement_function import names
from tests.api.helpers.tampering import change, entries_of

OCTOBER = "2026-10"
RUNS = "/v1/statement-runs"


@pytest.fixture(autouse=True)
def november(
    monkeypatch: pytest.MonkeyPatch, at_time: Callable[[timedelta], None], statement_machine: RunMachine
) -> None:
    """It is noon on 1 November, when October's interest is due; tokens stay good, and there are two partitions."""
    monkeypatch.setattr(authenticate, "principal_of", cache(authenticate.principal_of))
    for module in (accounts_model, run_model, steps, runs):
        monkeypatch.setattr(module, "SHARDS", 2)
    it_is(datetime(2026, 11, 1, 12, tzinfo=UTC))


def it_is(moment: datetime) -> None:
    clock.set_clock(lambda: moment)


def account_of(client: Api, owner: User, statements: str = "monthly") -> Json:
    """Opened in October, with an entry."""
    now = clock.now()
    it_is(datetime(2026, 10, 10, tzinfo=UTC))
    account = opened(client, owner, "10.00")
    if statements != "none":
        client.patch(f"/v1/accounts/{account['id']}", {"statements": statements}, token=owner.token).ok()
    it_is(now)
    return account


@pytest.fixture
def owner(november: None, client: Api, new_customer: Callable[[], User]) -> User:
    it_is(datetime(2026, 10, 10, tzinfo=UTC))
    owner = new_customer()
    opened(client, owner)
    it_is(datetime(2026, 11, 1, 12, tzinfo=UTC))
    return owner


def made() -> set[str]:
    """Accounts with a statement on record and in the bucket."""
    recorded = {item["account_id"] for item in items(type="statement", period=OCTOBER)}
    assert {name.split("/")[2] for name in names()} == recorded
    return recorded


def counted(client: Api, admin: User) -> tuple[int, int, int]:
    run = client.get(f"{RUNS}/{OCTOBER}", token=admin.token).ok()
    assert run["status"] == "completed"
    assert run["accounts"] == run["made"] + run["not_wanted"] + run["failed"]
    return run["made"], run["not_wanted"], run["failed"]


def test_the_schedule_waits_for_the_months_interest_and_makes_those_that_are_wanted(
    client: Api, owner: User, admin: User, statement_machine: RunMachine, interest_machine: RunMachine
) -> None:
    wanting, quiet, gone = (account_of(client, owner, choice) for choice in ("monthly", "none", "monthly"))
    late = opened(client, owner, "1.00")
    client.patch(f"/v1/accounts/{late['id']}", {"statements": "monthly"}, token=owner.token).ok()
    withdraw(client, owner, gone, "10.00").ok(201)
    closed(client, owner, gone)
    assert statement_machine.execute({}, "too-early")["status"] == "not_due"
    interest_machine.execute({}, "interest")
    assert statement_machine.execute({}, "due")["status"] == "completed"
    assert made() == {wanting["id"], gone["id"]}
    assert counted(client, admin) == (2, 3, 0)
    assert statement_machine.execute({}, "an-hour-later")["status"] == "not_due"
    listed = client.get(f"/v1/accounts/{wanting['id']}/statements", token=owner.token).ok()
    assert [(one["period"], one["href"]) for one in listed["data"]] == [
        (OCTOBER, f"/v1/accounts/{wanting['id']}/statements/{OCTOBER}?format=pdf")
    ]
    assert client.get(listed["data"][0]["href"], token=owner.token).status == 303
    assert client.get(f"/v1/accounts/{quiet['id']}/statements", token=owner.token).ok()["data"] == []


def test_what_is_wrong_with_one_account_stops_nobody_else_and_is_told(
    client: Api, owner: User, admin: User, statement_machine: RunMachine
) -> None:
    accounts = [account_of(client, owner) for _ in range(3)]
    [entry] = entries_of(accounts[1])
    key = (f"ACCOUNT#{entry.account_id}", f"{entry.created_at}#{entry.seq:012d}")
    change("ledger", *key, amount=entry.amount + 1)
    client.post(RUNS, {"period": OCTOBER}, token=admin.token).ok(202)
    assert counted(client, admin) == (2, 1, 1)
    [failure] = client.get(f"{RUNS}/{OCTOBER}", token=admin.token).ok()["failures"]
    assert failure["account_id"] == accounts[1]["id"]
    change("ledger", *key, amount=entry.amount)
    before = names()
    assert client.post(RUNS, {"period": OCTOBER}, token=admin.token).ok(202)["attempt"] == 2
    assert counted(client, admin) == (3, 1, 0)
    assert set(before) < set(names())
    assert made() == {account["id"] for account in accounts}
    assert len(client.get(RUNS, token=admin.token).ok()["data"]) == 1


def test_a_run_that_ends_anywhere_goes_on_from_there(
    client: Api, owner: User, admin: User, statement_machine: RunMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One account an invocation, and a bucket that fails for every second document."""
    accounts = [account_of(client, owner) for _ in range(4)]
    monkeypatch.setattr(scheduled_run_task, "RESERVE_MILLISECONDS", 10**9)
    put, puts = document_bucket.put, iter(range(100))

    def unreliable(*document: object) -> None:
        if next(puts) % 2:
            raise Unavailable("not now")
        put(*document)  # type: ignore[arg-type]

    monkeypatch.setattr(document_bucket, "put", unreliable)
    client.post(RUNS, {"period": OCTOBER}, token=admin.token).ok(202)
    assert made() == {account["id"] for account in accounts}
    assert counted(client, admin) == (4, 1, 0)
    assert statement_machine.states.count("Work") > len(accounts)


def test_a_month_that_is_not_over_is_refused_and_only_managers_start_runs(
    client: Api, owner: User, admin: User, new_staff: Callable[[str], User]
) -> None:
    client.post(RUNS, {"period": "2026-11"}, token=admin.token).refused(422, "validation_failed")
    client.post(RUNS, {"period": OCTOBER}, token=new_staff("teller").token).refused(403, "forbidden")
    client.get(f"{RUNS}/{OCTOBER}", token=owner.token).refused(403, "forbidden")
    client.get(f"{RUNS}/{OCTOBER}", token=admin.token).refused(404, "not_found")


def test_the_choice_is_the_owners_and_is_seen(client: Api, owner: User) -> None:
    account = account_of(client, owner, "none")
    path = f"/v1/accounts/{account['id']}"
    assert account["statements"] == "none"
    for choice in ("monthly", "none"):
        assert client.patch(path, {"statements": choice}, token=owner.token).ok()["statements"] == choice
    for wrong in ("weekly", None, 1):
        client.patch(path, {"statements": wrong}, token=owner.token).refused(422, "validation_failed")
