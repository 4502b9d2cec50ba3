"""Being locked out: by whose failures, for how long, and who still gets in."""

import io
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from chalicelib import clock
from chalicelib.domain.errors import TooManyAttempts
from chalicelib.domain.permissions import Caller
from chalicelib.models.identity.login_attempts import LoginAttempts
from chalicelib.services.crypto import bank_keys, data_keys
from chalicelib.services.identity import login_attempts
from chalicelib.services.identity.login_attempts import Guess
from tests.api.helpers.bank import Api, AtTime, User, counted_calls, items
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.network import ELSEWHERE, NEAR, SAME_NETWORK, WRONG, guess, guess_from, requests_from

THREADS = 32
SOURCE_FAILURES_MAX = 10


def failed(client: Api, email: str, source_ip: str = NEAR, times: int = 5, device_token: str | None = None) -> None:
    for _ in range(times):
        guess_from(source_ip, client, email, WRONG, device_token).refused(401, "unauthorized")


def counter(email: str) -> dict[str, list[int]]:
    """The failures that are counted at an address, by origin."""
    [item] = items(type="login_attempts", pk=f"EMAIL#{bank_keys.email_hmac(email)}")
    failures: dict[str, list[int]] = json.loads(item["failures"])
    return failures


def hammer(email: str, sources: int) -> None:
    """Count a failure from so many networks, as the service does."""
    for number in range(sources):
        reserve(email, f"10.0.{number}.1", number)


def reserve(email: str, source_ip: str, number: int) -> bool:
    """Count an attempt; return whether it may look at the password."""
    caller = Caller("anonymous", "customer", f"request-{number}")
    one = Guess(bank_keys.email_hmac(email), bank_keys.source_hmac(source_ip), caller, clock.now())
    try:
        login_attempts.reserve(one, LoginAttempts.find(*LoginAttempts.key(one.email_hmac)))
    except TooManyAttempts:
        return False
    return True


@pytest.mark.parametrize("known", [True, False])
def test_five_failures_lock_the_address_for_their_network(
    client: Api, customer: User, at_time: AtTime, known: bool
) -> None:
    email = customer.email if known else "locked-nobody@example.com"
    at_time(timedelta())
    failed(client, email)
    at_time(timedelta(minutes=1))
    with counted_calls() as calls:
        locked = guess_from(SAME_NETWORK, client, email, customer.password).refused(429, "too_many_attempts")
    assert calls == {"BatchGetItem": 2, "TransactWriteItems": 1}
    assert (locked.headers["Retry-After"], locked.json["retry_after"]) == ("840", 840)
    email_hmac = bank_keys.email_hmac(email)
    outcomes = [
        item["outcome"]
        for item in items(type="login")
        if item["pk"] in (f"EMAIL#{email_hmac}", f"USER#{customer.user_id}")
    ]
    assert outcomes.count("locked") == 1
    at_time(timedelta(minutes=15))
    reply = guess_from(NEAR, client, email, customer.password)
    assert reply.status == (200 if known else 401)


def test_a_failure_after_the_wait_doubles_the_next_one(client: Api, customer: User, at_time: AtTime) -> None:
    at_time(timedelta())
    failed(client, customer.email)
    for minutes, wait in ((15, 30), (45, 60), (105, 120)):
        at_time(timedelta(minutes=minutes))
        failed(client, customer.email, times=1)
        locked = guess_from(NEAR, client, customer.email, customer.password).refused(429, "too_many_attempts")
        assert int(locked.headers["Retry-After"]) == wait * 60


def test_a_stranger_does_not_lock_out_the_owner_who_comes_from_elsewhere(client: Api, customer: User) -> None:
    failed(client, customer.email)
    guess_from(NEAR, client, customer.email, customer.password).refused(429, "too_many_attempts")
    guess_from(ELSEWHERE, client, customer.email, customer.password).ok()


def test_the_owners_log_in_does_not_give_the_stranger_more_guesses(client: Api, customer: User) -> None:
    failed(client, customer.email)
    guess_from(ELSEWHERE, client, customer.email, customer.password).ok()
    guess_from(NEAR, client, customer.email).refused(429, "too_many_attempts")
    assert [len(times) for times in counter(customer.email).values()] == [5]


