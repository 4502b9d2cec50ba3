"""Exports of reports: nothing is left of what an erased customer asked for, nor of what was found for it."""

from functools import cache
from typing import Any

import pytest

from chalicelib.models import transact
from chalicelib.models.reports import export_bucket
from chalicelib.services.identity import authenticate
from chalicelib.services.reports import report_exports, transaction_report
from tests.api.helpers import persons
from tests.api.helpers.accounts import deposit, opened, withdraw
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.export_machine import ExportMachine, new_bucket, unfinished
from tests.api.helpers.persons import erase
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.race import just_before

WORD = "Quillwort"


@pytest.fixture(autouse=True)
def bucket(bank: People, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Every report is too long for a response: a page has one row, and there is no time for another."""
    monkeypatch.setattr(report_exports, "SECONDS_AT_ONCE_MAX", -1)
    monkeypatch.setattr(transaction_report, "PAGE", 1)
    return new_bucket()


@pytest.fixture(autouse=True)
def account(client: Api, customer: User) -> Json:
    """Closed, with two payments of a category."""
    account = opened(client, customer)
    deposit(client, customer, account, "1.00", category=WORD).ok(201)
    withdraw(client, customer, account, "1.00", category=WORD).ok(201)
    client.delete(f"/v1/accounts/{account['id']}", token=customer.token).ok()
    return account


def asked(client: Api, user: User, query: str = "") -> Reply:
    return client.get(f"/v1/reports/transactions?format=csv&category={WORD}{query}", token=user.token)


def names(bucket: Any) -> list[str]:
    return [one.key for one in bucket.objects.all()]


def test_erasure_removes_files_and_what_they_were_asked_for(
    client: Api, customer: User, manager: User, account: Json, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is complete, the other has a cursor in the list of the category; for both, rows were set aside."""
    monkeypatch.setattr(authenticate, "principal_of", cache(authenticate.principal_of))
    done = asked(client, customer).ok(202)
    ExportMachine().run(customer.user_id, done["id"])
    begun = asked(client, customer, f"&account_id={account['id']}").ok(202)
    assert unfinished(customer.user_id, begun["id"]) == "more"
    path = f"/v1/reports/exports/{done['id']}"
    assert client.get(path, token=customer.token).ok()["url"]
    assert len(names(bucket)) == 3
    erase(client, manager, customer.customer_id)
    assert names(bucket) == []
    assert WORD.lower() not in persons.raw().lower()
    left = [one for one in items(type="export") if {"asked", "cursor"} & one.keys()]
    assert left == []
    client.get(path, token=customer.token).refused(404, "not_found")


def test_nothing_is_stored_of_an_export_that_is_asked_for_after_the_erasure(
    client: Api, customer: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authorizer lets the token in for a minute more, and a report may be long without the category, too."""
    monkeypatch.setattr(authenticate, "principal_of", cache(authenticate.principal_of))
    client.get("/v1/user/profile", token=customer.token).ok()
    erase(client, manager, customer.customer_id)
    monkeypatch.setattr(report_exports, "at_once", lambda *_: None)
    asked(client, customer).refused(409, "conflict")
    assert WORD.lower() not in persons.raw().lower()


def test_nothing_is_stored_of_an_export_that_is_asked_for_during_the_erasure(
    client: Api, customer: User, manager: User
) -> None:
    with just_before("TransactWriteItems", lambda: erase(client, manager, customer.customer_id)):
        asked(client, customer).refused(409, "conflict")
    assert WORD.lower() not in persons.raw().lower()
    assert items(type="export") == []


@pytest.mark.parametrize("step", ["begin", "set_aside", "put_part", "complete"])
def test_no_file_outlives_an_erasure_during_its_writing(
    client: Api, customer: User, manager: User, bucket: Any, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    export = asked(client, customer).ok(202)
    write = getattr(export_bucket, step)

    def erased_first(*given: Any) -> Any:
        monkeypatch.setattr(export_bucket, step, write)
        erase(client, manager, customer.customer_id)
        return write(*given)

    monkeypatch.setattr(export_bucket, step, erased_first)
    if step == "set_aside":
        with pytest.raises(transact.Cancelled):
            unfinished(customer.user_id, export["id"])
    ExportMachine().run(customer.user_id, export["id"])
    assert [one for one in items(type="export") if "asked" in one] == []
    assert names(bucket) == []
