"""Logging in with a passkey, and with answers that none has given."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.api.helpers.bank import Api, Json, User, items
from tests.api.helpers.factors import challenge_of, enrolled_passkey, prove
from tests.authenticator import Authenticator


def test_log_in_with_a_passkey(client: Api, customer: User) -> None:
    factor_id, authenticator = enrolled_passkey(client, customer)
    asked = challenge_of(client, customer)
    options = asked["passkey"]
    assert asked["factors"] == [{"id": factor_id, "type": "passkey"}]
    assert options["rpId"] == "localhost"
    assert options["allowCredentials"] == [{"type": "public-key", "id": authenticator.credential_id}]
    tokens = prove(client, asked["challenge"], passkey=authenticator.get(options)).ok()
    client.get("/v1/user/profile", token=tokens["access_token"]).ok()
    assert items(type="factor", id=factor_id)[0]["sign_count"] == 1


def test_passkeys_answer_from_elsewhere_is_refused(client: Api, customer: User) -> None:
    _, authenticator = enrolled_passkey(client, customer)
    asked = challenge_of(client, customer)
    token, options = asked["challenge"], asked["passkey"]
    other = challenge_of(client, customer)["passkey"]
    for wrong in (
        authenticator.get(options, origin="https://florin.evil.example"),
        authenticator.get(options, origin="http://localhost.evil.example"),
        authenticator.get(options, domain="evil.example"),
        authenticator.get(other),
        Authenticator().get(options),
    ):
        prove(client, token, passkey=wrong).refused(422, "mfa_incorrect")
    prove(client, token, passkey=authenticator.get(options)).ok()


def test_passkey_of_another_user_is_refused(client: Api, customer: User, other_customer: User) -> None:
    enrolled_passkey(client, customer)
    _, foreign = enrolled_passkey(client, other_customer)
    asked = challenge_of(client, customer)
    prove(client, asked["challenge"], passkey=foreign.get(asked["passkey"])).refused(422, "mfa_incorrect")


def test_signature_by_another_key_under_a_known_id_is_refused(client: Api, customer: User) -> None:
    _, authenticator = enrolled_passkey(client, customer)
    asked = challenge_of(client, customer)
    answer = Authenticator().get(asked["passkey"])
    answer |= {"id": authenticator.credential_id, "rawId": authenticator.credential_id}
    prove(client, asked["challenge"], passkey=answer).refused(422, "mfa_incorrect")


@pytest.mark.parametrize("count_by", [0, -1])
def test_sign_count_that_does_not_grow_is_refused(client: Api, customer: User, count_by: int) -> None:
    """Two authenticators then have the same key: one is a copy."""
    _, authenticator = enrolled_passkey(client, customer)
    asked = challenge_of(client, customer)
    prove(client, asked["challenge"], passkey=authenticator.get(asked["passkey"], count_by=5)).ok()
    asked = challenge_of(client, customer)
    answer = authenticator.get(asked["passkey"], count_by=count_by)
    prove(client, asked["challenge"], passkey=answer).refused(422, "mfa_incorrect")
    assert len(items(type="login", outcome="mfa_failed", user_id=customer.user_id)) == 1, "its user sees it"


def test_passkey_that_never_counts_is_accepted_again(client: Api, customer: User) -> None:
    """Those that are synchronised between devices do not count."""
    _, authenticator = enrolled_passkey(client, customer)
    for _ in range(2):
        asked = challenge_of(client, customer)
        prove(client, asked["challenge"], passkey=authenticator.get(asked["passkey"], count_by=0)).ok()


def test_wrong_passkey_is_shown_to_its_user(client: Api, customer: User) -> None:
    """Somebody knows the password, and tried."""
    _, authenticator = enrolled_passkey(client, customer)
    asked = challenge_of(client, customer)
    prove(client, asked["challenge"], passkey=Authenticator().get(asked["passkey"])).refused(422, "mfa_incorrect")
    listed = client.get("/v1/user/logins", token=customer.token).ok()["data"]
    assert [one["outcome"] for one in listed][:2] == ["mfa_failed", "mfa_required"]
    prove(client, asked["challenge"], passkey=authenticator.get(asked["passkey"])).ok()


def test_device_that_gave_its_place_to_others_during_the_log_in_is_a_new_one(
    client: Api, customer: User, at_time: Callable[[timedelta], None]
) -> None:
    """Ten others have logged in between its password and its factor."""
    at_time(timedelta())
    _, authenticator = enrolled_passkey(client, customer)

    def answer(asked: Json) -> Json:
        tokens: Json = prove(client, asked["challenge"], passkey=authenticator.get(asked["passkey"])).ok()
        return tokens

    body = {"email": customer.email, "password": customer.password}
    known = answer(challenge_of(client, customer))["device_token"]
    asked = client.post("/v1/auth/login", {**body, "device_token": known}).ok()
    for second in range(10):
        at_time(timedelta(seconds=second + 1))
        answer(challenge_of(client, customer))
    again = answer(asked)["device_token"]
    assert again not in (None, known)
    assert answer(client.post("/v1/auth/login", {**body, "device_token": again}).ok())["device_token"] is None


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"id": None},
        {"id": "x", "rawId": "x", "type": "public-key", "response": {}},
        {"id": "\ud83d\ude00", "response": []},
    ],
)
def test_passkeys_answer_that_is_none_is_refused(client: Api, customer: User, answer: dict[str, object]) -> None:
    _, authenticator = enrolled_passkey(client, customer)
    token = challenge_of(client, customer)["challenge"]
    for one in (answer, answer | {"id": authenticator.credential_id}):
        prove(client, token, passkey=one).refused(422, "mfa_incorrect")