def test_a_header_does_not_choose_the_network(client: Api, customer: User) -> None:
    for number in range(5):
        guess(client, customer.email, **{"X-Forwarded-For": f"10.0.{number}.1"}).refused(401, "unauthorized")
    spoofed = guess(client, customer.email, **{"X-Forwarded-For": "10.0.9.1"})
    spoofed.refused(429, "too_many_attempts")


def test_a_success_forgets_the_failures_of_its_network(client: Api, customer: User) -> None:
    for _ in range(2):
        failed(client, customer.email, times=4)
        guess_from(NEAR, client, customer.email, customer.password).ok()
    assert counter(customer.email) == {}


def test_many_networks_together_lock_the_address_but_not_a_known_device(client: Api, customer: User) -> None:
    token = guess_from(ELSEWHERE, client, customer.email, customer.password).ok()["device_token"]
    hammer(customer.email, 50)
    locked = guess_from(ELSEWHERE, client, customer.email, customer.password).refused(429, "too_many_attempts")
    assert int(locked.headers["Retry-After"]) <= 60
    known = guess_from(ELSEWHERE, client, customer.email, customer.password, token).ok()
    assert known["device_token"] is None


def test_a_known_device_gets_in_from_a_locked_network(client: Api, customer: User) -> None:
    """The stranger sits in the owner's own network."""
    token = guess_from(NEAR, client, customer.email, customer.password).ok()["device_token"]
    failed(client, customer.email)
    with requests_from(NEAR), counted_calls() as calls:
        guess(client, customer.email, customer.password, token).ok()
    assert calls == {"BatchGetItem": 2, "TransactWriteItems": 2}
    guess_from(NEAR, client, customer.email, customer.password).refused(429, "too_many_attempts")


def test_a_known_device_is_locked_by_its_own_failures_wherever_it_goes(client: Api, customer: User) -> None:
    token = guess_from(NEAR, client, customer.email, customer.password).ok()["device_token"]
    failed(client, customer.email, times=4, device_token=token)
    failed(client, customer.email, ELSEWHERE, times=1, device_token=token)
    for source_ip in (NEAR, ELSEWHERE):
        locked = guess_from(source_ip, client, customer.email, customer.password, token)
        assert int(locked.refused(429, "too_many_attempts").headers["Retry-After"]) > 890
    guess_from(ELSEWHERE, client, customer.email, customer.password).ok()


def test_the_token_of_another_users_device_is_that_of_an_unknown_one(
    client: Api, customer: User, other_customer: User
) -> None:
    """A thief logs in to an account of its own, and uses the token at another address."""
    token = guess_from(NEAR, client, other_customer.email, other_customer.password).ok()["device_token"]
    failed(client, customer.email, device_token=token)
    guess_from(NEAR, client, customer.email, customer.password, token).refused(429, "too_many_attempts")


@pytest.mark.parametrize("token", ["x", "A" * 43, "ein Gerät 💶"])
def test_whatever_is_no_device_token_is_that_of_an_unknown_device(client: Api, customer: User, token: str) -> None:
    failed(client, customer.email, device_token=token)
    guess_from(NEAR, client, customer.email, customer.password, token).refused(429, "too_many_attempts")
    assert guess_from(ELSEWHERE, client, customer.email, customer.password, token).ok()["device_token"]


def test_known_and_unknown_addresses_are_locked_alike_with_a_device_token(
    client: Api, customer: User, at_time: AtTime
) -> None:
    at_time(timedelta())
    replies = []
    for email in (customer.email, "nobody-yet@example.com"):
        data_keys.cache.clear()
        with counted_calls() as calls:
            failed(client, email, device_token="A" * 43)
            reply = guess_from(NEAR, client, email, WRONG, "A" * 43).refused(429, "too_many_attempts")
        replies.append((dict(calls), {**reply.json, "request_id": ""}))
        assert list(counter(email)) == [bank_keys.source_hmac(NEAR)]
    assert replies[0] == replies[1]


@pytest.mark.parametrize("how", ["change", "reset"])
def test_no_device_is_known_after_a_new_password(client: Api, customer: User, mailbox: Mailbox, how: str) -> None:
    token = guess_from(NEAR, client, customer.email, customer.password).ok()["device_token"]
    new = "a new and longer password"
    if how == "change":
        body = {"current_password": customer.password, "new_password": new}
        assert client.post("/v1/auth/password", body, token=customer.token).status == 204
    else:
        client.post("/v1/auth/password/reset-requests", {"email": customer.email}).ok(202)
        code = mailbox.code_for(customer.email)
        assert client.post("/v1/auth/password/reset", {"token": code, "new_password": new}).status == 204
    failed(client, customer.email, device_token=token)
    guess_from(NEAR, client, customer.email, new, token).refused(429, "too_many_attempts")


