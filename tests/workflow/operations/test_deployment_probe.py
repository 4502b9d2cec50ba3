"""The probe of a deployment on the deployed function of transfers, with its own permissions."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.restore import drill
from tests.stack import Stack, running_stack
from tests.workflow.bank import register


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A bank of this file's own, because all of it is verified."""
    with running_stack(tmp_path_factory.mktemp("probe")) as stack:
        yield stack


def probe(stack: Stack, probe_id: str) -> dict[str, Any]:
    payload = json.dumps({"step": "probe", "id": probe_id})
    answer = stack.client("lambda").invoke(FunctionName=f"florin-{stack.stage}-transfer-task", Payload=payload)
    result = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, result
    return dict(result)


def entries(stack: Stack) -> list[tuple[str, int]]:
    """Return the entries of the accounts of probes, with the amounts."""
    found = stack.client("dynamodb").scan(TableName=stack.table_name("ledger"), ConsistentRead=True)["Items"]
    probed = [one for one in found if "#gl.probe." in one["pk"]["S"]]
    return sorted((one["pk"]["S"].split(".")[2], int(one["amount"]["N"])) for one in probed)


def test_probe_posts_there_and_back_once(stack: Stack) -> None:
    first = probe(stack, "deployment-1")
    assert (first["status"], first["problem"]) == ("posted", None)
    assert entries(stack) == [("from", -1), ("from", 1), ("to", -1), ("to", 1)]
    assert probe(stack, "deployment-1") == first
    assert len(entries(stack)) == 4
    assert probe(stack, "deployment-2")["transaction_ids"] != first["transaction_ids"]
    assert len(entries(stack)) == 8


def test_bank_verifies_after_a_probe(stack: Stack, capfd: pytest.CaptureFixture[str]) -> None:
    register(stack.url).open_account(initial_deposit="5.00")
    assert probe(stack, "deployment-3")["status"] == "posted"
    with drill.make_copy(stack.cloud, stack.settings, datetime.now(UTC)) as restored:
        drill.require_whole(stack.cloud, stack.settings, restored)
    assert "The ledger and its audit trail hold." in capfd.readouterr().out
