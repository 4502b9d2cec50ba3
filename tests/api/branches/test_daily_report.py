"""A branch's day: counted from entries, the same for ever once the day is over."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from chalicelib import clock, config
from chalicelib.domain.branches.cash_day import COMES_IN
from chalicelib.models import paging
from chalicelib.services.branches import daily_report
from tests.api.helpers.accounts import closed, deposit, new_key, opened, reverse, withdraw
from tests.api.helpers.bank import Api, AtTime, Json, User, counted_calls
from tests.api.helpers.branches import HEAD_OFFICE, cash_of, day_of, move, opened_branch, report


def today() -> date:
    return clock.now().date()


def cents(amount: str) -> int:
    return int(amount.replace(".", ""))


def holds(line: Json) -> bool:
    """Closing is opening and what moved in between."""
    flows = sum(cents(line[name]["amount"]) * (1 if comes_in else -1) for name, comes_in in COMES_IN.items())
    return cents(line["closing_position"]) == cents(line["opening_position"]) + flows


def test_a_branch_in_which_nothing_happened(client: Api, manager: User, auditor: User) -> None:
    branch = opened_branch(client, manager)["id"]
    nothing = {"count": 0, "amount": "0.00"}
    assert report(client, auditor, branch) == {
        "branch_id": branch,
        "date": today().isoformat(),
        "lines": [
            {"currency": "USD", "opening_position": "0.00", "closing_position": "0.00"}
            | {"accounts": {"opened": 0, "closed": 0, "moved_in": 0, "moved_out": 0, "open": 0}}
            | dict.fromkeys(COMES_IN, nothing)
        ],
    }


def test_a_day_tells_everything_that_moved_cash(client: Api, manager: User, admin: User, customer: User) -> None:
    branch = opened_branch(client, manager, cash="100.00")["id"]
    account = opened(client, customer, "5.00", branch_id=branch)
    made = deposit(client, customer, account, "40.00", branch_id=branch).ok(201)
    withdraw(client, customer, account, "2.50", branch_id=branch).ok(201)
    withdraw(client, customer, account, "999.00", branch_id=branch).refused(422, "insufficient_funds")
    deposit(client, customer, account, "7.00").ok(201)  # at the head office
    reverse(client, manager, made).ok(201)
    move(client, manager, branch, HEAD_OFFICE, "60.00").ok(201)
    back = move(client, manager, HEAD_OFFICE, branch, "10.00").ok(201)
    reverse(client, admin, back).ok(201)
    assert day_of(client, manager, branch) == {
        "opening": "0.00",
        "funding_in": (1, "100.00"),
        "deposits": (2, "45.00"),
        "withdrawals": (1, "2.50"),
        "vault_in": (1, "10.00"),
        "vault_out": (1, "60.00"),
        "reversals_out": (2, "50.00"),
        "closing": "42.50",
    }
    assert cash_of(client, manager, branch) == {"USD": "42.50"}
    assert day_of(client, manager, HEAD_OFFICE)["reversals_in"] == (1, "10.00")


def test_each_currency_has_a_line(client: Api, manager: User, customer: User) -> None:
    branch = opened_branch(client, manager, cash="150000", currency="JPY")["id"]
    account = opened(client, customer, currency="JPY")
    deposit(client, customer, account, "500", branch_id=branch).ok(201)
    assert [line["currency"] for line in report(client, manager, branch)["lines"]] == ["JPY", "USD"]
    assert day_of(client, manager, branch, currency="JPY") == {
        "opening": "0",
        "funding_in": (1, "150000"),
        "deposits": (1, "500"),
        "closing": "150500",
    }


def test_days_follow_each_other_and_do_not_change(
    client: Api, admin: User, customer: User, at_time: AtTime, log_in: Callable[[str], User]
) -> None:
    first = today()
    branch = opened_branch(client, admin, cash="100.00")["id"]
    account = opened(client, customer, "10.00", branch_id=branch)
    told = [report(client, admin, branch)]
    for number in (1, 2, 3):
        at_time(timedelta(days=number))
        admin, customer = log_in(admin.email), log_in(customer.email)
        if number == 2:  # a day on which nothing moves, and accounts that move on other days
            told.append(report(client, admin, branch))
            continue
        deposit(client, customer, account, f"{number}.00", branch_id=branch).ok(201)
        move(client, admin, branch, HEAD_OFFICE, "20.00").ok(201)
        told.append(report(client, admin, branch))
    days = [(first + timedelta(days=number)).isoformat() for number in range(4)]
    assert [report(client, admin, branch, f"date={day}") for day in days] == told
    lines = [one["lines"][0] for one in told]
    assert [line["closing_position"] for line in lines] == ["110.00", "91.00", "91.00", "74.00"]
    assert [line["opening_position"] for line in lines] == ["0.00", "110.00", "91.00", "91.00"]
    assert all(map(holds, lines))
    before = (first - timedelta(days=1)).isoformat()
    assert day_of(client, admin, branch, f"date={before}") == {"opening": "0.00", "closing": "0.00"}


def accounts_of(client: Api, user: User, branch_id: str, query: str = "", currency: str = "USD") -> dict[str, int]:
    """What became of a branch's accounts, without what is nothing."""
    [line] = [one for one in report(client, user, branch_id, query)["lines"] if one["currency"] == currency]
    return {name: count for name, count in line["accounts"].items() if count}


