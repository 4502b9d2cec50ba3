"""Statements over HTTP: every format, of whom and when, and what they cost."""

import io
import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

import boto3
import pytest
from lxml import etree
from pypdf import PdfReader

from chalicelib import clock, config
from chalicelib.domain.payments.iban import paper_form
from chalicelib.models.accounts.account import Account
from chalicelib.models.statements import document_bucket
from chalicelib.services.identity import authenticate
from chalicelib.services.privacy import erasure
from chalicelib.services.statements import statements, store
from tests.api.helpers.accounts import deposit, opened, transfer, withdraw
from tests.api.helpers.bank import Api, Json, Reply, User, counted_calls
from tests.api.helpers.customers import Addresses
from tests.api.helpers.holders import end_holder, put_holder
from tests.api.helpers.statement_function import BUCKET, StatementFunction, content, names
from tests.csv_files import rows_of

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
    monkeypatch.setattr(config, "bank_address", lambda: ["1 Exchange Square", "London"])
    monkeypatch.setattr(authenticate, "principal_of", cache(authenticate.principal_of))


def statement(client: Api, user: User, account: Json, month: str, query: str = "") -> Reply:
    return client.get(f"/v1/accounts/{account['id']}/statements/{month}{query}", token=user.token)


@pytest.fixture
def account(client: Api, new_customer: Callable[[], User], log_in: Callable[[str], User]) -> Json:
    """Money on both sides of the ends of October 2026, in which Berlin's clocks were put back."""
    at("2026-09-10T12:00")
    owner = new_customer()
    account, other = opened(client, owner, "100.00"), opened(client, owner, nickname="other")
    for moment, amount in (("2026-09-30T23:59:59.999999", "1.00"), ("2026-10-01T00:00", "2.00")):
        at(moment)
        deposit(client, owner, account, amount).ok(201)
    at("2026-10-25T02:30")
    owner = log_in(owner.email)  # the session of September is over
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
        "iban": account["iban"],
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
    assert entries[1]["counterparty_iban"] == account["other"]["iban"]


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
    rows = rows_of(reply.text)
    plain = statement(client, account["owner"], account, "2026-10", "?format=csv&bom=false")
    assert rows_of(plain.text, has_bom=False) == rows
    wrong = statement(client, account["owner"], account, "2026-10", "?format=csv&bom=maybe")
    assert wrong.refused(422, "validation_failed").wrong_fields == ["bom"]
    assert [row["amount"] for row in rows] == ["2.00", "-50.00", "-3.00"]
    assert rows[1]["memo"] == f"'{MEMO}"
    reply = statement(client, account["owner"], account, "2026-11", "?format=camt053")
    assert reply.headers["Content-Type"] == "application/xml; charset=utf-8"
    document = etree.fromstring(reply.text.encode())
    texts = [element.text for element in document.iter() if element.tag.endswith(("}Ustrd", "}Amt"))]
    assert texts == ["50.00", "54.00", "4.00", "Λεωφόρος Αλεξάνδρας"]
    ended = [element.text for element in document.iter() if element.tag.endswith(("}ToDtTm", "}Cd"))]
    assert ended[0] <= clock.now().isoformat()
    assert {"OPBD", "ITBD"} < {*ended}
    assert f'{account["account_number"]}-2026-11-21.xml"' in reply.headers["Content-Disposition"]


def test_it_says_what_was_posted_whatever_was_written_on_it_since(client: Api, account: Json) -> None:
    before = statement(client, account["owner"], account, "2026-10").ok()
    moved = before["entries"][1]["transaction_id"]
    written = {"memo": "mine", "category": "c", "tags": ["t"]}
    client.patch(f"/v1/transactions/{moved}", written, token=account["owner"].token).ok()
    assert statement(client, account["owner"], account, "2026-10").ok() == before


@pytest.mark.parametrize(
    ("month", "why"),
    [("2026-12", "future"), ("2026-13", "month"), ("2026-8", "month"), ("2026-08", "opened"), ("october", "month")],
)
def test_months_without_a_statement(client: Api, account: Json, month: str, why: str) -> None:
    reply = statement(client, account["owner"], account, month).refused(422, "validation_failed")
    assert reply.wrong_fields == ["month"]
    assert why in reply.json["detail"]


