"""Branches: opened once, with their cash or not at all; listed and edited."""

import pytest

from tests.api.helpers.accounts import new_key
from tests.api.helpers.bank import Api, Json, User, counted_calls, items
from tests.api.helpers.branches import HEAD_OFFICE, LONDON, UNKNOWN, cash_of, create, move, opened_branch
from tests.api.helpers.race import just_before

HOURS = {"monday": ["09:00-12:30", "13:30-17:00"], "saturday": ["10:00-24:00"]}


def hours(**by_day: list[str]) -> Json:
    week = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    return {day: by_day.get(day, []) for day in week}


def test_a_branch_is_opened_and_read(client: Api, manager: User, customer: User) -> None:
    made = create(client, manager, opening_hours=HOURS).ok(201)
    assert made == {
        **LONDON,
        "id": made["id"],
        "opening_hours": hours(**HOURS),
        "cash_position": [{"currency": "USD", "amount": "0.00"}],
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "version": 1,
    }
    reply = client.get(f"/v1/branches/{made['id']}", token=manager.token)
    assert (reply.ok(), reply.headers["ETag"]) == (made, '"1"')
    # A customer sees everything but the cash.
    assert client.get(f"/v1/branches/{made['id']}", token=customer.token).ok() == made | {"cash_position": None}


def test_who_may_do_what(client: Api, customer: User, teller: User, auditor: User, manager: User, admin: User) -> None:
    branch = opened_branch(client, admin, "ONE", "10.00")["id"]
    path = f"/v1/branches/{branch}"
    for user in (customer, teller, auditor):
        create(client, user).refused(403, "forbidden")
        client.patch(path, {"name": "n"}, token=user.token).refused(403, "forbidden")
        move(client, user, branch, HEAD_OFFICE, "1.00").refused(403, "forbidden")
    for user in (manager, admin):
        client.patch(path, {"name": "n"}, token=user.token).ok()
        move(client, user, branch, HEAD_OFFICE, "1.00").ok(201)
    for user in (teller, auditor, manager, admin):
        assert cash_of(client, user, branch) == {"USD": "8.00"}
        client.get(f"{path}/report", token=user.token).ok()
    client.get(f"{path}/report", token=customer.token).refused(403, "forbidden")
    for one in (path, "/v1/branches", f"{path}/report"):
        client.get(one).refused(401, "unauthorized")


def test_the_list_is_newest_first_and_without_cash(client: Api, manager: User, customer: User) -> None:
    for number in range(3):
        opened_branch(client, manager, f"B{number}", "1.00")
    first = client.get("/v1/branches?limit=2", token=manager.token).ok()
    rest = client.get(f"/v1/branches?limit=2&cursor={first['next_cursor']}", token=customer.token).ok()
    assert [one["code"] for one in first["data"] + rest["data"]] == ["B2", "B1", "B0", "HEAD"]
    assert not rest["has_more"]
    assert {one["cash_position"] for one in first["data"]} == {None}
    client.get("/v1/branches?cursor=x", token=customer.token).refused(400, "invalid_cursor")
    for limit in ("0", "101", "x"):
        client.get(f"/v1/branches?limit={limit}", token=customer.token).refused(422, "validation_failed")


def test_the_list_is_kept_until_a_branch_changes(
    client: Api, manager: User, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "600")
    branch = opened_branch(client, manager)
    reply = client.get("/v1/branches", token=customer.token)
    assert [one["code"] for one in reply.ok()["data"]] == ["LDN", "HEAD"]
    with counted_calls() as calls:
        client.get("/v1/branches", token=manager.token).ok()
        again = client.get("/v1/branches", token=customer.token, headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status, again.text) == (304, "")
    assert +calls == {"GetItem": 2}, "the authorizer's alone"
    client.patch(f"/v1/branches/{branch['id']}", {"name": "Tower"}, token=manager.token).ok()
    changed = client.get("/v1/branches", token=customer.token, headers={"If-None-Match": reply.headers["ETag"]}).ok()
    assert [one["name"] for one in changed["data"]] == ["Tower", "Head office"]
    opened_branch(client, manager, "NEW")
    assert len(client.get("/v1/branches", token=customer.token).ok()["data"]) == 3


def test_a_code_serves_once(client: Api, manager: User, admin: User) -> None:
    create(client, manager).ok(201)
    create(client, admin, name="Another").refused(409, "conflict")
    create(client, admin, key="k", initial_balance="5.00").refused(409, "conflict")
    create(client, admin, code="HEAD").refused(409, "conflict")
    with just_before("TransactWriteItems", lambda: create(client, manager, code="NEW").ok(201)):
        create(client, admin, code="NEW").refused(409, "conflict")
    assert len(items(type="branch")) == 3
    assert items(type="transaction") == items(account_type="general_ledger") == []


