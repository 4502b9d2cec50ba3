"""Replacing the key that signs webhook messages, while receivers keep the old one."""

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from chalicelib.domain.errors import Conflict
from chalicelib.services.crypto import bank_keys, webhook_keys
from infra.deploy.bank_keys import ensure_keys, public_half, publish, read_private, write_private
from infra.errors import CommandError
from infra.maintenance import key_rotation
from infra.maintenance.reporting import UNDONE
from infra.maintenance.rotate_webhook_key import KEY, OVERLAP_SECONDS_MIN
from tests.api.helpers.bank import STAGE, Api, User, items
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream

PRIVATE, PUBLIC = f"/florin/{STAGE}/private/webhook-keys", f"/florin/{STAGE}/webhook-keys"


def rotate(now: float, *, is_leaked: bool = False) -> str:
    return key_rotation.rotate(KEY, now, is_leaked=is_leaked)


def kids() -> list[str]:
    return [key["kid"] for key in read_private(boto3.client("ssm"), PRIVATE)["keys"]]


def published_kids(client: Api) -> list[str]:
    bank_keys.forget()
    return [key["kid"] for key in client.get("/v1/.well-known/webhook-keys.json").ok()["keys"]]


@pytest.fixture(autouse=True)
def old_kid(aws: Any) -> Iterator[str]:
    """The id of the key before, which other tests go on to use."""
    before = read_private(boto3.client("ssm"), PRIVATE)
    yield str(before["keys"][0]["kid"])
    write_private(boto3.client("ssm"), PRIVATE, before)
    publish(boto3.client("ssm"), PUBLIC, public_half(before))
    bank_keys.forget()


class Written:
    """Systems Manager, and in which order its parameters were written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        monkeypatch.setattr(key_rotation, "publish", self._noting(publish))
        monkeypatch.setattr(key_rotation, "write_private", self._noting(write_private))

    def _noting(self, write: Any) -> Any:
        def noted(parameters: Any, name: str, value: Any) -> None:
            self.names.append(name)
            write(parameters, name, value)

        return noted


def test_new_key_is_published_before_it_signs_beside_the_old_one(
    client: Api, old_kid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Written(monkeypatch)
    assert "beside the old one" in rotate(time.time())
    assert written.names == [PUBLIC, PRIVATE]
    assert published_kids(client) == kids()
    assert (len(kids()), kids()[1]) == (2, old_kid)
    assert len(webhook_keys.private_keys()) == 2


def test_old_key_stops_signing_before_it_is_withdrawn(client: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.time() - OVERLAP_SECONDS_MIN - 1
    rotate(began)
    [new, _], written = kids(), Written(monkeypatch)
    rotate(time.time())
    assert written.names == [PRIVATE, PUBLIC]
    assert published_kids(client) == kids() == [new]


def test_rotation_does_not_end_while_receivers_may_keep_the_old_key_alone(client: Api) -> None:
    began = time.time()
    rotate(began)
    before = kids()
    with pytest.raises(CommandError, match="not known") as early:
        rotate(began + OVERLAP_SECONDS_MIN - 90)
    assert (early.value.advice, kids()) == ("Run the command again in 2 minutes.", before)


def test_leaked_key_is_replaced_at_once(client: Api, old_kid: str) -> None:
    rotate(time.time())
    assert "everywhere within five minutes" in rotate(time.time(), is_leaked=True)
    assert published_kids(client) == kids()
    assert (len(kids()), old_kid in kids()) == (1, False)


def test_two_operators_at_once_make_one_key(client: Api) -> None:
    with just_before("TransactWriteItems", lambda: rotate(time.time())), pytest.raises(Conflict, match="Another"):
        rotate(time.time())
    assert len(kids()) == 2
    assert published_kids(client) == kids()


def test_rotation_that_an_earlier_version_began_without_a_record_ends(client: Api, old_kid: str) -> None:
    rotate(time.time() - OVERLAP_SECONDS_MIN - 1)
    [record] = items(type="key_rotation")
    bank = boto3.client("dynamodb")
    key = {name: {"S": record[name]} for name in ("pk", "sk")}
    bank.delete_item(TableName=f"florin-{STAGE}-bank", Key=key)
    rotate(time.time())
    [ended] = items(type="key_rotation")
    assert (ended["status"], ended["old_kid"], ended["new_kid"]) == ("ended", old_kid, kids()[0])


def test_each_step_is_in_the_audit_with_its_operator_and_no_secret(
    bank: People, streamed_bank: None, client: Api, auditor: User, old_kid: str
) -> None:
    stream = Stream()
    rotate(time.time() - OVERLAP_SECONDS_MIN - 1)
    new_kid = kids()[0]
    rotate(time.time())
    rotate(time.time(), is_leaked=True)
    stream.deliver()
    page = client.get("/v1/audit?entity=webhook-key", token=auditor.token).ok()
    leaked, ended, begun = page["data"]
    assert (begun["event"], begun["after"]["old_kid"], begun["after"]["new_kid"]) == (
        "key_rotation.created", old_kid, new_kid
    )  # fmt: skip
    assert begun["after"]["rotated_by"].startswith("arn:aws:")
    assert ended["after"]["status"] == "ended"
    assert (leaked["after"]["reason"], leaked["after"]["new_kid"]) == ("leaked", kids()[0])
    assert client.get("/v1/audit?entity=token-key", token=auditor.token).ok()["data"] == []
    assert "PRIVATE" not in str(page)


def test_deployment_during_a_rotation_changes_nothing(client: Api) -> None:
    cloud: Any = SimpleNamespace(client=boto3.client)
    ensure_keys(cloud, STAGE)
    rotate(time.time())
    before = kids()
    assert ensure_keys(cloud, STAGE) is False
    assert kids() == before


def test_stage_without_a_key_says_what_to_do(client: Api, capsys: pytest.CaptureFixture[str]) -> None:
    boto3.client("ssm").delete_parameter(Name=PRIVATE)
    capsys.readouterr()
    assert key_rotation.main(KEY, []) == UNDONE
    assert capsys.readouterr().err == "This stage has no webhook-key yet.\nDeploy it first.\n"
