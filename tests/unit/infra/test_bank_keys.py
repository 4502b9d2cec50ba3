"""Where the bank's keys are, and the keys of a stage that an earlier version has deployed."""

import json
from typing import Any

import pytest

from infra.deploy import teardown
from infra.deploy.bank_keys import (
    KeyPair,
    edge_secret_name,
    ensure_edge_secret,
    ensure_keys,
    key_pairs,
    new_key,
    retire_secrets,
)
from infra.errors import CommandError
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


@pytest.mark.parametrize("pair", [TOKENS, WEBHOOKS], ids=["tokens", "webhooks"])
def test_private_keys_that_are_gone_are_not_replaced_by_a_deployment(pair: KeyPair) -> None:
    """Another look-up key finds no address: nobody could log in, and nothing would say why."""
    target: Any = Parameters()
    ensure_keys(target, "dev")
    lost = target.values.pop(pair.private_name)
    before = dict(target.values)
    with pytest.raises(CommandError, match=pair.private_name) as refused:
        ensure_keys(target, "dev")
    assert pair.public_name in refused.value.advice
    assert target.values == before
    target.values[pair.private_name] = lost
    assert ensure_keys(target, "dev") is False


def test_removal_of_a_stage_takes_public_keys_before_private_ones() -> None:
    """So that a stage whose removal was interrupted can be deployed again."""
    for pair in (TOKENS, WEBHOOKS):
        public, private = (name.removeprefix("/florin/dev/") for name in (pair.public_name, pair.private_name))
        assert teardown.PARAMETERS.index(public) < teardown.PARAMETERS.index(private)


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
