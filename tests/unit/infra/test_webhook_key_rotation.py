"""Replacing the key that signs webhook messages."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.deploy.bank_keys import ensure_keys
from infra.deploy.webhook_key_rotation import OVERLAP_SECONDS_MIN, rotate
from infra.errors import CommandError

SECRET, PARAMETER = "florin-dev-webhook-key", "/florin/dev/webhook-keys"
NOW = 1_795_953_600.0


class Target:
    """Secrets Manager and Systems Manager. `written` has the names in the order in which they were written."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.written: list[str] = []

    def client(self, _: str) -> Any:
        return SimpleNamespace(
            create_secret=lambda Name, SecretString, **_: self._put(Name, SecretString),  # noqa: N803 — boto3's names
            put_secret_value=lambda SecretId, SecretString: self._put(SecretId, SecretString),  # noqa: N803, PLW0108
            get_secret_value=lambda SecretId: {"SecretString": self._get(SecretId)},  # noqa: N803
            put_parameter=lambda Name, Value, **_: self._put(Name, Value),  # noqa: N803
            get_parameter=lambda Name: {"Parameter": {"Value": self._get(Name)}},  # noqa: N803
        )

    def keys(self, name: str) -> list[str]:
        return [key["kid"] for key in json.loads(self.values[name])["keys"]]

    def _get(self, name: str) -> str:
        if name not in self.values:
            code = "ParameterNotFound" if name.startswith("/") else "ResourceNotFoundException"
            raise ClientError({"Error": {"Code": code}}, "Get")
        return self.values[name]

    def _put(self, name: str, value: str) -> None:
        self.values[name] = value
        self.written.append(name)


@pytest.fixture
def target() -> Any:
    made = Target()
    assert ensure_keys(made, "dev") is True  # type: ignore[arg-type]
    made.written.clear()
    return made


def test_new_key_is_published_before_it_signs(target: Any) -> None:
    [old] = target.keys(SECRET)
    rotate(target, "dev", NOW)
    assert target.written == [PARAMETER, SECRET]
    assert target.keys(SECRET) == target.keys(PARAMETER)
    assert (len(target.keys(SECRET)), target.keys(SECRET)[1]) == (2, old)


def test_old_key_stops_signing_before_it_is_withdrawn(target: Any) -> None:
    rotate(target, "dev", NOW)
    new, _ = target.keys(SECRET)
    target.written.clear()
    rotate(target, "dev", NOW + OVERLAP_SECONDS_MIN)
    assert target.written == [SECRET, PARAMETER]
    assert target.keys(SECRET) == target.keys(PARAMETER) == [new]


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
        rotate(Target(), "dev", NOW)  # type: ignore[arg-type]
