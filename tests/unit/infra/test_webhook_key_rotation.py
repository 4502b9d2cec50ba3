"""Replacing the key that signs webhook messages."""

import json
from typing import Any

import pytest

from infra.deploy.bank_keys import ensure_keys
from infra.deploy.webhook_key_rotation import OVERLAP_SECONDS_MIN, rotate
from infra.errors import CommandError
from tests.unit.infra.parameters import Parameters

SECRET, PARAMETER = "/florin/dev/private/webhook-keys", "/florin/dev/webhook-keys"
NOW = 1_795_953_600.0


def keys(target: Parameters, name: str) -> list[str]:
    return [key["kid"] for key in json.loads(target.values[name])["keys"]]


@pytest.fixture
def target() -> Any:
    made = Parameters()
    assert ensure_keys(made, "dev") is True  # type: ignore[arg-type]
    made.written.clear()
    return made


def test_new_key_is_published_before_it_signs(target: Any) -> None:
    [old] = keys(target, SECRET)
    rotate(target, "dev", NOW)
    assert target.written == [PARAMETER, SECRET]
    assert keys(target, SECRET) == keys(target, PARAMETER)
    assert (len(keys(target, SECRET)), keys(target, SECRET)[1]) == (2, old)


def test_old_key_stops_signing_before_it_is_withdrawn(target: Any) -> None:
    rotate(target, "dev", NOW)
    new, _ = keys(target, SECRET)
    target.written.clear()
    rotate(target, "dev", NOW + OVERLAP_SECONDS_MIN)
    assert target.written == [SECRET, PARAMETER]
    assert keys(target, SECRET) == keys(target, PARAMETER) == [new]


def test_rotation_does_not_end_at_once(target: Any) -> None:
    rotate(target, "dev", NOW)
    before = dict(target.values)
    with pytest.raises(CommandError, match="not known") as early:
        rotate(target, "dev", NOW + OVERLAP_SECONDS_MIN - 1)
    assert (early.value.advice, target.values) == ("Run the command again in 1 minutes.", before)


def test_deployment_during_a_rotation_changes_nothing(target: Any) -> None:
    rotate(target, "dev", NOW)
    before = dict(target.values)
    assert ensure_keys(target, "dev") is False
    assert target.values == before


def test_private_key_is_never_published(target: Any) -> None:
    rotate(target, "dev", NOW)
    assert "PRIVATE" not in target.values[PARAMETER]
    assert "made_at" not in target.values[PARAMETER]


def test_stage_without_a_key_is_told() -> None:
    with pytest.raises(CommandError, match="no key"):
        rotate(Parameters(), "dev", NOW)  # type: ignore[arg-type]
