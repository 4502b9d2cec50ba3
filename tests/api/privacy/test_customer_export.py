"""Everything that is held of a customer, page by page."""

from collections.abc import Callable

import pytest

from chalicelib.models.accounts.account import Account
from tests.api.conftest import PASSWORD
from tests.api.helpers import persons
from tests.api.helpers.accounts import opened, transfer, withdraw
from tests.api.helpers.bank import Api, User, counted_calls
from tests.api.helpers.persons import (
    ADDRESS,
    AGENT,
    EMAIL,
    PERSON,
    RESOLUTION,
    SEALED,
    WORDS,
    exported,
    lived,
    registered,
)
from tests.api.helpers.risk import held_by_hand


@pytest.fixture
def person(client: Api, manager: User, log_in: Callable[[str], User]) -> persons.Person:
    registered(client, PASSWORD)
    return lived(client, log_in(EMAIL), manager)


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_all_that_is_held_is_told_once(client: Api, person: persons.Person, limit: int) -> None:
    records = list(exported(client, person.user, person.user.customer_id, limit))
    told: dict[str, list[object]] = {}
    for kind, data in records:
        told.setdefault(kind, []).append(data)
    assert {kind: len(found) for kind, found in told.items()} == {
        "customer": 1,
        "customer_accounts": 1,
        "address": 1,
        "lookup": 3,
        "user": 1,
        "session": 1,
        "known_devices": 1,
        "login": 3,
        "account": 1,
        "entry": 2,
        "ticket": 1,
        "ticket_message": 3,
    }
    [customer], [address], [user] = (told[kind] for kind in ("customer", "address", "user"))
    assert PERSON.items() <= customer.items()  # type: ignore[attr-defined]
    assert ADDRESS.items() <= address.items()  # type: ignore[attr-defined]
    assert (user["email"], user["role"]) == (EMAIL, "customer")  # type: ignore[index]
    assert {login["user_agent"] for login in told["login"]} >= {AGENT}  # type: ignore[index]
    text = str(records)
    assert [word for word in (*SEALED, *WORDS, RESOLUTION) if word not in text] == []


def test_the_memo_is_told_as_it_was_given_and_as_it_was_relabelled(
    client: Api, customer: User, other_customer: User
) -> None:
    account, payee = opened(client, customer, "5.00"), opened(client, other_customer)
    made = transfer(client, customer, account, payee, "2.00", memo="Aconite").ok(201)
    client.patch(f"/v1/transactions/{made['id']}", {"memo": "Belladonna"}, token=customer.token).ok()
    for user, memo in ((customer, "Belladonna"), (other_customer, "Aconite")):
        records = exported(client, user, user.customer_id)
        [entry] = [data for kind, data in records if kind == "entry" and data["transaction_id"] == made["id"]]
        assert (entry["memo"], entry["memo_as_given"]) == (memo, "Aconite")


def test_payments_that_were_not_posted_are_told(
    client: Api, customer: User, other_customer: User, teller: User
) -> None:
    account, payee = opened(client, customer, "5.00"), opened(client, other_customer)
    refused = withdraw(client, customer, account, "9.00", memo="Aconite").refused(422, "insufficient_funds")
    waiting = held_by_hand(customer, account, payee)
    by_teller = held_by_hand(teller, account, payee, role="teller")
    told = [data for kind, data in exported(client, customer, customer.customer_id, 1) if kind == "payment"]
    assert {data["id"]: data["status"] for data in told} == {
        by_teller: "pending", waiting: "pending", refused.json["transaction_id"]: "failed"
    }  # fmt: skip
    assert len(told) == 3
    assert [data["memo"] for data in told if data["memo"]] == ["Aconite"]
    assert "payment" not in dict(exported(client, other_customer, other_customer.customer_id))


def test_an_account_held_until_a_moment_ago_is_left_out(
    client: Api, customer: User, other_customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = opened(client, other_customer, "1.00")
    monkeypatch.setattr(Account, "ids_in_order", lambda _: iter([theirs["id"]]))
    kinds = {kind for kind, _ in exported(client, customer, customer.customer_id)}
    assert "customer" in kinds
    assert "entry" not in kinds


def test_no_secret_is_exported(client: Api, person: persons.Person, manager: User) -> None:
    text = str(list(exported(client, manager, person.user.customer_id)))
    assert [word for word in ("hash_", "_hash", "argon2", "v1.", "hmac") if word in text.replace("prev_hash", "")] == []
    assert person.user.refresh_token.rpartition(".")[2] not in text


def test_only_oneself_and_managers_export(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User, manager: User
) -> None:
    path = f"/v1/customers/{customer.customer_id}/export"
    client.get(path, token=other_customer.token).refused(404, "not_found")
    for user in (teller, auditor):
        client.get(path, token=user.token).refused(403, "forbidden")
    first = client.get(f"{path}?limit=1", token=customer.token).ok()
    other = f"/v1/customers/{other_customer.customer_id}/export"
    client.get(f"{other}?cursor={first['next_cursor']}", token=manager.token).refused(400, "invalid_cursor")


def test_a_page_costs_a_few_calls_whatever_there_is(client: Api, person: persons.Person) -> None:
    path = f"/v1/customers/{person.user.customer_id}/export"
    with counted_calls() as calls:
        client.get(path, token=person.user.token).ok()
    # The session and the customer; two lists of parts; person, user, reads, payments (accounts, holds, requests),
    # accounts, entries and the list of their labels, webhook endpoints, files of payments, ticket.
    assert calls == {"GetItem": 3, "Query": 16, "BatchGetItem": 2}


@pytest.mark.parametrize("who", ["customer", "manager"])
def test_what_staff_write_for_staff_is_in_no_export(
    client: Api, customer: User, manager: User, teller: User, who: str, request: pytest.FixtureRequest
) -> None:
    """A manager hands the export to the customer, who must not learn why it is not trusted."""
    reason, unlocked = "The passport is forged", "Sounded like another person"
    body = {"status": "rejected", "reason": reason}
    client.post(f"/v1/customers/{customer.customer_id}/kyc", body, token=teller.token).ok()
    client.post(f"/v1/users/{customer.user_id}/unlock", {"reason": unlocked}, token=manager.token).ok(204)
    records = list(exported(client, request.getfixturevalue(who), customer.customer_id))
    [kyc] = [data["kyc"] for kind, data in records if kind == "customer"]
    assert (kyc["status"], kyc["reason"], kyc["reviewed_by"]) == ("rejected", None, None)
    assert "unlocked" in {data["outcome"] for kind, data in records if kind == "login"}
    for word in (reason, unlocked, teller.user_id):
        assert word not in str(records)