def test_its_owner_holders_staff_and_the_auditor_see_it_and_nobody_else(
    client: Api, account: Json, new_customer: Callable[[], User], new_staff: Callable[[str], User]
) -> None:
    for role in ("teller", "manager", "auditor"):
        statement(client, new_staff(role), account, "2026-10").ok()
    holder = new_customer()
    put_holder(client, new_staff("teller"), account, holder, "view").ok()
    statement(client, holder, account, "2026-10").ok()
    for month in ("2026-10", "2026-13"):
        statement(client, new_customer(), account, month).refused(404, "not_found")
    statement(client, account["owner"], account, "2026-10", "?format=xls").refused(422, "validation_failed")


def test_what_is_long_is_made_by_the_function_and_reached_by_a_link(
    client: Api, account: Json, statement_function: StatementFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    forms = ("json", "csv", "csv&bom=false", "camt053")
    whole = {form: statement(client, account["owner"], account, "2026-10", f"?format={form}") for form in forms}
    monkeypatch.setattr("chalicelib.handlers.statements.statements.ENTRIES_AT_ONCE_MAX", 2)
    for form in forms:
        reply = statement(client, account["owner"], account, "2026-10", f"?format={form}")
        assert (reply.status, reply.text) == (303, "")
        assert whole[form].text in {content(name).decode() for name in names()}
    assert len({*names()}) == len(statement_function.asked) == 4


def test_a_page_in_a_browser_gets_the_link_instead_of_being_led_there(
    client: Api, account: Json, statement_function: StatementFunction
) -> None:
    kind = "application/vnd.florin.link+json"
    path = f"/v1/accounts/{account['id']}/statements/2026-10?format=pdf"
    reply = client.get(path, token=account["owner"].token, headers={"Accept": kind})
    assert (reply.status, reply.headers["Content-Type"]) == (200, kind)
    assert unquote(urlsplit(json.loads(reply.text)["href"]).path).endswith(names()[0])
    assert len(statement_function.asked) == 1


def test_a_pdf_is_made_once_and_reached_by_a_link(
    client: Api, account: Json, statement_function: StatementFunction
) -> None:
    owner = account["owner"]
    Addresses(client, owner).added(line1="9 Old Road")
    Addresses(client, owner).added(line1="12 New Road", is_primary=True)
    reply = statement(client, owner, account, "2026-10", "?format=pdf")
    assert reply.status == 303
    [name] = names()
    address = urlsplit(reply.headers["Location"])
    assert unquote(address.path).endswith(name)
    assert parse_qs(address.query)["X-Amz-Expires"] == ["300"]
    about = boto3.client("s3").head_object(Bucket=BUCKET, Key=name)
    assert about["ContentType"] == "application/pdf"
    assert f'{account["account_number"]}-2026-10.pdf"' in about["ContentDisposition"]
    text = PdfReader(io.BytesIO(content(name))).pages[0].extract_text()
    for told in (
        "Ada Lovelace",
        "12 New Road",
        "1 Exchange Square",
        MEMO,
        "50.00",
        "Page 1 of 1",
        account["account_number"],
        paper_form(account["iban"]),
        f"Transfer to your current account {account['other']['account_number']}",
    ):
        assert told in " ".join(text.split())
    assert "9 Old Road" not in text
    with counted_calls() as calls:
        assert statement(client, owner, account, "2026-10", "?format=pdf").status == 303
    assert +calls - Counter({"GetItem": 1}) == Counter({"Query": 1})
    assert (len(statement_function.asked), names()) == (1, [name])


def test_the_month_that_runs_is_made_anew_when_the_account_has_moved(
    client: Api, account: Json, statement_function: StatementFunction
) -> None:
    for _ in range(2):
        statement(client, account["owner"], account, "2026-11", "?format=pdf")
    deposit(client, account["owner"], account, "1.00").ok(201)
    statement(client, account["owner"], account, "2026-11", "?format=pdf")
    assert [name.partition("/")[0] for name in names()] == ["passing", "passing"]
    assert len(statement_function.asked) == 2


def test_a_function_that_does_not_answer_or_fails(
    client: Api, account: Json, statement_function: StatementFunction
) -> None:
    statement_function.silent = True
    reply = statement(client, account["owner"], account, "2026-10", "?format=pdf").refused(503, "unavailable")
    assert reply.headers["Retry-After"] == "5"
    statement_function.silent, statement_function.broken = False, True
    statement(client, account["owner"], account, "2026-10", "?format=pdf").refused(500, "internal")
    assert names() == []


def test_a_customers_stored_statements_are_destroyed_and_no_others(
    client: Api, account: Json, statement_function: StatementFunction, other_customer: User
) -> None:
    at("2026-11-21T09:00")
    others = opened(client, other_customer)
    statement(client, account["owner"], account, "2026-10", "?format=pdf")
    statement(client, account["owner"], account["other"], "2026-11", "?format=pdf")
    statement(client, other_customer, others, "2026-11", "?format=pdf")
    assert len(names()) == 3
    assert store.destroy(account["customer_id"], account["id"]) == 1
    for money, one in (("54.00", account), ("50.00", account["other"])):
        withdraw(client, account["owner"], one, money).ok(201)
        client.delete(f"/v1/accounts/{one['id']}", token=account["owner"].token).ok()
    assert client.delete(f"/v1/customers/{account['customer_id']}", token=account["owner"].token).status == 200
    assert store.destroy(account["customer_id"]) == 0
    assert [name.split("/")[1] for name in names()] == [other_customer.customer_id]


@pytest.mark.parametrize(("seconds", "status"), [(18.0, "erased"), (-1.0, "erasing")])
def test_a_pdf_that_is_made_during_an_erasure_names_nobody(
    client: Api,
    account: Json,
    statement_function: StatementFunction,
    teller: User,
    manager: User,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    status: str,
) -> None:
    """The names were read before, and the document is stored after the erasure has destroyed all others."""
    at("2026-11-21T09:00")
    for money, one in (("54.00", account), ("50.00", account["other"])):
        withdraw(client, account["owner"], one, money).ok(201)
        client.delete(f"/v1/accounts/{one['id']}", token=account["owner"].token).ok()
    monkeypatch.setattr(erasure, "SECONDS_MAX", seconds)
    put = document_bucket.put

    def erased_first(*given: Any) -> None:
        monkeypatch.setattr(document_bucket, "put", put)
        erased = client.delete(f"/v1/customers/{account['customer_id']}", token=manager.token).json
        assert erased["status"] == status
        put(*given)

    monkeypatch.setattr(document_bucket, "put", erased_first)
    assert statement(client, teller, account, "2026-10", "?format=pdf").status == 303
    text = PdfReader(io.BytesIO(content(names()[0]))).pages[0].extract_text()
    assert account["account_number"] in text
    assert "Ada" not in text


def test_joint_holders_are_named_until_they_are_erased(
    client: Api,
    account: Json,
    statement_function: StatementFunction,
    new_customer: Callable[[], User],
    other_customer: User,
    teller: User,
) -> None:
    """Also on the statements of an account that was held once; the owner gets those anew, without the name."""
    owner, once, never = account["owner"], new_customer(), account["other"]
    for holder, name in ((once, "Once"), (other_customer, "Now")):
        client.patch(f"/v1/customers/{holder.customer_id}", {"last_name": name}, token=teller.token).ok()
        put_holder(client, teller, account, holder, "view").ok()

    def named(month: str = "2026-10") -> list[str]:
        assert statement(client, owner, account, month, "?format=pdf").status == 303
        [name] = [one for one in names() if f"/{account['id']}/{month}/" in one]
        text = PdfReader(io.BytesIO(content(name))).pages[0].extract_text()
        found = [line for line in text.splitlines() if line.startswith("Ada ")]
        if month == "2026-10":
            assert ("your current account" in text) is (len(found) == 1), "holders may not see the other account"
        return found

    statement(client, owner, never, "2026-11", "?format=pdf")
    assert named() == ["Ada Lovelace", "Ada Once", "Ada Now"]
    end_holder(client, teller, account, once).ok(204)
    assert named("2026-11") == ["Ada Lovelace", "Ada Now"]
    assert named() == ["Ada Lovelace", "Ada Once", "Ada Now"], "a stored statement stays as it was"
    client.delete(f"/v1/customers/{once.customer_id}", token=once.token).ok()
    assert (named(), len(names())) == (["Ada Lovelace", "Ada Now"], 2)
    client.delete(f"/v1/customers/{other_customer.customer_id}", token=other_customer.token).ok()
    assert [name.split("/")[2] for name in names()] == [never["id"]]
    assert named() == ["Ada Lovelace"]


def test_pages_of_entries_join(account: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    found = Account.by_id(account["id"])
    assert found is not None
    wanted = statements.of_month(found, "2026-10")
    whole = statements.read(wanted)
    for at_once in (0, 1, 2, 3):
        monkeypatch.setattr(statements, "ENTRIES_AT_ONCE_MAX", at_once)
        assert statements.read(wanted) == whole
        assert (statements.read_within(wanted, at_once) is None) is (at_once < 3)
