"""No request reads a whole table: no code asks for it, and no function may."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POLICIES = sorted((ROOT / ".chalice").glob("policy-*.json"))
READS_A_TABLE = {"dynamodb:Scan", "dynamodb:PartiQLSelect", "dynamodb:ExportTableToPointInTime", "dynamodb:*", "*"}
ASKS_FOR_IT = re.compile(
    r"\b(scan|parallel_scan|execute_statement|batch_execute_statement)\(|get_paginator\(.scan|\.count\(\)"
)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda path: path.stem)
def test_no_function_may_scan(policy: Path) -> None:
    for statement in json.loads(policy.read_text())["Statement"]:
        actions = statement["Action"]
        assert not READS_A_TABLE & {actions} if isinstance(actions, str) else not READS_A_TABLE & set(actions)


def test_every_function_has_a_policy_of_its_own() -> None:
    stages = json.loads((ROOT / ".chalice/config.json").read_text())
    named = set(re.findall(r'"iam_policy_file": "([^"]+)"', json.dumps(stages)))
    assert named == {path.name for path in POLICIES}


def test_no_code_of_the_bank_scans() -> None:
    asking = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in (ROOT / "chalicelib").rglob("*.py")
        for line in path.read_text().splitlines()
        if ASKS_FOR_IT.search(line)
    ]
    assert asking == []
