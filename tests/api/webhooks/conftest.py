"""A queue and a receiver for each test, and a clock that stands still."""

from collections.abc import Iterator

import pytest

from chalicelib import clock
from tests.api.helpers.bank import Api
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.webhooks import DEAD_LETTERS_URL, QUEUE_URL, Hooks, open_queue, open_receiver


@pytest.fixture
def hooks(bank: People, client: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooks]:
    monkeypatch.setenv("WEBHOOK_QUEUE_URL", QUEUE_URL)
    monkeypatch.setenv("WEBHOOK_DEAD_LETTERS_URL", DEAD_LETTERS_URL)
    now = clock.now()
    clock.set_clock(lambda: now)
    with open_queue() as queue, open_receiver() as receiver:
        yield Hooks(client, queue, receiver, now)
    clock.set_clock(None)