def test_accounts_are_counted_where_they_are(
    client: Api, admin: User, customer: User, at_time: AtTime, log_in: Callable[[str], User]
) -> None:
    first, branch = today(), opened_branch(client, admin)["id"]
    accounts = [opened(client, customer, branch_id=branch) for _ in range(4)]
    opened(client, customer, "5.00", branch_id=branch)
    opened(client, customer, branch_id=branch, currency="JPY")
    closed(client, customer, accounts[0])
    closed(client, customer, accounts[0])  # closing twice is closing once
    path = f"/v1/accounts/{accounts[1]['id']}"
    for _ in range(2):  # what is there already does not move
        client.patch(path, {"branch_id": HEAD_OFFICE, "nickname": "n"}, token=customer.token).ok()
    assert accounts_of(client, admin, branch) == {"opened": 5, "closed": 1, "moved_out": 1, "open": 3}
    assert accounts_of(client, admin, branch, currency="JPY") == {"opened": 1, "open": 1}
    assert accounts_of(client, admin, HEAD_OFFICE) == {"moved_in": 1, "open": 1}
    at_time(timedelta(days=1))
    admin, customer = log_in(admin.email), log_in(customer.email)
    client.patch(path, {"branch_id": branch}, token=customer.token).ok()
    closed(client, customer, accounts[2])
    assert accounts_of(client, admin, branch) == {"moved_in": 1, "closed": 1, "open": 3}
    assert accounts_of(client, admin, HEAD_OFFICE) == {"moved_out": 1}
    assert accounts_of(client, admin, branch, f"date={first}")["open"] == 3
    assert accounts_of(client, admin, HEAD_OFFICE, f"date={first}") == {"moved_in": 1, "open": 1}


def test_an_account_is_counted_once_whatever_is_repeated(client: Api, manager: User, customer: User) -> None:
    branch = opened_branch(client, manager)["id"]
    for body in ({"type": "current"}, {"type": "current", "initial_deposit": "1.00"}):
        key = new_key()
        for _ in range(2):
            client.post("/v1/accounts", body | {"branch_id": branch}, token=customer.token, key=key).ok(201)
    assert accounts_of(client, manager, branch) == {"opened": 2, "open": 2}


def test_a_day_is_the_banks(client: Api, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    branch = opened_branch(client, manager, cash="1.00")["id"]
    moved_at = clock.now()
    for zone, ahead in (("Etc/GMT-14", 14), ("Etc/GMT+12", -12)):
        monkeypatch.setattr(config, "timezone", partial(ZoneInfo, zone))
        on = (moved_at + timedelta(hours=ahead)).date()
        assert report(client, manager, branch)["date"] == on.isoformat()
        assert day_of(client, manager, branch, f"date={on}")["funding_in"] == (1, "1.00")
        before = day_of(client, manager, branch, f"date={on - timedelta(days=1)}")
        assert before == {"opening": "0.00", "closing": "0.00"}


@pytest.mark.parametrize(
    "asked", ["tomorrow", "2026-02-30", "20260101", "2026-W01-1", "", "2026-01-01T00:00:00Z", "9999-12-31"]
)
def test_what_is_no_day_or_to_come_is_refused(client: Api, manager: User, asked: str) -> None:
    reply = client.get(f"/v1/branches/{HEAD_OFFICE}/report?date={asked}", token=manager.token)
    assert reply.refused(422, "validation_failed").wrong_fields == ["date"]


def test_it_costs_a_query_for_each_account_that_moved(
    client: Api, manager: User, customer: User, at_time: AtTime
) -> None:
    branch = opened_branch(client, manager, cash="100.00")["id"]
    account = opened(client, customer)
    for _ in range(5):
        deposit(client, customer, account, "1.00", key=new_key(), branch_id=branch).ok(201)
    with counted_calls() as calls:
        assert day_of(client, manager, branch)["deposits"] == (5, "5.00")
    # The authorizer's read and the branch; all accounts of its cash; the vault, this worker's shard, and the counts.
    assert +calls == {"GetItem": 2, "BatchGetItem": 1, "Query": 3}


def test_what_has_not_moved_since_is_not_queried(
    client: Api, admin: User, at_time: AtTime, log_in: Callable[[str], User]
) -> None:
    branch = opened_branch(client, admin, cash="100.00")["id"]
    at_time(timedelta(days=1))
    admin = log_in(admin.email)
    with counted_calls() as calls:
        assert day_of(client, admin, branch) == {"opening": "100.00", "closing": "100.00"}
    assert calls["Query"] == 1, "the counts of accounts alone"


def test_pages_are_put_together(client: Api, manager: User, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "ITEMS_AT_ONCE", 2)
    branch = opened_branch(client, manager)["id"]
    account = opened(client, customer)
    for _ in range(5):
        deposit(client, customer, account, "1.00", branch_id=branch).ok(201)
    assert day_of(client, manager, branch)["deposits"] == (5, "5.00")


def test_what_takes_too_long_is_given_up(client: Api, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    branch = opened_branch(client, manager, cash="1.00")["id"]
    monkeypatch.setattr(daily_report, "REQUEST_SECONDS_MAX", -1)
    client.get(f"/v1/branches/{branch}/report", token=manager.token).refused(503, "unavailable")
