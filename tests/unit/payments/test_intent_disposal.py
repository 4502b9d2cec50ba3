"""Intents are deleted beside other work, one call after the other."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from chalicelib import background
from chalicelib.models.item import Key
from chalicelib.models.ledger import intent
from chalicelib.services.payments.intent_disposal import IntentDisposal

KEYS: list[Key] = [("INTENTS#acc_1", str(number)) for number in range(4)]


class Calls:
    """Deletions that end when a test, or whoever asks for the result, makes them."""

    def __init__(self) -> None:
        self.deleted: list[list[Key]] = []
        self.begun: list[tuple[Future[Any], Callable[[], Any]]] = []

    def start(self, call: Callable[[], Any]) -> Future[Any]:
        future = Waited(self)
        self.begun.append((future, call))
        return future

    def end(self) -> None:
        future, call = self.begun[-1]
        background.run_into(future, call)


class Waited(Future[Any]):
    def __init__(self, calls: Calls):
        super().__init__()
        self._calls = calls

    def result(self, timeout: float | None = None) -> Any:
        if not self.done():
            self._calls.end()
        return super().result(timeout)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    calls = Calls()
    monkeypatch.setattr(background, "start", calls.start)
    monkeypatch.setattr(intent, "delete", lambda keys: calls.deleted.append(list(keys)))
    return calls


def test_next_deletion_waits_for_the_one_before(calls: Calls) -> None:
    disposal = IntentDisposal()
    disposal.drop(KEYS[:1])
    disposal.drop(KEYS[1:2])
    disposal.drop(KEYS[2:3])
    assert (len(calls.begun), disposal.left) == (1, 3)
    calls.end()
    disposal.drop(KEYS[3:])
    disposal.finish()
    assert calls.deleted == [KEYS[:1], KEYS[1:]]
    assert disposal.left == 0


def test_next_deletion_begins_when_the_one_before_has_ended(calls: Calls) -> None:
    disposal = IntentDisposal()
    disposal.drop(KEYS[:1])
    calls.end()
    disposal.drop(KEYS[1:2])
    assert (len(calls.begun), disposal.left) == (2, 1)
    calls.end()
    assert calls.deleted == [KEYS[:1], KEYS[1:2]]


def test_intent_that_was_dropped_is_deleted_once_and_remembered(calls: Calls) -> None:
    disposal = IntentDisposal()
    disposal.drop(KEYS[:2])
    disposal.drop(KEYS[:2])
    disposal.finish()
    assert calls.deleted == [KEYS[:2]]
    assert [key in disposal for key in KEYS] == [True, True, False, False]


def test_nothing_to_delete_makes_no_call(calls: Calls) -> None:
    disposal = IntentDisposal()
    disposal.drop([])
    disposal.finish()
    assert calls.begun == []
