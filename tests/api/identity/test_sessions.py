"""What a session is worth: access tokens, refresh tokens, logging out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest

from chalicelib.handlers.http.authorizer import authorize
from tests.api.helpers.bank import Api, AtTime, Json, Reply, User, counted_calls, items
from tests.api.helpers.network import ELSEWHERE, NEAR, SAME_NETWORK, requests_from
from tests.api.helpers.tokens import forged_tokens

ARN = "arn:aws:execute-api:us-east-1:123456789012:api-id/api/GET/v1/user/profile"


def refresh(client: Api, token: str) -> Reply:
    return client.post("/v1/auth/refresh", {"refresh_token": token})


def profile(client: Api, token: str) -> Reply:
    return client.get("/v1/user/profile", token=token)


def test_anyone_can_check_a_token_with_the_published_keys(client: Api, customer: User) -> None:
    reply = client.get("/v1/.well-known/jwks.json")
    [key] = reply.ok()["keys"]
    assert reply.headers["Cache-Control"] == "public, max-age=300"
    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert jwt.get_unverified_header(customer.token) == {"alg": "EdDSA", "typ": "JWT", "kid": key["kid"]}
    claims = jwt.decode(
        customer.token, jwt.PyJWK(key).key, algorithms=["EdDSA"], audience="florin-local", issuer="florin"
    )
    [session] = items(type="session", user_id=customer.user_id)
    assert claims.pop("exp") - claims.pop("iat") == 900
    assert claims == {
        "iss": "florin",
        "aud": "florin-local",
        "sub": customer.user_id,
        "sid": session["id"],
        "role": "customer",
        "customer_id": customer.customer_id,
        "branch_id": None,
        "own_customer_id": None,
    }


def test_the_authorizer_allows_every_route_in_one_read(client: Api, teller: User) -> None:
    """API Gateway keeps the answer for a minute and gives it to whatever the token asks for next."""
    event = {"type": "TOKEN", "authorizationToken": f"Bearer {teller.token}", "methodArn": ARN}
    with counted_calls() as calls:
        answer: dict[str, Any] = authorize(event, None)
    assert calls == {"GetItem": 1}
    [statement] = answer["policyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Resource"] == ["arn:aws:execute-api:us-east-1:123456789012:api-id/api/*/*"]
    context = answer["context"]
    assert all(isinstance(value, str) for value in context.values())
    assert (context["user_id"], context["role"], context["customer_id"]) == (teller.user_id, "teller", "")
    assert context["session_id"].startswith("ses_")
    assert context["branch_id"] == "brn_" + "0" * 26


def test_forged_and_foreign_tokens_are_refused(client: Api, customer: User) -> None:
    for name, token in forged_tokens(customer.token).items():
        assert profile(client, token).status == 401, name
    profile(client, customer.token).ok()


@pytest.mark.parametrize("authorization", ["", "Bearer", "Basic YWRhOng=", "token", "Bearer  ", "bearer x y z"])
def test_other_authorizations_are_refused(client: Api, authorization: str) -> None:
    client.get("/v1/user/profile", headers={"Authorization": authorization}).refused(401, "unauthorized")


def test_without_a_token_the_door_stays_shut(client: Api) -> None:
    client.get("/v1/user/profile").refused(401, "unauthorized")


def test_an_access_token_lasts_fifteen_minutes(
    client: Api, customer: User, at_time: Callable[[timedelta], None]
) -> None:
    at_time(timedelta(minutes=14, seconds=58))
    profile(client, customer.token).ok()
    at_time(timedelta(minutes=15))
    profile(client, customer.token).refused(401, "unauthorized")


def test_a_refresh_token_is_good_once(client: Api, customer: User) -> None:
    with counted_calls() as calls:
        fresh = refresh(client, customer.refresh_token).ok()
    assert calls == {"BatchGetItem": 1, "TransactWriteItems": 1}
    assert set(fresh) == {"access_token", "refresh_token", "token_type", "expires_in"}
    profile(client, fresh["access_token"]).ok()
    profile(client, customer.token).ok()
    assert refresh(client, fresh["refresh_token"]).status == 200


def ended(client: Api, customer: User, fresh: Json) -> None:
    """Check that the session has ended, with the tokens that are the last ones."""
    refresh(client, fresh["refresh_token"]).refused(401, "unauthorized")
    profile(client, fresh["access_token"]).refused(401, "unauthorized")
    [session] = items(type="session", user_id=customer.user_id)
    assert (session["status"], session["ended_because"]) == ("ended", "refresh token misused")


def test_using_an_old_refresh_token_ends_the_session(client: Api, customer: User, at_time: AtTime) -> None:
    at_time(timedelta(minutes=10))
    fresh = refresh(client, customer.refresh_token).ok()
    at_time(timedelta(minutes=10, seconds=32))
    refresh(client, customer.refresh_token).refused(401, "unauthorized")
    ended(client, customer, fresh)
    assert items(type="session", user_id=customer.user_id)[0]["version"] == 3


def test_a_refresh_whose_answer_was_lost_is_repeated_within_thirty_seconds(
    client: Api, customer: User, at_time: AtTime
) -> None:
    at_time(timedelta(minutes=10))
    refresh(client, customer.refresh_token).ok()
    at_time(timedelta(minutes=10, seconds=30))
    with counted_calls() as calls:
        again = refresh(client, customer.refresh_token).ok()
    assert calls == {"BatchGetItem": 1, "TransactWriteItems": 1}
    profile(client, again["access_token"]).ok()
    at_time(timedelta(minutes=24))
    refresh(client, again["refresh_token"]).ok()


def test_a_refresh_is_repeated_twice_and_then_it_is_misuse(client: Api, customer: User) -> None:
    answers = [refresh(client, customer.refresh_token).ok() for _ in range(3)]
    refresh(client, customer.refresh_token).refused(401, "unauthorized")
    ended(client, customer, answers[-1])


def test_a_refresh_is_not_repeated_from_another_network(client: Api, customer: User) -> None:
    with requests_from(NEAR):
        fresh = refresh(client, customer.refresh_token).ok()
    with requests_from(ELSEWHERE):
        refresh(client, customer.refresh_token).refused(401, "unauthorized")
    ended(client, customer, fresh)


def test_a_refresh_is_repeated_from_another_address_of_the_network(client: Api, customer: User) -> None:
    with requests_from(NEAR):
        refresh(client, customer.refresh_token).ok()
    with requests_from(SAME_NETWORK):
        refresh(client, customer.refresh_token).ok()


def test_a_thief_who_repeats_the_owners_refresh_loses_the_session_with_the_owners_next_one(
    client: Api, customer: User
) -> None:
    """The thief has the owner's old token and network, and is in time. It takes over the session until the owner, whose
    own new token was replaced so, refreshes."""
    owners = refresh(client, customer.refresh_token).ok()
    thiefs = refresh(client, customer.refresh_token).ok()
    refresh(client, owners["refresh_token"]).refused(401, "unauthorized")
    ended(client, customer, thiefs)


def test_of_the_tokens_before_the_last_one_only_the_very_last_is_exchanged_again(client: Api, customer: User) -> None:
    second = refresh(client, customer.refresh_token).ok()
    third = refresh(client, second["refresh_token"]).ok()
    refresh(client, customer.refresh_token).refused(401, "unauthorized")
    ended(client, customer, third)


def test_a_lost_answer_does_not_bring_back_a_session_that_was_logged_out(client: Api, customer: User) -> None:
    fresh = refresh(client, customer.refresh_token).ok()
    assert client.post("/v1/auth/logout", {}, token=fresh["access_token"]).status == 204
    refresh(client, customer.refresh_token).refused(401, "unauthorized")


def test_a_made_up_refresh_token_does_not_end_the_session_of_others(client: Api, customer: User) -> None:
    user_id, session_id, _, mac = customer.refresh_token.split(".")
    refresh(client, f"{user_id}.{session_id}.{'A' * 43}.{mac}").refused(401, "unauthorized")
    refresh(client, customer.refresh_token).ok()


def test_what_is_no_refresh_token_is_refused_without_a_read(client: Api, customer: User) -> None:
    for token in ("x", customer.token[:200], customer.refresh_token + "x", customer.refresh_token.lower()):
        with counted_calls() as calls:
            refresh(client, token).refused(401, "unauthorized")
        assert not calls
    refresh(client, customer.refresh_token).ok()


@pytest.mark.parametrize("body", [{}, {"refresh_token": 1}, {"refresh_token": "x" * 201}, {"refresh_token": "a\u0000"}])
def test_a_bad_refresh_is_named(client: Api, body: object) -> None:
    reply = client.post("/v1/auth/refresh", body).refused(422, "validation_failed")
    assert reply.wrong_fields == ["refresh_token"]


def test_a_refresh_token_lives_thirty_days(client: Api, customer: User, at_time: Callable[[timedelta], None]) -> None:
    at_time(timedelta(days=30))
    refresh(client, customer.refresh_token).refused(401, "unauthorized")


def test_a_session_lives_ninety_days_however_often_it_is_refreshed(
    client: Api, customer: User, at_time: Callable[[timedelta], None]
) -> None:
    token = customer.refresh_token
    for days in (29, 58, 87):
        at_time(timedelta(days=days))
        token = refresh(client, token).ok()["refresh_token"]
    at_time(timedelta(days=90))
    refresh(client, token).refused(401, "unauthorized")


def test_logging_out_ends_this_session_only(client: Api, customer: User, log_in: Callable[[str], User]) -> None:
    other = log_in(customer.email)
    with counted_calls() as calls:
        reply = client.post("/v1/auth/logout", {}, token=customer.token)
    assert (reply.status, reply.text) == (204, "")
    assert calls == {"GetItem": 2, "TransactWriteItems": 1}
    profile(client, customer.token).refused(401, "unauthorized")
    refresh(client, customer.refresh_token).refused(401, "unauthorized")
    profile(client, other.token).ok()


def test_logging_out_needs_no_body(client: Api, customer: User) -> None:
    assert client.post("/v1/auth/logout", token=customer.token).status == 204


def test_logging_out_everywhere(
    client: Api, customer: User, other_customer: User, log_in: Callable[[str], User]
) -> None:
    sessions = [customer, log_in(customer.email), log_in(customer.email)]
    assert client.post("/v1/auth/logout", {"everywhere": True}, token=customer.token).status == 204
    for session in sessions:
        profile(client, session.token).refused(401, "unauthorized")
        refresh(client, session.refresh_token).refused(401, "unauthorized")
    profile(client, other_customer.token).ok()


@pytest.mark.parametrize("everywhere", ["yes", 1, None])
def test_a_bad_logout_is_named_and_ends_nothing(client: Api, customer: User, everywhere: object) -> None:
    reply = client.post("/v1/auth/logout", {"everywhere": everywhere}, token=customer.token)
    assert reply.refused(422, "validation_failed").wrong_fields == ["everywhere"]
    profile(client, customer.token).ok()


def test_logging_out_needs_a_token(client: Api) -> None:
    client.post("/v1/auth/logout", {}).refused(401, "unauthorized")