def test_a_repeated_request_opens_one_branch(client: Api, manager: User, admin: User) -> None:
    for wanted in ({}, {"initial_balance": "5.00", "code": "RICH"}):
        key = new_key()
        made = create(client, manager, key=key, **wanted).ok(201)
        again = create(client, manager, key=key, **wanted)
        assert (again.ok(201), again.headers["Idempotent-Replayed"]) == (made, "true")
        create(client, manager, key=key, **wanted, opening_hours=HOURS).refused(409, "idempotency_key_reused")
        create(client, admin, key=key, **wanted).refused(409, "conflict")  # the key is another one's, the code is not
    assert len(items(type="branch")) == 3


def test_two_of_one_key_at_once_open_one_branch(client: Api, manager: User) -> None:
    wanted = {"initial_balance": "5.00"}
    with just_before("TransactWriteItems", lambda: create(client, manager, key="k", **wanted).ok(201)):
        reply = create(client, manager, key="k", **wanted)
    assert reply.headers["Idempotent-Replayed"] == "true"
    assert reply.ok(201)["cash_position"] == [{"currency": "USD", "amount": "5.00"}]
    assert len(items(type="branch")) == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("initial_balance", "0.00"),
        ("initial_balance", "-1.00"),
        ("initial_balance", "1.001"),
        ("initial_balance", "9" * 18),
        ("currency", "XTS"),
        ("currency", "BHD"),
        ("code", "ldn"),
        ("code", "L N"),
        ("code", "X" * 13),
        ("country", "XX"),
        ("country", "gb"),
        ("opening_hours.monday", ["9-17"]),
        ("opening_hours.monday", ["17:00-09:00"]),
        ("opening_hours.monday", ["09:00-09:00"]),
        ("opening_hours.monday", ["09:00-12:00", "11:00-17:00"]),
        ("opening_hours.monday", ["09:00-25:00"]),
        ("opening_hours.monday", ["01:00-02:00", "03:00-04:00", "05:00-06:00", "07:00-08:00", "09:00-10:00"]),
        ("opening_hours.holiday", ["09:00-17:00"]),
    ],
)
def test_what_is_wrong_is_named(client: Api, manager: User, field: str, value: object) -> None:
    name, _, inner = field.partition(".")
    wrong = {name: {inner: value} if inner else value}
    before = items()
    reply = create(client, manager, key="k", **{"initial_balance": "5.00"} | wrong).refused(422, "validation_failed")
    assert [told.partition(".0")[0] for told in reply.wrong_fields] == [field]
    assert items() == before


def test_a_branch_is_edited(client: Api, manager: User, admin: User) -> None:
    branch = opened_branch(client, manager, opening_hours=HOURS)
    path = f"/v1/branches/{branch['id']}"
    edits = {"name": "Tower", "city": "York", "country": "IE", "opening_hours": {"friday": ["08:00-09:00"]}}
    reply = client.patch(path, edits, token=admin.token, headers={"If-Match": '"1"'})
    changed = reply.ok()
    assert changed == branch | edits | {
        "opening_hours": hours(friday=["08:00-09:00"]),
        "version": 2,
        "updated_at": changed["updated_at"],
    }
    assert reply.headers["ETag"] == '"2"'
    client.patch(path, {"name": "Late"}, token=manager.token, headers={"If-Match": '"1"'}).refused(409, "conflict")
    assert client.patch(path, {}, token=manager.token, headers={"If-Match": '"2"'}).ok() == changed
    assert client.patch(path, {"opening_hours": None}, token=manager.token).ok()["opening_hours"] is None
    for wrong in ({"name": None}, {"country": "XX"}, {"code": "NEW"}, {"initial_balance": "1.00"}, {"city": ""}):
        reply = client.patch(path, wrong, token=manager.token).refused(422, "validation_failed")
        assert reply.wrong_fields == list(wrong)


def test_of_two_edits_at_once_both_take_effect(client: Api, manager: User, admin: User) -> None:
    path = f"/v1/branches/{opened_branch(client, manager)['id']}"
    with just_before("TransactWriteItems", lambda: client.patch(path, {"city": "York"}, token=admin.token).ok()):
        both = client.patch(path, {"name": "Tower"}, token=manager.token).ok()
    assert (both["name"], both["city"], both["version"]) == ("Tower", "York", 3)
    with just_before("TransactWriteItems", lambda: client.patch(path, {"city": "Hull"}, token=admin.token).ok()):
        stale = client.patch(path, {"name": "Late"}, token=manager.token, headers={"If-Match": '"3"'})
    stale.refused(409, "conflict")


@pytest.mark.parametrize("branch_id", [UNKNOWN, "brn_x", "x", "acc_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_an_unknown_branch_is_not_found(client: Api, manager: User, branch_id: str) -> None:
    client.get(f"/v1/branches/{branch_id}", token=manager.token).refused(404, "not_found")
    client.get(f"/v1/branches/{branch_id}/report", token=manager.token).refused(404, "not_found")
    client.patch(f"/v1/branches/{branch_id}", {"name": "n"}, token=manager.token).refused(404, "not_found")
    move(client, manager, branch_id, HEAD_OFFICE, "1.00").refused(404, "not_found")
    move(client, manager, HEAD_OFFICE, branch_id, "1.00").refused(404, "not_found")
    assert items(type="transaction") == []
