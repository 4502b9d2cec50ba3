"""A bank that needs second persons records its policies when it is made."""

import pytest

from chalicelib.domain.approvals.action import ACTION_NAMES
from chalicelib.services.operations.bootstrap import ensure_head_office_and_admin
from tests.api.helpers.bank import items
from tests.api.helpers.prepared_banks import People


@pytest.mark.parametrize(("setting", "recorded"), [("on", list(ACTION_NAMES)), ("off", [])])
def test_standard_policies_are_recorded_once(
    bank: People, empty_bank: None, monkeypatch: pytest.MonkeyPatch, setting: str, recorded: list[str]
) -> None:
    monkeypatch.setenv("APPROVALS", setting)
    for _ in range(2):
        ensure_head_office_and_admin("root@florin.example", "correct horse battery staple")
    kept = [one for one in items(type="approval_policy") if one["sk"].startswith("CURRENT#")]
    assert sorted(one["action"] for one in kept) == sorted(recorded)
    assert {(int(one["number"]), one["updated_by"]) for one in kept} <= {(1, "system")}
