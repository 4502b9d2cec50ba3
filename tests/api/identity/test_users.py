"""Staff and auditors, and the admins who make them."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from chalicelib.domain.branches.branch import HEAD_OFFICE_ID
from chalicelib.domain.errors import Conflict
from chalicelib.models.identity.session import Session
from chalicelib.services.identity import sessions
from chalicelib.services.operations import bootstrap
from tests.api.helpers.bank import Api, Json, User, counted_calls, items
from tests.api.helpers.mailbox import Mailbox

PASSWORD = "correct horse battery staple"
numbers = count()


def wanted(**fields: object) -> Json:
    new: Json = {"email": f"new-{next(numbers)}@florin.example", "password": PASSWORD, "role": "teller"}
    return {**new, "first_name": "Grace", "last_name": "Hopper", **fields}


@pytest.mark.parametrize("role", ["teller", "manager", "auditor", "admin"])
def test_an_admin_makes_staff(client: Api, admin: User, role: str) -> None:
    new = wanted(role=role)
    with counted_calls() as calls:
        made = client.post("/v1/users", new, token=admin.token).ok(201)
    assert calls == {"GetItem": 2, "Query": 1, "TransactWriteItems": 1, "GenerateDataKey": 1}
    assert "password" not in str(made)
    assert {name: made[name] for name in ("email", "role", "first_name", "last_name")} == {
        name: new[name] for name in ("email", "role", "first_name", "last_name")
    }
    assert (made["branch_id"], made["customer_id"], made["status"]) == (HEAD_OFFICE_ID, None, "active")
    [item] = items(type="user", id=made["user_id"])
    assert item["updated_by"] == admin.user_id


def test_a_repeated_request_makes_nobody_else(client: Api, admin: User) -> None:
    new = wanted()
    first = client.post("/v1/users", new, token=admin.token, key="hire")
    again = client.post("/v1/users", new, token=admin.token, key="hire")
    assert (again.status, again.json) == (201, first.ok(201))
    assert ("Idempotent-Replayed" in first.headers, again.headers["Idempotent-Replayed"]) == (False, "true")
    client.post("/v1/users", wanted(), token=admin.token, key="hire").refused(409, "idempotency_key_reused")
    client.post("/v1/users", new, token=admin.token, key="other").refused(409, "conflict")


def test_user_without_a_password_sets_it_with_a_code_by_mail(
    client: Api, admin: User, mailbox: Mailbox, log_in: Callable[[str], User]
) -> None:
    new = {name: value for name, value in wanted().items() if name != "password"}
    made = client.post("/v1/users", new, token=admin.token, key="invited").ok(201)
    assert client.post("/v1/users", new, token=admin.token, key="invited").ok(201) == made
    [text] = mailbox.sent_to(new["email"])
    assert "access to Florin" in mailbox.mails[-1]["Message.Subject.Data"]
    assert new["last_name"] not in text
    client.post("/v1/auth/login", {"email": new["email"], "password": PASSWORD}).refused(401, "unauthorized")
    body = {"token": mailbox.code_for(new["email"]), "new_password": PASSWORD}
    client.post("/v1/auth/password/reset", body).ok(204)
    assert log_in(new["email"]).user_id == made["user_id"]


def test_a_known_address_is_a_conflict(client: Api, admin: User, customer: User) -> None:
    client.post("/v1/users", wanted(email=customer.email.upper()), token=admin.token).refused(409, "conflict")


@pytest.mark.parametrize(
    "branch_id", ["brn_01ARZ3NDEKTSV4RRFFQ69G5FAV", "brn_", "head office", HEAD_OFFICE_ID.lower() + "0"]
)
def test_an_unknown_branch_is_not_found(client: Api, admin: User, branch_id: str) -> None:
    before = len(items(type="user"))
    client.post("/v1/users", wanted(branch_id=branch_id), token=admin.token, key=branch_id).refused(404, "not_found")
    assert len(items(type="user")) == before
    assert not items(type="key", resource_id=branch_id)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("email", ["grace", None, 1]),
        ("password", ["short", "x" * 201, None]),
        ("role", ["customer", "owner", "ADMIN", None, 1]),
        ("first_name", ["", "x" * 101, "a\u0000"]),
        ("last_name", ["", None, 1]),
        ("branch_id", ["", None, 1, "x" * 65]),
        ("status", ["disabled"]),
    ],
)
def test_what_is_wrong_is_named(client: Api, admin: User, field: str, values: list[object]) -> None:
    for value in values:
        reply = client.post("/v1/users", wanted(**{field: value}), token=admin.token)
        assert reply.refused(422, "validation_failed").wrong_fields == [field], value


def test_staff_are_listed_newest_first(client: Api, admin: User, customer: User) -> None:
    made = [client.post("/v1/users", wanted(), token=admin.token).ok(201)["user_id"] for _ in range(3)]
    with counted_calls() as calls:
        page = client.get("/v1/users?limit=2", token=admin.token).ok()
    assert calls == {"GetItem": 1, "Query": 1, "BatchGetItem": 1}
    assert [user["user_id"] for user in page["data"]] == [made[2], made[1]]
    assert page["has_more"]
    following = client.get(f"/v1/users?limit=100&cursor={page['next_cursor']}", token=admin.token).ok()
    listed = [user["user_id"] for user in following["data"]]
    assert (listed[0], listed[-1]) == (made[0], admin.user_id)
    assert customer.user_id not in listed
    assert (following["has_more"], following["next_cursor"]) == (False, None)
    assert "password" not in str(following)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("limit=0", 422, "validation_failed"),
        ("limit=101", 422, "validation_failed"),
        ("limit=x", 422, "validation_failed"),
        ("sort=name", 422, "validation_failed"),
        ("cursor=x", 400, "invalid_cursor"),
        ("cursor=" + "x" * 1025, 422, "validation_failed"),
    ],
)
def test_bad_queries_are_named(client: Api, admin: User, query: str, status: int, code: str) -> None:
    client.get(f"/v1/users?{query}", token=admin.token).refused(status, code)


def test_only_admins_manage_users_and_auditors_see_them(
    client: Api, customer: User, new_staff: Callable[[str], User]
) -> None:
    for user in (customer, new_staff("teller"), new_staff("manager"), new_staff("auditor")):
        client.post("/v1/users", wanted(), token=user.token).refused(403, "forbidden")
        client.patch(f"/v1/users/{customer.user_id}", {}, token=user.token).refused(403, "forbidden")
    client.get("/v1/users", token=customer.token).refused(403, "forbidden")
    client.get("/v1/users", token=new_staff("manager").token).refused(403, "forbidden")
    client.get("/v1/users", token=new_staff("auditor").token).ok()
    for method, path in (("POST", "/v1/users"), ("GET", "/v1/users"), ("PATCH", f"/v1/users/{customer.user_id}")):
        client.send(method, path, {}).refused(401, "unauthorized")


def test_one_user_is_read_with_its_etag(client: Api, admin: User, auditor: User, customer: User, teller: User) -> None:
    listed = client.get("/v1/users", token=admin.token).ok()["data"]
    with counted_calls() as calls:
        found = client.get(f"/v1/users/{teller.user_id}", token=auditor.token)
    assert calls == {"GetItem": 2, "Query": 1}
    assert found.ok() in [one | {"pending_approvals": []} for one in listed]
    assert found.headers["ETag"] == '"1"'
    assert client.get(f"/v1/users/{customer.user_id}", token=admin.token).ok()["customer_id"] == customer.customer_id
    client.get(f"/v1/users/{teller.user_id}", token=teller.token).refused(403, "forbidden")
    client.get(f"/v1/users/{teller.user_id[:-1]}", token=admin.token).refused(404, "not_found")


def test_a_stale_edit_is_a_conflict(client: Api, admin: User, teller: User) -> None:
    path, first = f"/v1/users/{teller.user_id}", {"If-Match": '"1"'}
    edited = client.patch(path, {"role": "manager"}, token=admin.token, headers=first)
    assert (edited.ok()["role"], edited.headers["ETag"]) == ("manager", '"2"')
    client.patch(path, {"role": "admin"}, token=admin.token, headers=first).refused(409, "conflict")
    assert client.get(path, token=admin.token).ok() == edited.json | {"pending_approvals": []}


def test_disabling_a_user_ends_its_sessions(
    client: Api, admin: User, teller: User, log_in: Callable[[str], User]
) -> None:
    begun = [teller, log_in(teller.email)]
    edited = client.patch(f"/v1/users/{teller.user_id}", {"status": "disabled"}, token=admin.token).ok()
    assert edited["status"] == "disabled"
    for session in begun:
        client.get("/v1/user/profile", token=session.token).refused(401, "unauthorized")
        client.post("/v1/auth/refresh", {"refresh_token": session.refresh_token}).refused(401, "unauthorized")
    client.patch(f"/v1/users/{teller.user_id}", {"status": "active"}, token=admin.token).ok()
    client.get("/v1/user/profile", token=teller.token).refused(401, "unauthorized")
    log_in(teller.email)


def test_another_role_takes_effect_with_the_next_log_in(
    client: Api, admin: User, teller: User, log_in: Callable[[str], User]
) -> None:
    client.patch(f"/v1/users/{teller.user_id}", {"role": "auditor"}, token=admin.token).ok()
    client.get("/v1/user/profile", token=teller.token).refused(401, "unauthorized")
    client.get("/v1/users", token=log_in(teller.email).token).ok()


def test_asking_for_no_change_ends_nothing(client: Api, admin: User, teller: User) -> None:
    client.patch(f"/v1/users/{teller.user_id}", {}, token=admin.token).ok()
    client.get("/v1/user/profile", token=teller.token).ok()


def test_ending_sessions_is_completed_by_a_repeated_request(
    client: Api, admin: User, teller: User, log_in: Callable[[str], User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash after the change leaves no session of the old role; one that began meanwhile ends with the repeat."""
    end_all = sessions.end_all

    def crashing(*given: Any) -> None:
        if items(type="user", id=teller.user_id)[0]["role"] == "manager":
            raise RuntimeError
        end_all(*given)
        meanwhile.append(log_in(teller.email))

    meanwhile: list[User] = []
    with monkeypatch.context() as crash:
        crash.setattr(sessions, "end_all", crashing)
        assert client.patch(f"/v1/users/{teller.user_id}", {"role": "manager"}, token=admin.token).status == 500
    client.get("/v1/user/profile", token=teller.token).refused(401, "unauthorized")
    client.get("/v1/user/profile", token=meanwhile[0].token).ok()
    client.patch(f"/v1/users/{teller.user_id}", {"role": "manager"}, token=admin.token).ok()
    client.get("/v1/user/profile", token=meanwhile[0].token).refused(401, "unauthorized")


