"""Erasing a customer: nothing of the person is left anywhere, and all of the ledger."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from chalicelib import clock
from chalicelib.domain.payments import category_rule
from chalicelib.domain.permissions import system
from chalicelib.models import connection, transact
from chalicelib.models.accounts import joint_holder
from chalicelib.models.payments import category_rules as model
from chalicelib.services.crypto import data_keys
from chalicelib.services.identity import authenticate
from chalicelib.services.payments import labels
from chalicelib.services.privacy import erasure
from chalicelib.services.verification.verify import verify_bank
from tests.api.conftest import PASSWORD
from tests.api.helpers import persons
from tests.api.helpers.accounts import history, new_key, opened, read, transfer, withdraw
from tests.api.helpers.bank import Api, User, items, revealed
from tests.api.helpers.persons import EMAIL, PERSON, SEALED, WORDS, close, erase, lived, registered
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream
from tests.api.helpers.tickets import raised
from tests.api.helpers.tickets import read as read_ticket

WRITING = "TransactWriteItems"


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    return Stream()


@pytest.fixture
def person(client: Api, stream: Stream, manager: User, log_in: Callable[[str], User]) -> persons.Person:
    registered(client, PASSWORD)
    return lived(client, log_in(EMAIL), manager)


def key_of(customer_id: str | None) -> object:
    key = {"pk": {"S": f"KEY#{customer_id}"}, "sk": {"S": "KEY"}}
    return connection.client().get_item(TableName="florin-local-keys", Key=key).get("Item")


def test_nothing_of_a_person_stands_anywhere_in_clear(client: Api, stream: Stream, person: persons.Person) -> None:
    stream.deliver()
    kept = persons.raw().lower()
    assert [text for text in SEALED if text.lower() in kept] == []


def test_nothing_is_left_of_who_was_erased_and_the_ledger_holds(
    client: Api, stream: Stream, person: persons.Person, manager: User
) -> None:
    user = person.user
    close(client, person)
    assert key_of(user.customer_id)
    assert erase(client, manager, user.customer_id) == {"customer_id": user.customer_id, "status": "erased"}
    assert key_of(user.customer_id) is None
    kept = persons.raw().lower()
    assert [text for text in (*SEALED, *WORDS) if text.lower() in kept] == []
    theirs = [item for item in items() if item["pk"].partition("#")[2] in persons_keys(user, person)]
    assert {item["type"] for item in theirs} >= {"customer", "address", "user", "login", "account", "label", "pin"}
    gone = {"email", "email_hmac", "password_hash", "pin_hash", "nickname", "category", "tags", "memo", "message"}
    gone |= {*PERSON, "line1", "city", "country", "subject", "resolution", "source_ip", "user_agent"}
    assert [item["sk"] for item in theirs if gone & item.keys()] == []
    stream.deliver()
    verdict = verify_bank(lambda _: None)
    assert (verdict.ok, verdict.broken) == (True, None)
    assert erase(client, manager, user.customer_id)["status"] == "erased"


def persons_keys(user: User, person: persons.Person) -> set[str]:
    return {str(user.customer_id), user.user_id, person.account["id"], person.ticket["id"]}


def test_the_bank_goes_on_without_them(
    client: Api, person: persons.Person, manager: User, teller: User, auditor: User, log_in: Callable[[str], User]
) -> None:
    user = person.user
    close(client, person)
    erase(client, user, user.customer_id)
    client.get("/v1/user/profile", token=user.token).refused(401, "unauthorized")
    client.post("/v1/auth/refresh", {"refresh_token": user.refresh_token}).refused(401, "unauthorized")
    ticket = read_ticket(client, teller, person.ticket)
    assert (ticket["subject"], ticket["resolution"]) == (None, None)
    assert {message["message"] for message in ticket["messages"]["data"]} == {None}
    entries = history(client, teller, person.account)["data"]
    assert [(entry["amount"], entry["category"], entry["memo"]) for entry in entries] == [
        ("5.00", None, None),
        ("5.00", None, None),
    ]
    assert read(client, teller, person.account)["nickname"] is None
    body = {"subject": "s", "message": "m", "customer_id": user.customer_id}
    client.post("/v1/tickets", body, token=teller.token).refused(409, "conflict")
    opening = {"type": "current", "customer_id": user.customer_id}
    for deposited in ({}, {"initial_deposit": "1.00"}):
        reply = client.post("/v1/accounts", opening | deposited, token=teller.token, key=new_key())
        reply.refused(409, "conflict")
    again = registered(client, PASSWORD)
    assert again["customer_id"] != user.customer_id
    assert log_in(EMAIL).customer_id == again["customer_id"]
    [guard] = [item for item in items(type="guard") if item.get("owner_id") == again["user_id"]]
    assert guard["version"] == 3


def test_nobody_is_erased_while_an_account_is_open(client: Api, customer: User, manager: User) -> None:
    opened(client, customer, "1.00")
    path = f"/v1/customers/{customer.customer_id}"
    client.delete(path, token=customer.token).refused(409, "conflict")
    client.get("/v1/user/profile", token=customer.token).ok()


def test_an_account_is_opened_before_an_erasure_or_never(client: Api, customer: User, manager: User) -> None:
    path = f"/v1/customers/{customer.customer_id}"
    with just_before(WRITING, lambda: opened(client, customer)):
        client.delete(path, token=manager.token).refused(409, "conflict")
    [account] = client.get("/v1/accounts", token=customer.token).ok()["data"]
    client.delete(f"/v1/accounts/{account['id']}", token=customer.token).ok()
    for body in ({"type": "savings"}, {"type": "savings", "initial_deposit": "1.00"}):
        with just_before(WRITING, lambda: erase(client, manager, customer.customer_id)):
            reply = client.post("/v1/accounts", body, token=customer.token, key=new_key())
        assert reply.status in (401, 409), reply
    assert len(items(type="account", customer_id=customer.customer_id)) == 1


def test_only_oneself_and_managers_erase(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User, manager: User
) -> None:
    path = f"/v1/customers/{customer.customer_id}"
    client.delete(path, token=other_customer.token).refused(404, "not_found")
    for user in (teller, auditor):
        client.delete(path, token=user.token).refused(403, "forbidden")
    client.delete("/v1/customers/cus_x", token=manager.token).refused(404, "not_found")
    assert erase(client, customer, customer.customer_id)["status"] == "erased"


@pytest.mark.parametrize("calls", range(1, 8))
def test_cut_short_anywhere_it_goes_on(
    client: Api, customer: User, manager: User, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    """Each write but so many is never sent."""
    raised(client, customer)
    path = f"/v1/customers/{customer.customer_id}"
    events, left = connection.client().meta.events, [calls]

    class Cut(Exception):
        pass

    def cut(model: object, **_: object) -> None:
        if getattr(model, "name", "") in (WRITING, "DeleteItem"):
            left[0] -= 1
            if left[0] < 0:
                raise Cut

    events.register("before-call.dynamodb", cut)
    try:
        first = client.delete(path, token=manager.token)
    finally:
        events.unregister("before-call.dynamodb", cut)
    assert first.status in (200, 500)
    [item] = items(type="customer", id=customer.customer_id)
    assert item["status"] == ("erased" if first.status == 200 else "erasing")
    client.post("/v1/auth/login", {"email": customer.email, "password": PASSWORD}).refused(401, "unauthorized")
    assert erase(client, manager, customer.customer_id)["status"] == "erased"
    assert key_of(customer.customer_id) is None
    [item] = items(type="customer", id=customer.customer_id)
    assert not PERSON.keys() & item.keys()


def test_whoever_has_more_than_fits_into_a_request_is_erased_by_several(
    client: Api, customer: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "SECONDS_MAX", -1.0)
    assert erase(client, manager, customer.customer_id, 202)["status"] == "erasing"
    assert key_of(customer.customer_id)
    monkeypatch.setattr(erasure, "SECONDS_MAX", 18.0)
    assert erase(client, manager, customer.customer_id)["status"] == "erased"


def test_a_joint_holding_that_ended_a_moment_ago_is_not_in_the_way(
    client: Api, customer: User, other_customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = opened(client, other_customer)
    monkeypatch.setattr(joint_holder, "account_ids_of", lambda _: [account["id"]])
    assert erase(client, customer, customer.customer_id)["status"] == "erased"


def test_nobody_gives_a_user_back_who_is_being_erased(
    client: Api, customer: User, manager: User, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, back = f"/v1/users/{customer.user_id}", {"status": "active"}
    monkeypatch.setattr(erasure, "SECONDS_MAX", -1.0)
    assert erase(client, manager, customer.customer_id, 202)["status"] == "erasing"
    client.patch(path, back, token=admin.token).refused(409, "conflict")
    client.post("/v1/auth/login", {"email": customer.email, "password": PASSWORD}).refused(401, "unauthorized")
    monkeypatch.setattr(erasure, "SECONDS_MAX", 18.0)
    assert erase(client, manager, customer.customer_id)["status"] == "erased"
    client.patch(path, back, token=admin.token).refused(409, "conflict")
    assert client.get(path, token=admin.token).ok()["status"] == "disabled"


def test_whoever_is_erased_changes_no_password(
    client: Api, customer: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """API Gateway may let a token in for a minute more."""
    monkeypatch.setattr(authenticate, "principal_of", cache(authenticate.principal_of))
    client.get("/v1/user/profile", token=customer.token).ok()
    erase(client, manager, customer.customer_id)
    change = {"current_password": PASSWORD, "new_password": f"new {PASSWORD}"}
    client.post("/v1/auth/password", change, token=customer.token).refused(401, "unauthorized")
    assert items(pk="EMAIL#None") == []


def test_what_is_written_meanwhile_is_unreadable_too(client: Api, customer: User, manager: User) -> None:
    """A log-in that began before: it is sealed under a key that is then destroyed."""
    with just_before(WRITING, lambda: erase(client, manager, customer.customer_id)):
        client.post("/v1/auth/login", {"email": customer.email, "password": "wrong password"})
    data_keys.cache.clear()
    logins = items(type="login", user_id=customer.user_id)
    assert logins
    for login in logins:
        assert set(revealed(login).values()) == {None}


def test_nobody_writes_about_a_person_who_is_being_erased(client: Api, customer: User, manager: User) -> None:
    with just_before(WRITING, lambda: erase(client, manager, customer.customer_id)):
        reply = client.patch("/v1/user/profile", {"phone": "+442071234567"}, token=customer.token)
    reply.refused(409, "conflict")


def test_a_ticket_is_not_kept_from_being_read_by_a_change_meanwhile(client: Api, customer: User, manager: User) -> None:
    ticket = raised(client, customer)
    path = f"/v1/tickets/{ticket['id']}"
    with just_before("DeleteItem", lambda: client.patch(path, {"status": "in_progress"}, token=manager.token).ok()):
        erase(client, manager, customer.customer_id)
    assert read_ticket(client, manager, ticket)["subject"] is None


@pytest.fixture
def closed(client: Api, customer: User) -> str:
    """The id of a payment on an account that is closed, of a customer whose token the authorizer keeps."""
    account = opened(client, customer, "1.00")
    made = withdraw(client, customer, account, "1.00").ok(201)["id"]
    client.delete(f"/v1/accounts/{account['id']}", token=customer.token).ok()
    return str(made)


WORD = "Quillwort"


def written_after(client: Api, user: User, payment: str) -> list[int]:
    """Write whatever somebody may write who has closed every account; the statuses of the answers."""
    mine = f"/v1/customers/{user.customer_id}"
    rule = {"contains": WORD, "field": "memo", "category": WORD}
    asked: list[tuple[str, str, object]] = [
        ("POST", "/v1/category-rules", rule),
        ("PATCH", f"/v1/transactions/{payment}", {"memo": WORD, "category": WORD, "tags": [WORD]}),
        ("PATCH", "/v1/user/profile", {"last_name": WORD}),
        ("POST", f"{mine}/addresses", persons.ADDRESS | {"city": WORD}),
        ("POST", "/v1/tickets", {"subject": WORD, "message": WORD}),
        ("POST", "/v1/accounts", {"type": "current", "nickname": WORD}),
    ]
    return [client.send(method, path, body, token=user.token).status for method, path, body in asked]


def test_nothing_is_written_of_who_is_erased_while_the_token_is_let_in(
    client: Api, customer: User, manager: User, closed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authorizer keeps its answer for a minute, and another process the data key for five."""
    monkeypatch.setattr(authenticate, "principal_of", cache(authenticate.principal_of))
    client.get("/v1/user/profile", token=customer.token).ok()
    keys = data_keys.cache.plaintexts()
    erase(client, manager, customer.customer_id)
    for subject_id, plaintext in keys.items():
        data_keys.cache.put(subject_id, plaintext)
    assert set(written_after(client, customer, closed)) == {401}
    assert WORD.lower() not in persons.raw().lower()


