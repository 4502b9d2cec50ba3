"""Histories of the deployed stack: a clean one, and those of a ledger broken on purpose, which must not pass."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.settings import ROOT
from tests.chaos.bank import Bank
from tests.chaos.checker import check
from tests.chaos.history import History
from tests.chaos.workload import Workload
from tests.stack import running_stack

KEPT = ROOT / "build" / "chaos"
SEED = int(os.environ.get("SEED", "20261121"))
CHOICES = int(os.environ.get("CHOICES", "250"))
CLIENTS = 6
ROUNDS_MAX = 12


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """A bank of this module's own, for it is broken here."""
    with running_stack(tmp_path_factory.mktemp("chaos")) as stack:
        yield Bank(stack)


def explained(history: History, name: str) -> str:
    """What is wrong with a history, and where it is kept; nothing if it is clean."""
    violations = check(history)
    if not violations:
        return ""
    kept = KEPT / f"{name}-{SEED}.jsonl"
    history.write(kept)
    wrong = "\n".join(map(str, violations[:10]))
    return f"{len(violations)} violations, with seed {SEED}\n{wrong}\nagain: python -m tests.chaos {kept}"


def test_a_serial_order_explains_what_many_clients_did_and_saw(bank: Bank, tmp_path: Path) -> None:
    bank.warm_up(CLIENTS)
    workload = Workload(bank, SEED, CLIENTS)
    workload.run(CHOICES)
    wrong = explained(workload.history, "clean")
    assert not wrong, wrong
    outcomes = {(one.outcome, one.code) for one in workload.history.operations()}
    assert outcomes >= {
        ("ok", None),
        ("unknown", None),
        ("fail", "insufficient_funds"),
        ("fail", "idempotency_key_reused"),
    }
    workload.history.write(tmp_path / "history.jsonl")
    again = History.read(tmp_path / "history.jsonl")
    assert (again.operations(), again.ledger) == (workload.history.operations(), workload.history.ledger)


@pytest.mark.parametrize(
    ("sabotage", "kinds"),
    [
        ("version_condition_removed", {"chain"}),
        ("fingerprint_not_compared", {"reuse"}),
        ("written_in_two_steps", {"torn", "order"}),
    ],
)
def test_a_ledger_that_is_broken_on_purpose_is_caught(bank: Bank, sabotage: str, kinds: set[str]) -> None:
    """Until each kind of violation has been seen, at most so many rounds."""
    found: set[str] = set()
    with bank.sabotaged(sabotage):
        workload = Workload(bank, SEED, clients=4)
        for _ in range(ROUNDS_MAX):
            workload.run(30)
            found |= {violation.kind for violation in check(workload.history)}
            if found >= kinds:
                return
    raise AssertionError(f"{sabotage} is not found out by {len(workload.history.operations())} operations: {found}")