def test_an_admin_disabled_a_moment_ago_is_one_no_more(
    client: Api, admin: User, new_staff: Callable[[str], User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a request that was let in before: its session seems to run, but no user comes of it or goes."""
    other = new_staff("admin")
    client.patch(f"/v1/users/{other.user_id}", {"status": "disabled"}, token=admin.token).ok()
    monkeypatch.setattr(Session, "is_running", lambda *_: True)
    client.post("/v1/users", wanted(role="admin"), token=other.token).refused(403, "forbidden")
    client.patch(f"/v1/users/{admin.user_id}", {"status": "disabled"}, token=other.token).refused(403, "forbidden")
    assert {user["id"] for user in items(type="user", status="active")} == {admin.user_id}


def test_nobody_changes_their_own_role(client: Api, admin: User) -> None:
    for body in ({"role": "teller"}, {"status": "disabled"}, {"customer_id": "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"}):
        client.patch(f"/v1/users/{admin.user_id}", body, token=admin.token).refused(409, "conflict")


def test_customers_stay_customers_and_staff_staff(client: Api, admin: User, customer: User, teller: User) -> None:
    client.patch(f"/v1/users/{customer.user_id}", {"role": "teller"}, token=admin.token).refused(409, "conflict")
    client.patch(f"/v1/users/{teller.user_id}", {"role": "customer"}, token=admin.token).refused(409, "conflict")


@pytest.mark.parametrize("user_id", ["usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "usr_x", "brn_" + "0" * 26, "x" * 3000])
def test_unknown_users_are_not_found(client: Api, admin: User, user_id: str) -> None:
    client.patch(f"/v1/users/{user_id}", {"status": "disabled"}, token=admin.token).refused(404, "not_found")


@pytest.mark.parametrize(
    "body", [{"role": "owner"}, {"role": 1}, {"status": "gone"}, {"email": "a@b.de"}, {"customer_id": ""}]
)
def test_a_bad_change_is_named(client: Api, admin: User, teller: User, body: Json) -> None:
    reply = client.patch(f"/v1/users/{teller.user_id}", body, token=admin.token).refused(422, "validation_failed")
    assert reply.wrong_fields == list(body)


def test_making_the_first_admin_again_changes_nothing(admin: User, customer: User) -> None:
    before = items(type="user"), items(type="branch"), items(type="guard")
    bootstrap.ensure_head_office_and_admin(admin.email.upper(), "another password")
    assert (items(type="user"), items(type="branch"), items(type="guard")) == before
    with pytest.raises(Conflict):
        bootstrap.ensure_head_office_and_admin(customer.email, PASSWORD)


@pytest.mark.parametrize("password", ["aaaaaaaaaa", "hopper, grace", "Hopper1906"])
def test_staff_get_no_password_that_is_tried_first(client: Api, admin: User, password: str) -> None:
    reply = client.post("/v1/users", wanted(password=password), token=admin.token).refused(422, "validation_failed")
    assert reply.wrong_fields == ["password"]
