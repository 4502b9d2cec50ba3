"""Statements over HTTP: every format, of whom and when, and what they cost."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from chalicelib import clock, config
from chalicelib.domain.time import parse_moment
from chalicelib.services import access, statements
from tests.api.accounts import deposit, opened, transfer, withdraw
from tests.api.bank import Api, Json, Reply, User

BERLIN = ZoneInfo("Europe/Berlin")
MEMO = '=cmd|"/c calc"'


def at(text: str) -> None:
    """Stop the bank's clock at a moment, told as Berlin's clocks show it."""
    moment = datetime.fromisoformat(text).replace(tzinfo=BERLIN)
    clock.set_clock(lambda: moment)


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch, at_time: Callable[[timedelta], None]) -> None:
    """A bank in Berlin, in which tokens that were taken once stay good. `at_time` gives the clock back."""
    monkeypatch.setattr(config, "timezone", lambda: BERLIN)
    monkeypatch.setattr(access, "principal_of", cache(access.principal_of))


def statement(client: Api, user: User, account: Json, month: str, query: str = "") -> Reply:
    return client.get(f"/v1/accounts/{account['id']}/statements/{month}{query}", token=user.token)


@pytest.fixture
def account(client: Api, new_customer: Callable[[], User]) -> Json:
    """Money on both sides of the ends of October 2026, in which Berlin's clocks were put back."""
    at("2026-09-10T12:00")
    owner = new_customer()
    account, other = opened(client, owner, "100.00"), opened(client, owner, nickname="other")
    for moment, amount in (("2026-09-30T23:59:59.999999", "1.00"), ("2026-10-01T00:00", "2.00")):
        at(moment)
        deposit(client, owner, account, amount).ok(201)
    at("2026-10-25T02:30")
    transfer(client, owner, account, other, "50.00", memo=MEMO).ok(201)
    at("2026-10-31T23:59:59")
    withdraw(client, owner, account, "3.00").ok(201)
    at("2026-11-01T00:00")
    deposit(client, owner, account, "4.00", memo="Λεωφόρος Αλεξάνδρας").ok(201)
    at("2026-11-21T09:00")
    return account | {"owner": owner, "other": other}


def test_a_month_as_json(client: Api, account: Json) -> None:
    told = statement(client, account["owner"], account, "2026-10").ok()
    entries = told.pop("entries")
    assert told == {
        "account_id": account["id"],
        "account_number": account["account_number"],
        "period": "2026-10",
        "from": "2026-10-01",
        "to": "2026-10-31",
        "is_final": True,
        "currency": "USD",
        "opening_balance": "101.00",
        "closing_balance": "50.00",
        "total_in": "2.00",
        "total_out": "53.00",
        "interest": "0.00",
    }
    shown = [(one["date"], one["type"], one["direction"], one["amount"], one["balance_after"]) for one in entries]
    assert shown == [
        ("2026-10-01", "deposit", "in", "2.00", "103.00"),
        ("2026-10-25", "transfer", "out", "50.00", "53.00"),
        ("2026-10-31", "withdrawal", "out", "3.00", "50.00"),
    ]
    assert (entries[1]["memo"], entries[1]["counterparty"]) == (MEMO, account["other"]["id"])
    assert entries[1]["counterparty_number"] == account["other"]["account_number"]


def test_months_join_and_the_running_one_is_to_date(client: Api, account: Json) -> None:
    months = [statement(client, account["owner"], account, month).ok() for month in ("2026-09", "2026-10", "2026-11")]
    assert [one["opening_balance"] for one in months] == ["0.00", "101.00", "50.00"]
    assert [one["closing_balance"] for one in months] == ["101.00", "50.00", "54.00"]
    assert [(one["to"], one["is_final"]) for one in months[1:]] == [("2026-10-31", True), ("2026-11-21", False)]
    at("2027-02-01T00:00")
    idle = statement(client, account["owner"], account, "2027-01").ok()
    assert (idle["opening_balance"], idle["closing_balance"], idle["entries"]) == ("54.00", "54.00", [])


def test_csv_and_camt(client: Api, account: Json) -> None:
    reply = statement(client, account["owner"], account, "2026-10", "?format=csv")
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert f'{account["account_number"]}-2026-10.csv"' in reply.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(reply.text, newline="")))
    assert [row["amount"] for row in rows] == ["2.00", "-50.00", "-3.00"]
    assert rows[1]["memo"] == f"'{MEMO}"
    reply = statement(client, account["owner"], account, "2026-11", "?format=camt053")
    assert reply.headers["Content-Type"] == "application/xml; charset=utf-8"
    document = etree.fromstring(reply.text.encode())
    texts = [element.text for element in document.iter() if element.tag.endswith(("}Ustrd", "}Amt"))]
    assert texts == ["50.00", "54.00", "4.00", "Λεωφόρος Αλεξάνδρας"]


def test_it_says_what_was_posted_whatever_was_written_on_it_since(client: Api, account: Json) -> None:
    before = statement(client, account["owner"], account, "2026-10").ok()
    moved = before["entries"][1]["transaction_id"]
    written = {"memo": "mine", "category": "c", "tags": ["t"]}
    client.patch(f"/v1/transactions/{moved}", written, token=account["owner"].token).ok()
    assert statement(client, account["owner"], account, "2026-10").ok() == before


@pytest.mark.parametrize(
    ("month", "why"),
    [("2026-12", "to come"), ("2026-13", "month"), ("2026-8", "month"), ("2026-08", "opened"), ("october", "month")],
)
def test_months_without_a_statement(client: Api, account: Json, month: str, why: str) -> None:
    reply = statement(client, account["owner"], account, month).refused(422, "validation_failed")
    assert reply.wrong_fields == ["month"]
    assert why in reply.json["detail"]


def test_its_owner_staff_and_the_auditor_see_it_and_nobody_else(
    client: Api, account: Json, new_customer: Callable[[], User], new_staff: Callable[[str], User]
) -> None:
    for role in ("teller", "manager", "auditor"):
        statement(client, new_staff(role), account, "2026-10").ok()
    for month in ("2026-10", "2026-13"):
        statement(client, new_customer(), account, month).refused(404, "not_found")
    statement(client, account["owner"], account, "2026-10", "?format=xls").refused(422, "validation_failed")


def test_pages_of_entries_join(client: Api, account: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = statement(client, account["owner"], account, "2026-10").ok()
    monkeypatch.setattr(statements, "ENTRIES_AT_ONCE_MAX", 1)
    assert statement(client, account["owner"], account, "2026-10").ok() == whole
    assert parse_moment(whole["entries"][0]["created_at"]) == datetime(2026, 10, 1, tzinfo=BERLIN)
