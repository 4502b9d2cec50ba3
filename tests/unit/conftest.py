"""A bank on tables in memory, in a time that passes by pauses alone."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.retries.quota import RetryQuota

from chalicelib import background, clock
from chalicelib.models import connection
from chalicelib.models.ledger import shards
from tests.fake_dynamodb.wire import FakeDynamoDB
from tests.small_bank import SmallBank

STAGE = "unit"
real_sleep = time.sleep


class Time:
    """A clock in seconds, and all pauses that were made."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        if threading.current_thread().daemon:  # of an emulator that other tests have loaded
            real_sleep(seconds)
            return
        self.now += seconds
        self.pauses.append(seconds)


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Replace waiting: a pause moves the clock, and each is as long as it may be."""
    passing = Time()
    monkeypatch.setattr(time, "monotonic", lambda: passing.now)
    monkeypatch.setattr(time, "sleep", passing.sleep)
    monkeypatch.setattr(random, "uniform", lambda _, most: most)
    return passing


def agree_on_the_time() -> None:
    """Forget how far the clock was ahead of DynamoDB's: the next test has another DynamoDB."""
    now = clock.system_now()
    clock.compare(now, now, now)


def unsigned(**_: object) -> object:
    """Spare a signature, which takes a sixth of a call: the tables ask for none."""
    return UNSIGNED


def at_once(call: Callable[[], Any]) -> Future[Any]:
    """Make a call that would be made beside another one, so that their order is always the same."""
    made = Future[Any]()
    background.run_into(made, call)
    return made


@pytest.fixture
def dynamodb(passing: Time, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDynamoDB]:
    """Put empty tables behind the bank's connection. Every step that a test queues must be taken."""
    monkeypatch.setenv("FLORIN_STAGE", STAGE)
    agree_on_the_time()
    monkeypatch.setattr(RetryQuota, "acquire", lambda *_: True)  # else what one test loses counts against the next
    made = FakeDynamoDB(STAGE)
    monkeypatch.setattr(background, "start", at_once)
    events = connection.client().meta.events
    events.register("before-send.dynamodb", made.serve)
    events.register("choose-signer.dynamodb", unsigned)
    yield made
    events.unregister("before-send.dynamodb", made.serve)
    events.unregister("choose-signer.dynamodb", unsigned)
    agree_on_the_time()
    assert made.steps_left == []


@pytest.fixture
def bank(dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallBank]:
    """Return an empty bank with one shard of each of its own accounts, at noon of 21 November 2026."""
    made = SmallBank(dynamodb)
    monkeypatch.setenv("LEDGER_SHARDS", "1")
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "0")
    shards.move()
    clock.set_clock(lambda: made.now)
    yield made
    clock.set_clock(None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the client once, before `make mutants` forks: it costs as much as many tests."""
    if any("dynamodb" in getattr(item, "fixturenames", ()) for item in session.items):
        connection.client()
