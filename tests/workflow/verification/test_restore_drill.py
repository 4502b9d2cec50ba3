"""The restore drill on the deployed stack: a copy that proves itself, and one with an edited item that does not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.deploy.digest_setup import seal_now
from infra.errors import CommandError
from infra.restore import drill, tables
from tests.stack import Stack, running_stack
from tests.workflow.bank import Client, Json, register


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A small bank of this file's own, whose entries are sealed at once."""
    with running_stack(tmp_path_factory.mktemp("drill")) as stack, stack.configured("sealer", DIGEST_DELAY_SECONDS="0"):
        yield stack


@pytest.fixture(scope="module")
def customer(stack: Stack) -> Client:
    return register(stack.url)


@pytest.fixture(scope="module")
def account(stack: Stack, customer: Client) -> Json:
    """An account with two entries, of which a digest is in the archive."""
    account, other = customer.open_account(initial_deposit="100.00"), customer.open_account()
    customer.transfer(account["id"], other["id"], "25.00")
    assert seal_now(stack.cloud, stack.settings.stack_name) == [1]
    return account


def names(stack: Stack) -> list[str]:
    found: list[str] = stack.client("dynamodb").list_tables()["TableNames"]
    return [name for name in found if name.startswith("florin-local-")]


def edit_entry(stack: Stack, suffix: str, account: Json) -> None:
    """Change the amount of the account's second entry in the restored ledger."""
    database, name = stack.client("dynamodb"), tables.name_of(stack.stage, "ledger", suffix)
    values = {":pk": {"S": f"ACCOUNT#{account['id']}"}}
    asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": values}
    entries: list[dict[str, Any]] = database.query(TableName=name, **asked)["Items"]
    database.put_item(TableName=name, Item=entries[1] | {"amount": {"N": "-1"}})


@pytest.mark.usefixtures("account")
def test_restored_bank_is_verified_and_deleted(stack: Stack, capfd: pytest.CaptureFixture[str]) -> None:
    before = names(stack)
    drill.drill(stack.cloud, stack.settings)
    printed = capfd.readouterr().out
    assert "The ledger and its audit trail hold." in printed
    assert "1 digest," in printed
    assert "RPO: " in printed
    assert "RTO: " in printed
    assert names(stack) == before


def test_edited_item_of_a_restored_bank_is_named(
    stack: Stack, account: Json, capfd: pytest.CaptureFixture[str]
) -> None:
    before = names(stack)
    with drill.make_copy(stack.cloud, stack.settings, datetime.now(UTC)) as restored:
        edit_entry(stack, restored.suffix, account)
        with pytest.raises(CommandError, match="The restored bank does not verify"):
            drill.require_whole(stack.cloud, stack.settings, restored)
    assert f"BROKEN: {account['id']} entry 2: amount" in capfd.readouterr().out
    assert names(stack) == before


def test_digest_that_was_sealed_after_the_moment_is_no_fault(
    stack: Stack, customer: Client, account: Json, capfd: pytest.CaptureFixture[str]
) -> None:
    with drill.make_copy(stack.cloud, stack.settings, datetime.now(UTC)) as restored:
        customer.deposit(account["id"], "5.00")
        assert len(seal_now(stack.cloud, stack.settings.stack_name)) == 1
        drill.require_whole(stack.cloud, stack.settings, restored)
    assert "The ledger and its audit trail hold." in capfd.readouterr().out


def test_kept_tables_are_not_replaced_by_another_restore(stack: Stack) -> None:
    settings = replace(stack.settings, keep=True)
    try:
        with drill.make_copy(stack.cloud, settings, datetime.now(UTC)) as restored:
            assert restored.suffix == "-restored"
        assert len(tables.existing(stack.cloud, stack.stage, "-restored")) == 6
        with (
            pytest.raises(CommandError, match="Earlier restored tables are there"),
            drill.make_copy(stack.cloud, settings, datetime.now(UTC)),
        ):
            pass
    finally:
        tables.delete(stack.cloud, stack.stage, "-restored")


def test_bank_itself_is_never_deleted(stack: Stack) -> None:
    with pytest.raises(ValueError, match="own tables"):
        tables.delete(stack.cloud, stack.stage, "")
    assert len(names(stack)) >= 6


@pytest.mark.parametrize(
    ("at", "problem"),
    [("yesterday", "is no moment"), ("2026-11-30T08:15:00", "has no time zone")],
)
def test_moment_that_is_none_is_refused_before_anything_is_restored(stack: Stack, at: str, problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        drill.moment_of(stack.cloud, replace(stack.settings, target="aws", at=at))
    with pytest.raises(CommandError, match="only as it is now"):
        drill.moment_of(stack.cloud, replace(stack.settings, at="2026-11-30T08:15:00Z"))
