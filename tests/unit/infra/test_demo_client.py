"""The demo repeats a request whose outcome is unknown, if that does nothing twice."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from infra.demo.client import Client


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The statuses with which requests are answered, in their order; the last one goes on. Nobody waits."""
    answers: list[int] = []

    def request(*_: object, **__: object) -> Any:
        status = answers.pop(0) if len(answers) > 1 else answers[0]
        return SimpleNamespace(status_code=status, headers={}, json=dict)

    monkeypatch.setattr(requests.Session, "request", request)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    return answers


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_payment_is_repeated_with_its_key(sent: list[int], status: int) -> None:
    sent += [status, status, 201]
    assert Client("http://bank").post("/v1/transactions/deposit", {}, key="k").status == 201


def test_a_read_is_repeated_unless_the_bank_itself_refuses_it(sent: list[int]) -> None:
    sent += [504, 503, 200]
    assert Client("http://bank").get("/v1/audit/verify").status == 503


def test_a_request_without_a_key_is_sent_once(sent: list[int]) -> None:
    sent += [502, 201]
    assert Client("http://bank").post("/v1/auth/register", {}).status == 502


def test_a_payment_is_repeated_five_times_at_most(sent: list[int]) -> None:
    sent += [503] * 5 + [201]
    assert Client("http://bank").post("/v1/transactions/deposit", {}, key="k").status == 503
