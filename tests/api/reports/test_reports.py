"""Sums as clients read them: whose, cut how, at what cost; and books that balance."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.month import Month
from chalicelib.domain.reports.rollup import Posted
from chalicelib.services.reports import rollups
from tests.api.helpers.accounts import deposit, opened, transfer, withdraw
from tests.api.helpers.bank import Api, Json, User, counted_calls, items
from tests.api.helpers.branches import HEAD_OFFICE
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.stream import Stream

SUMMARY = "/v1/reports/summary"
NOVEMBER = f"{SUMMARY}?from=2026-11-01&to=2026-11-30"
BALANCE = "/v1/reports/trial-balance"


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    return Stream()


def today() -> str:
    return clock.now().date().isoformat()


def made(count: int, **also: Any) -> list[Posted]:
    """Transactions as they are counted, without a ledger."""
    facts: Json = {
        "type": "deposit",
        "currency": "USD",
        "amount": 100,
        "branch_id": HEAD_OFFICE,
        "day": date(2026, 11, 2),
    }
    legs = (("acc_a", 100), (f"gl.cash.{HEAD_OFFICE}.USD", -100))
    return [Posted(f"txn_{also}_{number}", **facts | {"legs": legs} | also) for number in range(count)]


def line(found: list[Json], type_: str, category: str | None = None) -> Json:
    [one] = [one for one in found if (one["type"], one["category"]) == (type_, category)]
    return one


def test_a_customers_spending_by_category_and_month(
    client: Api, customer: User, other_customer: User, stream: Stream
) -> None:
    one, two, others = opened(client, customer, "100.00"), opened(client, customer), opened(client, other_customer)
    withdraw(client, customer, one, "5.00", category="cash").ok(201)
    transfer(client, customer, one, others, "30.00", category="rent").ok(201)
    transfer(client, customer, one, others, "12.50", category="rent").ok(201)
    deposit(client, customer, two, "7.00").ok(201)
    stream.let_follow()
    found = client.get(f"{SUMMARY}?by=month", token=customer.token).ok()
    assert (found["from"], found["to"], found["by"]) == (str(Month.of(clock.now().date()).first), today(), "month")
    [month] = found["periods"]
    assert month["lines"] == found["totals"]
    rent = {"count": 2, "amount": "42.50", "total_in": "0.00", "total_out": "42.50", "currency": "USD"}
    assert line(found["totals"], "transfer", "rent") == rent | {"type": "transfer", "category": "rent"}
    assert line(found["totals"], "deposit")["total_in"] == "107.00"
    assert client.get(f"{SUMMARY}?category=rent", token=customer.token).ok()["totals"] == [
        line(found["totals"], "transfer", "rent")
    ]
    assert client.get(f"{SUMMARY}?account_id={two['id']}", token=customer.token).ok()["totals"] == [
        line(found["totals"], "deposit")
        | {"count": 1, "amount": "7.00", "total_in": "7.00"}
    ]  # fmt: skip
    theirs = client.get(SUMMARY, token=other_customer.token).ok()["totals"]
    assert [(one["category"], one["total_in"]) for one in theirs] == [(None, "42.50")]


def test_staff_see_the_bank_a_branch_a_customer_or_a_category(
    client: Api, customer: User, teller: User, auditor: User, stream: Stream
) -> None:
    one, two = opened(client, customer, "100.00"), opened(client, customer)
    transfer(client, customer, one, two, "30.00", category="rent").ok(201)
    stream.let_follow()
    for user in (teller, auditor):
        whole = client.get(SUMMARY, token=user.token).ok()["totals"]
        assert [(line["type"], line["count"], line["amount"]) for line in whole] == [
            ("deposit", 1, "100.00"), ("transfer", 1, "30.00")
        ]  # fmt: skip
    branch = client.get(f"{SUMMARY}?branch_id={HEAD_OFFICE}", token=teller.token).ok()["totals"]
    assert [line["type"] for line in branch] == ["deposit"]
    only = client.get(f"{SUMMARY}?type=transfer&currency=USD", token=teller.token).ok()["totals"]
    assert (only[0]["total_in"], only[0]["total_out"]) == ("30.00", "30.00")
    theirs = client.get(f"{SUMMARY}?customer_id={customer.customer_id}", token=teller.token).ok()["totals"]
    assert line(theirs, "transfer", "rent")["total_out"] == "30.00"
    rent = client.get(f"{SUMMARY}?category=rent", token=teller.token).ok()["totals"]
    assert rent == [line(theirs, "transfer", "rent")]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=2026-11-02&to=2026-11-01", "from"),
        ("from=2025-10-31&to=2026-11-01", "from"),
        ("from=2026-02-30", "from"),
        ("to=9999-12-31", "to"),
        ("by=year", "by"),
        ("account_id=acc_1&branch_id=brn_1", "branch_id"),
        (f"branch_id={HEAD_OFFICE}&category=rent", "category"),
    ],
)
def test_what_is_no_range_or_no_sum_is_refused(client: Api, admin: User, query: str, field: str) -> None:
    assert client.get(f"{SUMMARY}?{query}", token=admin.token).refused(422, "validation_failed").wrong_fields == [field]


def test_a_year_is_a_range(client: Api, admin: User) -> None:
    assert len(client.get(f"{SUMMARY}?from=2025-11-01&to=2026-11-01", token=admin.token).ok()["periods"]) == 366


def test_other_peoples_sums_are_unknown(client: Api, customer: User, other_customer: User) -> None:
    account = opened(client, other_customer)
    for query in (f"account_id={account['id']}", f"customer_id={other_customer.customer_id}"):
        client.get(f"{SUMMARY}?{query}", token=customer.token).refused(404, "not_found")
    client.get(f"{SUMMARY}?branch_id={HEAD_OFFICE}", token=customer.token).refused(403, "forbidden")
    client.get(BALANCE, token=customer.token).refused(403, "forbidden")


def test_the_cost_does_not_grow_with_the_transactions(client: Api, admin: User) -> None:
    def costs() -> list[Counter[str]]:
        found = []
        for path in (SUMMARY, f"{SUMMARY}?by=week&branch_id={HEAD_OFFICE}", BALANCE):
            with counted_calls() as calls:
                client.get(path, token=admin.token).ok()
            found.append(calls)
        return found

    rollups.count_in(1, made(10), [])
    few = costs()
    rollups.count_in(1, made(990, type="withdrawal"), [])
    assert costs() == few
    [deposits, withdrawals] = client.get(NOVEMBER, token=admin.token).ok()["totals"]
    assert (deposits["count"], withdrawals["count"]) == (10, 990)


def test_an_answer_has_so_many_lines_and_no_more(client: Api, admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    rollups.count_in(1, made(1) + made(1, type="withdrawal"), [])
    client.get(NOVEMBER, token=admin.token).ok()
    monkeypatch.setattr("chalicelib.services.reports.summary.LINES_MAX", 1)
    assert client.get(NOVEMBER, token=admin.token).refused(422, "validation_failed").wrong_fields


def test_the_books_balance_and_are_what_the_accounts_say(
    client: Api, customer: User, manager: User, stream: Stream
) -> None:
    one, _ = opened(client, customer, "100.00"), opened(client, customer, "500", currency="JPY")
    withdraw(client, customer, one, "5.50").ok(201)
    branch = {"name": "n", "code": "A", "city": "c", "country": "GB", "initial_balance": "1000.00"}
    client.post("/v1/branches", branch, token=manager.token, key="b").ok(201)
    stream.let_follow()
    found = client.get(BALANCE, token=manager.token).ok()
    assert found["as_of"] == today()
    balances: Counter[tuple[str, str]] = Counter()
    for account in items(type="account"):
        is_banks = account["account_type"] == "general_ledger"
        name = account["id"].rpartition(".")[0] if is_banks else "customers"
        balances[account["currency"], name] += int(account["balance"])

    def minor(line: Json) -> int:
        return int((line["credit"] if float(line["credit"]) else f"-{line['debit']}").replace(".", ""))

    assert {(line["currency"], line["account"]): minor(line) for line in found["accounts"]} == balances
    assert all(total["debit"] == total["credit"] for total in found["totals"])
    assert [total["currency"] for total in found["totals"]] == ["JPY", "USD"]


def test_the_books_as_of_a_day_add_up_months_and_days(client: Api, admin: User) -> None:
    for number, day in enumerate([date(2025, 12, 31), date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 2)]):
        rollups.count_in(1, made(1 << number, day=day), [])

    def cash(as_of: str) -> str | None:
        books = client.get(f"{BALANCE}?as_of={as_of}", token=admin.token).ok()["accounts"]
        return next((book["debit"] for book in books if book["account"].startswith("gl.cash")), None)

    days = ["2025-12-30", "2025-12-31", "2026-01-01", "2026-09-30", "2026-10-01", "2026-10-02", "2026-11-20"]
    assert [cash(day) for day in days] == [None, "1.00", "1.00", "3.00", "7.00", "15.00", "15.00"]
    client.get(f"{BALANCE}?as_of=2999-01-01", token=admin.token).refused(422, "validation_failed")