@pytest.mark.parametrize("which", [0, 1])
def test_nothing_is_written_of_who_is_erased_meanwhile(
    client: Api, customer: User, manager: User, closed: str, which: int
) -> None:
    asked = [
        ("POST", "/v1/category-rules", {"contains": WORD, "field": "memo", "category": WORD}),
        ("PATCH", f"/v1/transactions/{closed}", {"category": WORD}),
    ]
    method, path, body = asked[which]
    with just_before(WRITING, lambda: erase(client, manager, customer.customer_id)):
        client.send(method, path, body, token=customer.token).refused(409, "conflict")
    assert WORD.lower() not in persons.raw().lower()


def test_a_rule_labels_nothing_of_who_is_erased(
    client: Api, customer: User, other_customer: User, manager: User, stream: Stream
) -> None:
    """The stream tells of the payment when the rules are read, and the erasure is over when the label is put."""
    account, payee = opened(client, customer, "1.00"), opened(client, other_customer)
    rule = {"contains": "rent", "field": "memo", "category": WORD}
    client.post("/v1/category-rules", rule, token=customer.token).ok(201)
    transfer(client, customer, account, payee, "1.00", memo="rent").ok(201)
    client.delete(f"/v1/accounts/{account['id']}", token=customer.token).ok()
    put = labels.put_once

    def erased_first(*given: Any) -> bool:
        erase(client, manager, customer.customer_id)
        return put(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(labels, "put_once", erased_first)
        stream.let_follow()
    assert WORD.lower() not in persons.raw().lower()


def test_a_second_erasure_takes_away_what_is_left(client: Api, customer: User, manager: User) -> None:
    """What an earlier version of the bank let in after the first."""
    erase(client, manager, customer.customer_id)
    left = category_rule.CategoryRule("rul_1", WORD, "memo", WORD, (), "2026-11-21T12:00:00.000000Z")
    caller = system("r")
    action = model.replace(str(customer.customer_id), None, [left], caller, clock.now().isoformat())
    transact.commit([action], "r")
    assert WORD.lower() in persons.raw().lower()
    assert erase(client, manager, customer.customer_id)["status"] == "erased"
    assert WORD.lower() not in persons.raw().lower()
