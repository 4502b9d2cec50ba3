"""What is read often is kept for a short time: by the bank and, with an ETag, by its clients."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from chalicelib import clock
from chalicelib.domain.permissions import system
from chalicelib.models.interest.rate import InterestRate
from chalicelib.services import reference_cache
from tests.api.helpers.bank import Api, Reply, User, counted_calls
from tests.api.helpers.interest import put_rate, today

SESSION = {"GetItem": 1}
"""The authorizer's read, which API Gateway keeps for a minute."""
Clock = Callable[[float], None]


@pytest.fixture
def clock_at(customer: User) -> Iterator[Clock]:
    """Set the clock to so many seconds after a window has begun."""
    begins = clock.now().timestamp() // 30 * 30 + 30
    yield lambda seconds: clock.set_clock(lambda: datetime.fromtimestamp(begins + seconds, UTC))
    clock.set_clock(None)


def rates(client: Api, user: User, **headers: str) -> Reply:
    return client.get("/v1/interest-rates", token=user.token, headers=headers)


def first_rate(reply: Reply) -> str:
    return str(reply.ok()["data"][0]["annual_rate"])


def set_elsewhere(rate_millionths: int) -> None:
    """By another process, of which this one hears nothing."""
    at = "2020-01-01T00:00:00.000000Z"
    InterestRate.new("savings", rate_millionths, "2020-01-01", at).stamp(system("r"), at).save()


def test_the_second_read_costs_no_call_of_dynamodb(client: Api, customer: User, clock_at: Clock) -> None:
    clock_at(0)
    with counted_calls() as calls:
        first = rates(client, customer)
    assert calls == SESSION | {"Query": 2}
    clock_at(29.9)
    with counted_calls() as calls:
        second = rates(client, customer)
    assert calls == SESSION
    assert second.ok() == first.ok()


def test_a_change_made_elsewhere_is_seen_within_the_cache_time(client: Api, customer: User, clock_at: Clock) -> None:
    clock_at(12)
    assert first_rate(rates(client, customer)) == "0.0300"
    set_elsewhere(40_000)
    clock_at(29.9)
    assert first_rate(rates(client, customer)) == "0.0300"
    clock_at(30)
    assert first_rate(rates(client, customer)) == "0.0400"


def test_a_change_made_here_is_seen_at_once(client: Api, customer: User, manager: User, clock_at: Clock) -> None:
    clock_at(0)
    assert first_rate(rates(client, customer)) == "0.0300"
    put_rate(client, manager, "0.0500", today().isoformat()).ok()
    assert first_rate(rates(client, customer)) == "0.0500"


def test_clients_may_keep_it_as_long_as_the_bank_does(client: Api, customer: User, clock_at: Clock) -> None:
    for seconds, left in ((0, 30), (0.5, 29), (12, 18), (29.5, 0), (30, 30)):
        clock_at(seconds)
        assert rates(client, customer).headers["Cache-Control"] == f"private, max-age={left}"


def test_whoever_has_it_already_is_told_so(client: Api, customer: User, clock_at: Clock) -> None:
    clock_at(0)
    etag = rates(client, customer).headers["ETag"]
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        reply = rates(client, customer, **{"If-None-Match": known})
        assert (reply.status, reply.text, reply.headers["ETag"]) == (304, "", etag)
        assert "Content-Type" not in reply.headers
        assert reply.headers["Cache-Control"] == "private, max-age=30"
    set_elsewhere(40_000)
    for unknown in ("", '"x"', etag.strip('"')):
        assert rates(client, customer, **{"If-None-Match": unknown}).status == 200
    clock_at(30)
    reply = rates(client, customer, **{"If-None-Match": etag})
    assert first_rate(reply) == "0.0400"
    assert reply.headers["ETag"] != etag


def test_it_can_be_switched_off(client: Api, customer: User, clock_at: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "0")
    clock_at(0)
    for _ in range(2):
        with counted_calls() as calls:
            reply = rates(client, customer)
        assert calls == SESSION | {"Query": 2}
        assert reply.headers["Cache-Control"] == "private, max-age=0"


def test_what_is_kept_is_bounded_and_goes_by_what_was_asked() -> None:
    asked: list[int] = []

    @reference_cache.kept
    def load(number: int) -> int:
        asked.append(number)
        return -number

    clock.set_clock(lambda: datetime(2026, 11, 21, tzinfo=UTC))
    numbers = range(reference_cache.KEPT_MAX + 1)
    try:
        assert [load(number) for number in numbers] == [-number for number in numbers]
        assert load(numbers[-1]) == -numbers[-1]
        assert asked == list(numbers)
        assert load(numbers[0]) == 0
    finally:
        clock.set_clock(None)
    assert asked == [*numbers, 0], "the first answers were dropped to make room"


def test_a_failure_is_not_kept() -> None:
    failing = iter([True, False])

    @reference_cache.kept
    def load() -> str:
        if next(failing):
            raise ConnectionError("no answer")
        return "loaded"

    with pytest.raises(ConnectionError):
        load()
    assert load() == "loaded"