def test_device_tokens_are_kept_as_a_hash_only(client: Api, customer: User, log: io.StringIO) -> None:
    token = guess(client, customer.email, customer.password).ok()["device_token"]
    guess(client, customer.email, customer.password, token).ok()
    assert token not in f"{items()} {log.getvalue()}"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_FAILURES_MAX", str(SOURCE_FAILURES_MAX))


def test_a_network_that_sprays_many_addresses_is_slowed_down_for_all(client: Api, customer: User, few: None) -> None:
    token = guess_from(NEAR, client, customer.email, customer.password).ok()["device_token"]
    for number in range(SOURCE_FAILURES_MAX):
        assert reserve(f"sprayed-{number}@example.com", NEAR, number)
    with requests_from(SAME_NETWORK), counted_calls() as calls:
        slowed = guess(client, customer.email, customer.password).refused(429, "too_many_attempts")
    assert calls == {"BatchGetItem": 2, "TransactWriteItems": 2}
    assert 0 < int(slowed.headers["Retry-After"]) <= 60
    assert items(type="login", outcome="locked")
    guess_from(ELSEWHERE, client, customer.email, customer.password).ok()
    guess_from(SAME_NETWORK, client, customer.email, customer.password, token).ok()


def test_a_spraying_network_gets_one_attempt_a_minute(client: Api, at_time: AtTime, few: None) -> None:
    at_time(timedelta())
    for number in range(SOURCE_FAILURES_MAX):
        reserve(f"sprayed-{number}@example.com", NEAR, number)
    at_time(timedelta(seconds=60))
    guess_from(NEAR, client, "sprayed-next@example.com").refused(401, "unauthorized")
    guess_from(NEAR, client, "sprayed-last@example.com").refused(429, "too_many_attempts")


def test_successes_do_not_use_up_a_networks_attempts(client: Api, customer: User) -> None:
    for _ in range(3):
        guess_from(NEAR, client, customer.email, customer.password).ok()
    failed(client, customer.email, times=1)
    key = bank_keys.source_hmac(NEAR)
    [item] = [item for item in items(type="source_attempts") if item["pk"] == f"SOURCE#{key}"]
    assert item["failures"] == 1


def test_every_counter_expires(client: Api, customer: User) -> None:
    failed(client, customer.email, times=1)
    counters = [*items(type="login_attempts"), *items(type="source_attempts")]
    now = clock.now().timestamp()
    assert len(counters) >= 2
    assert all(now < item["expires_at"] <= now + 2 * 86_400 for item in counters)
    assert NEAR.rpartition(".")[0] not in str(items())


def at_once(attempts: Sequence[Callable[[], bool]]) -> int:
    """How many of these got through, begun at the same time."""
    with ThreadPoolExecutor(THREADS) as threads:
        return sum(threads.map(lambda attempt: attempt(), attempts))


def test_of_32_guesses_at_once_from_one_network_five_look_at_the_password(client: Api) -> None:
    assert at_once([partial(reserve, "hammered@example.com", NEAR, number) for number in range(THREADS)]) == 5
    assert [len(times) for times in counter("hammered@example.com").values()] == [5]


def test_32_guesses_at_once_from_32_networks_count_32(client: Api) -> None:
    guesses = [partial(reserve, "hammered@example.com", f"10.0.{number}.1", number) for number in range(THREADS)]
    assert at_once(guesses) == THREADS
    assert [len(times) for times in counter("hammered@example.com").values()] == [1] * THREADS


def test_32_guesses_at_once_at_32_addresses_count_32_for_their_network(client: Api) -> None:
    guesses = [partial(reserve, f"sprayed-{number}@example.com", NEAR, number) for number in range(THREADS)]
    assert at_once(guesses) == THREADS
    [item] = items(type="source_attempts", pk=f"SOURCE#{bank_keys.source_hmac(NEAR)}")
    assert (item["failures"], item["version"]) == (THREADS, THREADS)
