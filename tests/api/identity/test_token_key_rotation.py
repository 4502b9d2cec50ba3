"""Replacing the key that signs access tokens, while people work."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import boto3
import jwt
import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.domain.identity.token_keys import ANNOUNCED_SECONDS, old_key_ends_at
from chalicelib.services.crypto import bank_keys
from infra.deploy.bank_keys import public_half, publish, read_private, write_private
from infra.errors import CommandError
from infra.maintenance import key_rotation
from infra.maintenance.reporting import UNDONE
from infra.maintenance.rotate_token_key import KEY
from tests.api.helpers.bank import STAGE, Api, LogIn, User, items
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream

PRIVATE, PUBLIC = f"/florin/{STAGE}/private/keys", f"/florin/{STAGE}/jwks"
WHOLE_OVERLAP = old_key_ends_at(ANNOUNCED_SECONDS)


def rotate(now: float, *, is_leaked: bool = False) -> str:
    return key_rotation.rotate(KEY, now, is_leaked=is_leaked)


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def stored() -> Any:
    return read_private(boto3.client("ssm"), PRIVATE)


def kids() -> list[str]:
    return [key["kid"] for key in stored()["keys"]]


def is_let_in(client: Api, user: User) -> bool:
    return client.get("/v1/user/profile", token=user.token).status == 200


@pytest.fixture(autouse=True)
def old_kid(aws: Any) -> Iterator[str]:
    """The id of the key before, which other tests go on to use."""
    before = stored()
    yield str(before["keys"][0]["kid"])
    write_private(boto3.client("ssm"), PRIVATE, before)
    publish(boto3.client("ssm"), PUBLIC, public_half(before))
    bank_keys.forget()


def test_new_key_is_published_and_does_not_sign_yet(client: Api, customer: User, log_in: LogIn, old_kid: str) -> None:
    assert "signs from" in rotate(time.time())
    bank_keys.forget()
    assert [key["kid"] for key in client.get("/v1/.well-known/jwks.json").ok()["keys"]] == kids()
    assert kids()[1] == old_kid != kids()[0]
    assert kid_of(log_in(customer.email).token) == old_kid
    assert is_let_in(client, customer)


def test_in_between_tokens_of_both_keys_are_valid(client: Api, customer: User, log_in: LogIn, old_kid: str) -> None:
    rotate(time.time() - ANNOUNCED_SECONDS)
    bank_keys.forget()
    later = log_in(customer.email)
    assert (kid_of(customer.token), kid_of(later.token)) == (old_kid, kids()[0])
    assert is_let_in(client, customer)
    assert is_let_in(client, later)


def test_process_that_knows_the_old_key_only_fetches_the_new_one(
    client: Api, customer: User, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bank_keys.jwks()
    rotate(time.time() - ANNOUNCED_SECONDS)
    later = jwt.encode({}, bank_keys.secret_keys().private_key, "EdDSA", headers={"kid": kids()[0]})
    assert bank_keys.public_key(kid_of(later)) is None
    monkeypatch.setattr(bank_keys, "UNKNOWN_KEY_PAUSE_SECONDS", -1)
    assert bank_keys.public_key(kid_of(later)) is not None
    assert bank_keys.jwks() != before


def test_second_run_ends_the_old_key_when_its_last_token_has_expired(
    client: Api, customer: User, log_in: LogIn, old_kid: str
) -> None:
    began = time.time() - WHOLE_OVERLAP
    rotate(began)
    new_kid = kids()[0]
    with pytest.raises(CommandError, match="still valid") as early:
        rotate(began + WHOLE_OVERLAP - 61)
    assert (early.value.advice, len(kids())) == ("Run the command again in 2 minutes.", 2)
    rotate(began + WHOLE_OVERLAP + 1)
    bank_keys.forget()
    assert kids() == [new_kid] == [key["kid"] for key in bank_keys.jwks()["keys"]]
    client.get("/v1/user/profile", token=customer.token).refused(401, "unauthorized")
    assert is_let_in(client, log_in(customer.email))


def test_session_goes_on_after_a_rotation(client: Api, customer: User) -> None:
    began = time.time() - WHOLE_OVERLAP - 1
    rotate(began)
    rotate(time.time())
    bank_keys.forget()
    tokens = client.post("/v1/auth/refresh", {"refresh_token": customer.refresh_token}).ok()
    client.get("/v1/user/profile", token=tokens["access_token"]).ok()


def test_other_keys_stay(client: Api) -> None:
    before = bank_keys.email_hmac("ada@example.com")
    rotate(time.time())
    bank_keys.forget()
    assert bank_keys.email_hmac("ada@example.com") == before


def test_leaked_key_ends_at_once(client: Api, customer: User, log_in: LogIn, old_kid: str) -> None:
    rotate(time.time())
    rotate(time.time(), is_leaked=True)
    bank_keys.forget()
    assert len(kids()) == 1
    assert old_kid not in kids()
    client.get("/v1/user/profile", token=customer.token).refused(401, "unauthorized")
    assert kid_of(log_in(customer.email).token) == kids()[0]


def test_two_operators_at_once_make_one_key(client: Api) -> None:
    with just_before("TransactWriteItems", lambda: rotate(time.time())), pytest.raises(Conflict, match="Another"):
        rotate(time.time())
    assert len(kids()) == 2
    assert [key["kid"] for key in public_half(stored())["keys"]] == [key["kid"] for key in published()]


def test_operator_who_comes_before_the_first_has_stored_its_key_waits(
    client: Api, monkeypatch: pytest.MonkeyPatch, at_time: Callable[[timedelta], None], old_kid: str
) -> None:
    def stop(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(key_rotation, "publish", stop)
    with pytest.raises(ConnectionError):
        rotate(time.time())
    monkeypatch.setattr(key_rotation, "publish", publish)
    with pytest.raises(Conflict, match="in a minute"):
        rotate(time.time())
    assert kids() == [old_kid]
    at_time(timedelta(seconds=61))
    rotate(time.time())
    [record] = items(type="key_rotation")
    assert (record["new_kid"], record["old_kid"]) == (kids()[0], old_kid)


def test_each_step_is_in_the_audit_with_its_operator(
    bank: People, streamed_bank: None, client: Api, auditor: User, log_in: LogIn, old_kid: str
) -> None:
    stream = Stream()
    began = time.time() - WHOLE_OVERLAP - 1
    rotate(began)
    rotate(time.time())
    rotate(time.time(), is_leaked=True)
    stream.deliver()
    bank_keys.forget()
    page = client.get("/v1/audit?entity=token-key", token=log_in(auditor.email).token).ok()
    leaked, ended, begun = page["data"]
    assert (begun["event"], begun["after"]["old_kid"], begun["after"]["reason"]) == (
        "key_rotation.created", old_kid, "planned"
    )  # fmt: skip
    assert ended["after"]["status"] == "ended"
    assert (leaked["after"]["reason"], leaked["after"]["new_kid"]) == ("leaked", kids()[0])
    assert begun["after"]["rotated_by"].startswith("arn:aws:")
    assert "PRIVATE" not in str(page)


def test_command_says_what_comes_next(client: Api, capsys: pytest.CaptureFixture[str]) -> None:
    assert key_rotation.main(KEY, []) == 0
    assert "to end the old one" in capsys.readouterr().out
    assert key_rotation.main(KEY, []) == UNDONE
    assert "Run the command again in 26 minutes." in capsys.readouterr().err
    assert key_rotation.main(KEY, ["leaked"]) == 0
    assert "exchange their refresh tokens" in capsys.readouterr().out


def published() -> list[dict[str, str]]:
    bank_keys.forget()
    found: list[dict[str, str]] = bank_keys.jwks()["keys"]
    return found
