"""Where the bank's keys are, and the keys of a stage that an earlier version has deployed."""

import json
from typing import Any

import pytest

from infra.deploy.bank_keys import (
    edge_secret_name,
    ensure_edge_secret,
    ensure_keys,
    key_pairs,
    new_key,
    retire_secrets,
)
from tests.unit.infra.parameters import Parameters

TOKENS, WEBHOOKS = key_pairs("dev")


@pytest.fixture
def former() -> Parameters:
    """A stage whose keys are in Secrets Manager."""
    made = Parameters()
    made.secrets[TOKENS.former_secret] = json.dumps({**new_key(), "lookup_key": "bG9vaw=="})
    made.secrets[WEBHOOKS.former_secret] = json.dumps({"keys": [new_key()]})
    return made


def stored(target: Parameters, name: str) -> Any:
    return json.loads(target.values[name])


def test_new_stage_gets_encrypted_private_keys_and_plain_public_ones() -> None:
    target: Any = Parameters()
    assert ensure_keys(target, "dev") is True
    for pair in (TOKENS, WEBHOOKS):
        assert (target.types[pair.private_name], target.types[pair.public_name]) == ("SecureString", "String")
        [private], [public] = stored(target, pair.private_name)["keys"], stored(target, pair.public_name)["keys"]
        assert (private["kid"], "private_key" in public) == (public["kid"], False)
    assert ensure_keys(target, "dev") is False


def test_keys_of_an_earlier_version_stay_the_same(former: Any) -> None:
    before = {pair: json.loads(former.secrets[pair.former_secret]) for pair in (TOKENS, WEBHOOKS)}
    assert ensure_keys(former, "dev") is True
    kept = stored(former, TOKENS.private_name)
    assert kept["lookup_key"] == before[TOKENS]["lookup_key"]
    assert kept["keys"] == [
        {"kid": before[TOKENS]["kid"], "private_key": before[TOKENS]["private_key"], "signs_from": 0}
    ]
    assert stored(former, WEBHOOKS.private_name) == before[WEBHOOKS]


def test_secrets_of_an_earlier_version_go_when_their_keys_are_elsewhere(former: Any) -> None:
    retire_secrets(former, "dev")
    assert len(former.secrets) == 2
    ensure_keys(former, "dev")
    retire_secrets(former, "dev")
    retire_secrets(former, "dev")
    assert former.secrets == {}


def test_secret_of_the_distribution_is_made_once_and_encrypted() -> None:
    target: Any = Parameters()
    secret = ensure_edge_secret(target, "dev")
    assert len(secret) == 64
    assert ensure_edge_secret(target, "dev") == secret
    assert (target.written, target.types[edge_secret_name("dev")]) == ([edge_secret_name("dev")], "SecureString")
