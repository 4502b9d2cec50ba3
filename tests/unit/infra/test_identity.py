"""Whose bank is at a target: commands work on this checkout's only."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.deploy import identity
from infra.errors import CommandError
from infra.settings import Settings

EMULATOR = "http://127.0.0.1:4566"


class ParameterAlreadyExists(Exception):
    """What Systems Manager answers a second writer."""


class Target:
    """Systems Manager and CloudFormation of one account. `rivals` deploy there just before somebody's first write."""

    def __init__(self, endpoint_url: str | None = EMULATOR, account: str = "111111111111") -> None:
        self.endpoint_url, self.account = endpoint_url, account
        self.parameters: dict[str, str] = {}
        self.has_stack = False
        self.rivals: list[Settings] = []
        self.session = SimpleNamespace(region_name="eu-west-1")

    def account_id(self) -> str:
        return self.account

    def client(self, _: str) -> Any:
        return SimpleNamespace(
            get_parameter=self._get,
            put_parameter=self._put,
            describe_stacks=self._describe,
            exceptions=SimpleNamespace(ParameterAlreadyExists=ParameterAlreadyExists),
        )

    def _get(self, Name: str) -> Any:
        if Name not in self.parameters:
            raise ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter")
        return {"Parameter": {"Value": self.parameters[Name]}}

    def _put(self, Name: str, Value: str, **_: object) -> None:
        while self.rivals:
            deploy(self, self.rivals.pop())
        if Name in self.parameters:
            raise ParameterAlreadyExists
        self.parameters[Name] = Value

    def _describe(self, **_: object) -> Any:
        if not self.has_stack:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "does not exist"}}, "DescribeStacks")
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE"}]}


def target(endpoint_url: str | None = EMULATOR, account: str = "111111111111") -> Any:
    return Target(endpoint_url, account)


def checkout(folder: Path, home: str = "localstack", stage: str = "local") -> Settings:
    return Settings(stage=stage, target=home, state_root=folder / ".florin")


def deploy(cloud: Any, settings: Settings) -> None:
    identity.claim(cloud, settings)
    cloud.has_stack = True
    identity.mark_whole(settings)


def refused(cloud: Any, settings: Settings) -> str:
    """What both a command and a deployment are told."""
    with pytest.raises(CommandError) as by_command:
        identity.require_ours(cloud, settings)
    with pytest.raises(CommandError) as by_deployment:
        identity.claim(cloud, settings)
    assert by_command.value.problem == by_deployment.value.problem
    return by_command.value.problem


@pytest.mark.parametrize("home", ["embedded", "localstack", "aws"])
def test_own_bank_is_used_and_deployed_again(tmp_path: Path, home: str) -> None:
    cloud, settings = target(None if home == "aws" else EMULATOR), checkout(tmp_path, home, "dev")
    deploy(cloud, settings)
    identity.require_ours(cloud, settings)
    identity.require_whole(settings)
    first = dict(cloud.parameters)
    deploy(cloud, settings)
    assert cloud.parameters == first


@pytest.mark.parametrize("home", ["embedded", "localstack"])
@pytest.mark.parametrize("had_one", [False, True])
def test_bank_of_another_checkout_is_refused(tmp_path: Path, home: str, had_one: bool) -> None:
    cloud, own = target(), checkout(tmp_path / "b", home)
    if had_one:
        deploy(target(), own)
    deploy(cloud, checkout(tmp_path / "a", home))
    before = dict(cloud.parameters)
    assert refused(cloud, own).startswith("Another checkout's bank is at http://127.0.0.1:4566")
    assert cloud.parameters == before


def test_of_two_checkouts_that_deploy_at_once_one_is_refused(tmp_path: Path) -> None:
    cloud, first, second = target(), checkout(tmp_path / "a"), checkout(tmp_path / "b")
    cloud.rivals = [first]
    with pytest.raises(CommandError, match="Another checkout's bank"):
        identity.claim(cloud, second)
    identity.require_ours(cloud, first)


