"""`make status` names the actions that one person may do alone."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.domain.approvals.action import ACTION_NAMES
from chalicelib.domain.approvals.policy import standard
from infra.approval_policies import free_actions
from infra.settings import Settings


def cloud(setting: str, **policies: bool) -> Any:
    """A bank whose functions have this setting, and where these policies were set: required, or off."""

    def query(**asked: Any) -> Any:
        assert asked["TableName"] == "florin-local-bank"
        return {
            "Items": [
                {"action": {"S": name}, "policy": {"S": json.dumps(standard("kyc", is_on=is_on).to_json())}}
                for name, is_on in policies.items()
            ]
        }

    return SimpleNamespace(environment=lambda _: {"APPROVALS": setting}, client=lambda _: SimpleNamespace(query=query))


@pytest.mark.parametrize(
    ("bank", "free"),
    [
        (cloud("off"), set(ACTION_NAMES)),
        (cloud("on"), set()),
        (cloud("off", kyc=True), set(ACTION_NAMES) - {"kyc"}),
        (cloud("on", kyc=False, reverse=False, holder=True), {"kyc", "reverse"}),
    ],
)
def test_actions_without_a_second_person_are_named(bank: Any, free: set[str]) -> None:
    assert set(free_actions(bank, Settings())) == free
