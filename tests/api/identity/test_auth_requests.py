"""Requests that are no requests, at every door of sign-up and sign-in."""

import pytest

from tests.api.helpers.bank import Api, User, items

OPEN = [("POST", "/v1/auth/register"), ("POST", "/v1/auth/login"), ("POST", "/v1/auth/refresh")]
GUARDED = [
    ("POST", "/v1/auth/logout"),
    ("POST", "/v1/auth/password"),
    ("PATCH", "/v1/user/profile"),
    ("POST", "/v1/users"),
    ("PATCH", "/v1/users/usr_" + "0" * 26),
]


@pytest.mark.parametrize(("method", "path"), OPEN + GUARDED)
def test_bodies_that_are_none(client: Api, admin: User, method: str, path: str) -> None:
    before = items()
    for raw in (b"{", b"nonsense", b'{"email": NaN}', b'{"a": 1,}', b"[" * 10_000):
        client.send(method, path, token=admin.token, raw=raw).refused(400, "malformed_json")
    for raw in (b"[]", b'"text"', b"1", b"null", b"true"):
        client.send(method, path, token=admin.token, raw=raw).refused(422, "validation_failed")
    reply = client.send(method, path, {"surprise": 1}, token=admin.token).refused(422, "validation_failed")
    assert "surprise" in reply.wrong_fields
    client.send(method, path, token=admin.token, raw=b"{" + b" " * 70_000).refused(413, "payload_too_large")
    xml = {"Content-Type": "text/xml"}
    client.send(method, path, {}, token=admin.token, headers=xml).refused(415, "unsupported_media_type")
    assert items() == before


@pytest.mark.parametrize(("method", "path"), [*GUARDED, ("GET", "/v1/user/profile"), ("GET", "/v1/users")])
def test_guarded_doors_need_a_token(client: Api, method: str, path: str) -> None:
    client.send(method, path, {}).refused(401, "unauthorized")
    client.send(method, path, {}, token="x.y.z").refused(401, "unauthorized")


@pytest.mark.parametrize("path", ["/v1/auth/register", "/v1/auth/login", "/v1/user/profile", "/v1/users"])
def test_other_methods_are_refused_by_name(client: Api, path: str) -> None:
    reply = client.delete(path).refused(405, "method_not_allowed")
    assert "DELETE" not in reply.headers["Allow"]


def test_unknown_query_parameters_are_refused(client: Api, customer: User) -> None:
    reply = client.get("/v1/user/profile?verbose=1", token=customer.token).refused(422, "validation_failed")
    assert reply.wrong_fields == ["verbose"]
