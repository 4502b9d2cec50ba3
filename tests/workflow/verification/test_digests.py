"""Sealing on the deployed stack, with IAM enforced: under traffic, into an archive that keeps what it is given."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.demo import sandbox
from infra.deploy import change_set
from infra.deploy.digest_setup import seal_now
from infra.errors import CommandError
from infra.maintenance import commands
from tests.stack import Stack, eventually, running_stack
from tests.verifier import reason
from tests.workflow.bank import Client, Json, at_once, log_in, make_staff, register, until_known

Seal = Callable[[], list[int]]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A bank of this file's own, and a small one: all of it is sealed, and proven."""
    with running_stack(tmp_path_factory.mktemp("digests")) as stack:
        yield stack


@pytest.fixture(scope="module")
def auditor(stack: Stack) -> Client:
    return make_staff(log_in(stack.url, stack.admin.email, stack.admin.password), "auditor")


@pytest.fixture(scope="module")
def seal(stack: Stack) -> Iterator[Seal]:
    """Seal what there is at once: the function lets nothing settle as long as these tests run."""
    with stack.configured("sealer", DIGEST_DELAY_SECONDS="0"):
        yield lambda: seal_now(stack.cloud, stack.settings.stack_name)


@pytest.fixture
def pem(stack: Stack) -> str:
    keys = Client(stack.url).get("/v1/.well-known/digest-keys.json").body["keys"]
    return str(keys[-1]["public_key"])


def verified(auditor: Client) -> Json:
    """What a verification finds: at once, or, on a busy machine, in a job."""
    answer = auditor.get("/v1/audit/verify")
    if answer.status == 200:
        return dict(answer.body)
    path = f"/v1/audit/{answer.headers['Location']}"
    report = eventually(lambda: auditor.get(path).body["report"], deadline_seconds=120)
    return dict(report)


def archive(stack: Stack) -> str:
    return str(change_set.outputs(stack.cloud, stack.settings.stack_name)["DigestBucketName"])


def test_sealing_under_traffic_leaves_nothing_out(
    stack: Stack, auditor: Client, seal: Seal, pem: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Four clients, with a sealer now and then, and one more digest of what was late."""
    chance = random.Random(20261121)
    owners = [register(stack.url) for _ in range(2)]
    accounts = [(owner, owner.open_account(initial_deposit="50.00")["id"]) for owner in owners for _ in range(2)]
    work: list[Callable[[], Any]] = []
    for number in range(36):
        (owner, payer), (_, payee) = chance.sample(accounts, 2)
        transfer = partial(owner.transfer, payer, payee, "1.00", key=f"sealed-{number}")
        work.append(partial(until_known, transfer if number % 3 == 0 else partial(owner.deposit, payer, "1.00")))
        work += [seal] if number % 9 == 5 else []
    at_once(work, 4)
    seal()
    page = auditor.get("/v1/audit/digests?limit=100").body
    numbers = [digest["number"] for digest in page["data"]]
    assert numbers == list(range(len(numbers), 0, -1))
    assert len(numbers) > 1
    for owner, account_id in accounts:
        last = owner.get(f"/v1/accounts/{account_id}/history?limit=1").body["data"][0]["seq"]
        for seq in {1, last, chance.randint(1, last)}:
            proof = owner.get(f"/v1/accounts/{account_id}/proof?seq={seq}")
            assert reason(tmp_path, proof.body, pem, page) is None, proof
    if not stack.is_on_localstack:  # where one request has no time for so large a bank
        verdict = verified(auditor)
        assert verdict["ok"], verdict
        assert verdict["checked"]["digests"] == len(numbers)
    commands.verify(stack.settings)
    assert f"{len(numbers)} digests" in capfd.readouterr().out


def test_the_command_makes_a_digest(
    stack: Stack, customer: Client, seal: Seal, capsys: pytest.CaptureFixture[str]
) -> None:
    seal()
    customer.open_account(initial_deposit="1.00")
    commands.seal(stack.settings)
    assert "Digest " in capsys.readouterr().out
    commands.seal(stack.settings)
    assert "Nothing to seal" in capsys.readouterr().out
    with pytest.raises(CommandError, match="sealed"):
        sandbox.require_unsealed(stack.cloud, stack.settings)


def test_what_is_archived_can_be_neither_replaced_nor_deleted(stack: Stack, customer: Client, seal: Seal) -> None:
    """By the account's root, whom no policy stops: the lock does, as long as it lasts."""
    customer.open_account(initial_deposit="1.00")
    seal()
    storage, bucket = stack.client("s3"), archive(stack)
    found: list[Json] = storage.list_object_versions(Bucket=bucket)["Versions"]
    versions = [one for one in found if one["Key"].startswith(("digests/", "nodes/"))]
    assert len({one["Key"].partition("/")[0] for one in versions}) == 2
    for one in (versions[0], versions[-1]):
        with pytest.raises(ClientError, match="PreconditionFailed"):
            storage.put_object(Bucket=bucket, Key=one["Key"], Body=b"{}", IfNoneMatch="*")
        with pytest.raises(ClientError, match="AccessDenied"):
            storage.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])
        retention = storage.get_object_retention(Bucket=bucket, Key=one["Key"])["Retention"]
        assert retention["Mode"] == "GOVERNANCE"


def test_the_schedule_starts_the_sealer_every_hour(stack: Stack) -> None:
    """`tests/api/verification/test_digests.py` shows what the function does with such an event."""
    events, functions = stack.client("events"), stack.client("lambda")
    arn = functions.get_function(FunctionName=f"{stack.settings.stack_name}-sealer")["Configuration"]["FunctionArn"]
    [name] = events.list_rule_names_by_target(TargetArn=arn)["RuleNames"]
    rule = events.describe_rule(Name=name)
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(1 hour)", "ENABLED")
    assert [target["Arn"] for target in events.list_targets_by_rule(Rule=name)["Targets"]] == [arn]
