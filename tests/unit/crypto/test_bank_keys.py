"""Keys in memory: how long a process goes on with those that it knows."""

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib import aws
from chalicelib.domain.errors import Unavailable
from chalicelib.services.crypto import bank_keys

NAME = "/florin/test/jwks"


class Parameters:
    """Systems Manager, which may not answer. `asked` counts the calls."""

    def __init__(self) -> None:
        self.value, self.asked, self.is_down = '{"keys": []}', 0, False

    def get_parameter(self, **_: object) -> Any:
        self.asked += 1
        if self.is_down:
            raise EndpointConnectionError(endpoint_url="https://ssm")
        return {"Parameter": {"Value": self.value}}


@pytest.fixture
def parameters(monkeypatch: pytest.MonkeyPatch) -> Any:
    made = Parameters()
    bank_keys.forget()
    monkeypatch.setattr(aws, "client", lambda *_, **__: made)
    yield made
    bank_keys.forget()


def test_keys_are_read_once_while_they_are_young(parameters: Any) -> None:
    assert bank_keys.fetch(NAME) is bank_keys.fetch(NAME)
    assert parameters.asked == 1


def test_old_keys_are_read_again(parameters: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bank_keys.fetch(NAME)
    parameters.value = '{"keys": [1]}'
    monkeypatch.setattr(bank_keys, "KEPT_SECONDS", -1)
    assert bank_keys.fetch(NAME) == {"keys": [1]}


def test_known_keys_serve_while_aws_does_not_answer_and_it_is_not_asked_each_time(
    parameters: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = bank_keys.fetch(NAME)
    parameters.is_down = True
    monkeypatch.setattr(bank_keys, "KEPT_SECONDS", -1)
    assert [bank_keys.fetch(NAME) for _ in range(3)] == [known] * 3
    assert parameters.asked == 2
    monkeypatch.setattr(bank_keys, "RETRY_PAUSE_SECONDS", -1)
    parameters.is_down, parameters.value = False, '{"keys": [1]}'
    assert bank_keys.fetch(NAME) == {"keys": [1]}


def test_known_keys_do_not_serve_for_ever(parameters: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bank_keys.fetch(NAME)
    parameters.is_down = True
    monkeypatch.setattr(bank_keys, "KEPT_SECONDS", -1)
    monkeypatch.setattr(bank_keys, "STALE_SECONDS_MAX", -1)
    with pytest.raises(Unavailable):
        bank_keys.fetch(NAME)


def test_keys_that_were_never_read_are_not_made_up(parameters: Any) -> None:
    parameters.is_down = True
    with pytest.raises(Unavailable):
        bank_keys.fetch(NAME)


def test_ids_of_no_key_ask_for_keys_at_most_once_in_a_while(parameters: Any) -> None:
    parameters.value = '{"keys": [{"kid": "a"}]}'
    found = [bank_keys.public_key(kid) for kid in ("a", "b", "c")]
    assert (found, parameters.asked) == ([{"kid": "a"}, None, None], 1)
