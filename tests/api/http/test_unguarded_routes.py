"""Routes whose gateway calls no authorizer, as on LocalStack's open core: the function verifies the token itself."""

import copy
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from chalice.local import LocalGatewayAuthorizer, NotAuthorizedError

from app import app
from chalicelib.handlers.http import authorizer
from chalicelib.handlers.routes import ROUTES
from chalicelib.services.identity import authenticate
from tests.api.helpers.bank import Api, Json, User, counted_calls
from tests.api.helpers.tokens import forged_tokens

PROFILE = "/v1/user/profile"


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway hands every request to the function without asking the authorizer."""
    monkeypatch.setattr(LocalGatewayAuthorizer, "authorize", lambda _self, _path, event, context: (event, context))


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The Authorization headers that were verified, by the authorizer or the function."""
    seen: list[str] = []
    verify = authenticate.principal_of

    def note(authorization: str) -> Any:
        seen.append(authorization)
        return verify(authorization)

    monkeypatch.setattr(authenticate, "principal_of", note)
    return seen


def test_a_valid_token_is_accepted_with_the_same_caller(
    client: Api, customer: User, manager: User, unguarded: None
) -> None:
    assert client.get(PROFILE, token=customer.token).ok()["user_id"] == customer.user_id
    assert client.get(PROFILE, token=manager.token).ok()["role"] == "manager"
    client.get("/v1/users", token=customer.token).refused(403, "forbidden")


def test_every_guarded_route_refuses_a_request_without_a_token(client: Api, unguarded: None) -> None:
    for route in ROUTES:
        if route.permission is not None:
            reply = client.send(route.method, route.path.replace("{", "").replace("}", ""), {})
            reply.refused(401, "unauthorized")
            assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_forged_and_foreign_tokens_are_refused_by_the_function(client: Api, customer: User, unguarded: None) -> None:
    for name, token in forged_tokens(customer.token).items():
        assert client.get(PROFILE, token=token).status == 401, name


@pytest.mark.parametrize("authorization", ["", "Bearer", "Basic YWRhOng=", "token", "Bearer  ", "bearer x y z"])
def test_other_authorizations_are_refused_by_the_function(client: Api, unguarded: None, authorization: str) -> None:
    client.get(PROFILE, headers={"Authorization": authorization}).refused(401, "unauthorized")


def test_an_expired_token_is_refused_by_the_function(
    client: Api, customer: User, unguarded: None, at_time: Callable[[timedelta], None]
) -> None:
    at_time(timedelta(minutes=14, seconds=58))
    client.get(PROFILE, token=customer.token).ok()
    at_time(timedelta(minutes=15))
    client.get(PROFILE, token=customer.token).refused(401, "unauthorized")


def test_a_token_of_an_ended_session_is_refused_by_the_function(client: Api, customer: User, unguarded: None) -> None:
    client.post("/v1/auth/logout", {}, token=customer.token).ok(204)
    client.get(PROFILE, token=customer.token).refused(401, "unauthorized")


def test_a_public_route_verifies_no_token(client: Api, unguarded: None, verified: list[str]) -> None:
    client.get("/v1/health", token="x.y.z").ok()
    assert verified == []


def test_the_function_verifies_nothing_again_after_the_authorizer(
    client: Api, customer: User, verified: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authorizer reads the session, so one read more would show in the counts."""
    client.get(PROFILE, token=customer.token).ok()
    assert verified == [f"Bearer {customer.token}"]
    with counted_calls() as behind_the_authorizer:
        client.get(PROFILE, token=customer.token).ok()
    assert verified == [f"Bearer {customer.token}"] * 2
    monkeypatch.setattr(LocalGatewayAuthorizer, "authorize", lambda _self, _path, event, context: (event, context))
    with counted_calls() as unguarded:
        client.get(PROFILE, token=customer.token).ok()
    assert unguarded == behind_the_authorizer


@pytest.fixture
def event(client: Api, customer: User, monkeypatch: pytest.MonkeyPatch) -> Json:
    """The event of a signed-in GET as the function receives it, without the authorizer's context."""
    caught: list[Json] = []

    def catch(_self: object, _path: str, event: Json, context: object) -> Any:
        caught.append(copy.deepcopy(event))
        raise NotAuthorizedError({}, b"")

    with monkeypatch.context() as patch:
        patch.setattr(LocalGatewayAuthorizer, "authorize", catch)
        client.get(PROFILE, token=customer.token)
    [found] = caught
    assert "authorizer" not in found["requestContext"]
    return found


def answer(event: Json) -> Json:
    return dict(app(event, _Context()))


class _Context:
    """What Lambda passes beside the event."""

    function_name, memory_limit_in_mb, aws_request_id = "api", 128, "request"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:api"


def test_a_client_cannot_name_itself_in_headers_query_or_body(event: Json, admin: User) -> None:
    """Only `requestContext` names the caller, and only API Gateway writes it."""
    named = {"user_id": admin.user_id, "role": "admin", "principalId": admin.user_id}
    text = json.dumps({"authorizer": named})
    del event["headers"]["authorization"]
    headers = {"authorizer": json.dumps(named), "requestcontext": text, "x-amzn-request-context": text, **named}
    event["headers"] |= headers
    event["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
    event["multiValueQueryStringParameters"] = {"requestContext": [text], "authorizer": [json.dumps(named)]}
    event["body"] = text
    assert answer(event)["statusCode"] == 401


@pytest.mark.parametrize(
    "context",
    [
        None,
        {},
        {"principalId": "usr_1"},
        {"claims": {"sub": "usr_1"}},
        {"user_id": ""},
        {"user_id": None},
        {"user_id": "anonymous", "role": "admin"},
        {"role": "admin"},
    ],
)
def test_a_context_that_names_no_user_is_not_trusted(event: Json, customer: User, context: Json | None) -> None:
    """Another authorizer, such as Cognito's, leaves a context too: without a user of the bank the token decides."""
    event["requestContext"]["authorizer"] = context
    assert json.loads(answer(event)["body"])["user_id"] == customer.user_id
    del event["headers"]["authorization"]
    assert answer(event)["statusCode"] == 401


def test_the_authorizers_context_is_trusted_as_it_is(event: Json, customer: User) -> None:
    del event["headers"]["authorization"]
    context = authorizer.authorize(
        {
            "type": "TOKEN",
            "authorizationToken": f"Bearer {customer.token}",
            "methodArn": "arn:aws:execute-api:us-east-1:123456789012:api/api/GET/v1/user/profile",
        },
        None,
    )["context"]
    event["requestContext"]["authorizer"] = context
    assert json.loads(answer(event)["body"])["user_id"] == customer.user_id
