"""The log of log-ins and log-outs, as its user sees it."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from chalicelib.services.crypto import data_keys
from tests.api.helpers.bank import Api, Json, User, counted_calls

AGENT = {"User-Agent": "curl/8", "X-Forwarded-For": "203.0.113.7"}


def log_of(client: Api, user: User, query: str = "") -> Json:
    page: Json = client.get(f"/v1/user/logins{query}", token=user.token).ok()
    return page


def outcomes(client: Api, user: User) -> list[str]:
    return [entry["outcome"] for entry in log_of(client, user)["data"]]


def test_users_see_their_log_newest_first_in_one_query(client: Api, customer: User) -> None:
    guess = {"email": customer.email, "password": "a wrong password"}
    client.post("/v1/auth/login", guess, headers=AGENT).refused(401, "unauthorized")
    with counted_calls() as calls:
        page = log_of(client, customer, "?limit=1")
    assert calls == {"GetItem": 1, "Query": 1}
    [failed] = page["data"]
    assert set(failed) == {"id", "outcome", "at", "source_ip", "user_agent"}
    assert (failed["outcome"], failed["user_agent"], failed["source_ip"]) == ("failed", "curl/8", "127.0.0.1")
    following = log_of(client, customer, f"?cursor={page['next_cursor']}")
    assert [entry["outcome"] for entry in following["data"]] == ["succeeded"]
    assert not following["has_more"]


def test_nobody_sees_another_ones_log(client: Api, customer: User, other_customer: User, teller: User) -> None:
    page = log_of(client, customer, "?limit=1")
    assert not {entry["id"] for entry in page["data"]} & {entry["id"] for entry in log_of(client, teller)["data"]}
    cursor = client.get("/v1/user/logins?limit=1", token=customer.token)
    assert cursor.ok()["next_cursor"] is None
    client.post("/v1/auth/login", {"email": customer.email, "password": "wrong"})
    cursor = log_of(client, customer, "?limit=1")["next_cursor"]
    client.get(f"/v1/user/logins?cursor={cursor}", token=other_customer.token).refused(400, "invalid_cursor")


def test_while_kms_is_too_busy_people_sign_in_and_out_and_only_from_where_is_not_known(
    client: Api, customer: User, log_in: Callable[[str], User]
) -> None:
    def refuse(**_: object) -> tuple[object, Json]:
        said = {"Error": {"Code": "ThrottlingException"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        return SimpleNamespace(status_code=400), said

    events, name = data_keys.kms().meta.events, "before-call.kms.Decrypt"
    data_keys.cache.clear()
    events.register(name, refuse)
    try:
        client.post("/v1/auth/logout", {}, token=log_in(customer.email).token).ok(204)
    finally:
        events.unregister(name, refuse)
    told = [(entry["outcome"], entry["source_ip"] is not None) for entry in log_of(client, customer)["data"]]
    assert told == [("logged_out", False), ("succeeded", False), ("succeeded", True)]


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_log_out_is_logged_once(client: Api, customer: User, log_in: Callable[[str], User], everywhere: bool) -> None:
    other = log_in(customer.email)
    with counted_calls() as calls:
        assert (
            client.post("/v1/auth/logout", {"everywhere": everywhere}, token=customer.token, headers=AGENT).text == ""
        )
    assert calls["TransactWriteItems"] == (2 if everywhere else 1)
    client.post("/v1/auth/logout", {}, token=customer.token).refused(401, "unauthorized")
    if everywhere:
        client.get("/v1/user/profile", token=other.token).refused(401, "unauthorized")
        other = log_in(customer.email)
    found = outcomes(client, other)
    assert found.count("logged_out") == 1
    [entry] = [entry for entry in log_of(client, other)["data"] if entry["outcome"] == "logged_out"]
    assert entry["user_agent"] == "curl/8"


def sessions_of(client: Api, user: User, query: str = "") -> Json:
    page: Json = client.get(f"/v1/user/sessions{query}", token=user.token).ok()
    return page


def test_users_see_their_sessions_and_end_one(
    client: Api, customer: User, other_customer: User, log_in: Callable[[str], User]
) -> None:
    other = log_in(customer.email)
    with counted_calls() as calls:
        listed = sessions_of(client, customer)["data"]
    assert calls == {"GetItem": 1, "Query": 1}
    assert [one["is_current"] for one in listed] == [False, True]
    assert set(listed[0]) == {"session_id", "is_current", "created_at", "refreshed_at", "expires_at"}
    path = f"/v1/user/sessions/{listed[0]['session_id']}"
    client.delete(path, token=other_customer.token).refused(404, "not_found")
    with counted_calls() as calls:
        assert client.delete(path, token=customer.token).status == 204
    assert calls == {"GetItem": 3, "TransactWriteItems": 1}
    client.get("/v1/user/profile", token=other.token).refused(401, "unauthorized")
    assert sessions_of(client, customer)["data"] == listed[1:]
    assert client.delete(path, token=customer.token).status == 204
    assert outcomes(client, customer) == ["logged_out", "succeeded", "succeeded"]


def test_sessions_come_in_pages(client: Api, customer: User, log_in: Callable[[str], User]) -> None:
    for _ in range(2):
        log_in(customer.email)
    first = sessions_of(client, customer, "?limit=2")
    rest = sessions_of(client, customer, f"?limit=2&cursor={first['next_cursor']}")
    found = [one["session_id"] for one in first["data"] + rest["data"]]
    assert (len(found), found) == (3, sorted(found, reverse=True))
    assert not rest["has_more"]