def test_copy_of_a_checkout_does_not_use_the_bank_of_its_original(tmp_path: Path) -> None:
    cloud, original, copy = target(), checkout(tmp_path / "a"), checkout(tmp_path / "b")
    deploy(cloud, original)
    copied(original, copy)
    assert "is that of" in refused(cloud, copy)
    identity.require_ours(cloud, original)


def test_checkout_that_was_moved_keeps_its_bank(tmp_path: Path) -> None:
    cloud, before, after = target(), checkout(tmp_path / "a"), checkout(tmp_path / "b")
    deploy(cloud, before)
    (tmp_path / "a").rename(tmp_path / "b")
    deploy(cloud, after)
    copied(after, before)
    identity.require_ours(cloud, after)
    assert "is that of" in refused(cloud, before)


def test_another_deployer_on_aws_joins_the_bank_there(tmp_path: Path) -> None:
    cloud, first, second = target(None), checkout(tmp_path / "a", "aws", "dev"), checkout(tmp_path / "b", "aws", "dev")
    deploy(cloud, first)
    identity.require_ours(cloud, second)
    identity.require_whole(second)
    deploy(cloud, second)
    elsewhere = target(None, "222222222222")
    deploy(elsewhere, checkout(tmp_path / "c", "aws", "dev"))
    assert "Another checkout's bank is at account 222222222222, eu-west-1" in refused(elsewhere, second)


def test_no_second_bank_is_made_in_another_account(tmp_path: Path) -> None:
    settings, elsewhere = checkout(tmp_path, "aws", "dev"), target(None, "222222222222")
    deploy(target(None), settings)
    with pytest.raises(CommandError, match="is in account 111111111111, eu-west-1, not in account 222222222222"):
        identity.claim(elsewhere, settings)
    assert elsewhere.parameters == {}


def test_emulator_without_a_bank_gets_this_checkouts_again(tmp_path: Path) -> None:
    settings, emptied = checkout(tmp_path), target()
    deploy(target(), settings)
    with pytest.raises(CommandError, match="There is no bank of stage local") as raised:
        identity.require_ours(emptied, settings)
    assert raised.value.advice == "Start it: make up TARGET=localstack"
    deploy(emptied, settings)
    identity.require_ours(emptied, settings)


def test_bank_of_an_earlier_version_is_taken_by_the_checkout_that_has_its_admin(tmp_path: Path) -> None:
    cloud, own, other = target(), checkout(tmp_path / "a"), checkout(tmp_path / "b")
    cloud.has_stack = True
    assert "Another checkout's bank" in refused(cloud, other)
    own.stage_dir.mkdir(parents=True)
    with pytest.raises(CommandError, match="deployed by an earlier version"):
        identity.require_ours(cloud, own)
    deploy(cloud, own)
    identity.require_ours(cloud, own)


def test_bank_is_not_used_before_its_first_deployment_has_ended(tmp_path: Path) -> None:
    cloud, settings = target(), checkout(tmp_path, "embedded")
    identity.claim(cloud, settings)
    identity.require_ours(cloud, settings)
    with pytest.raises(CommandError, match="first deployment has not ended") as raised:
        identity.require_whole(settings)
    assert raised.value.advice == "Go on with it: make up"


def test_stages_and_targets_are_kept_apart(tmp_path: Path) -> None:
    homes = [
        checkout(tmp_path, home, stage) for home in ("embedded", "localstack", "aws") for stage in ("local", "dev")
    ]
    assert len({one.stage_dir for one in homes}) == 6
    assert [one.stage_dir.name for one in homes if "-" not in one.stage_dir.name] == ["local", "dev"]


def copied(original: Settings, copy: Settings) -> None:
    copy.stage_dir.mkdir(parents=True)
    record = json.loads((original.stage_dir / "bank.json").read_text())
    (copy.stage_dir / "bank.json").write_text(json.dumps(record))
    assert replace(original, state_root=copy.state_root) == copy
