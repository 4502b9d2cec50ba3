"""Histories of the deployed stack: a clean one, and those of a ledger broken on purpose, which must not pass."""

import os
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import pytest

from infra.settings import ROOT
from tests.chaos.bank import Bank
from tests.chaos.checker import check
from tests.chaos.history import History
from tests.chaos.workload import WITH_BATCHES, Workload
from tests.faults.plan import RATE_MAX, Plan
from tests.faults.proxy import Proxy
from tests.stack import Stack

KEPT = ROOT / "build" / "chaos"
SEED = int(os.environ.get("SEED", "20261121"))
CHOICES = int(os.environ.get("CHOICES", "150"))
CLIENTS = 6
ROUNDS_MAX = 12
CAUGHT = {
    "version_condition_removed": ({"chain"}, {"cash": 3, "balance": 1}),
    "fingerprint_not_compared": ({"reuse"}, {"cash": 3, "reuse": 1}),
    "written_in_two_steps": ({"torn", "order"}, {"transfer": 1, "tour": 2}),
}
"""Ways to break the ledger, each with the kinds of violations that must be found, and what is done to bring them about.

A few dozen choices have always been enough."""

POSTING = {"BatchGetItem", "TransactWriteItems"}
"""What a movement is made of; faults of other reads teach nothing and take time."""


@pytest.fixture(scope="module")
def bank(own_stack: Stack, money: Proxy) -> Bank:
    bank = Bank(own_stack)
    bank.warm_up(CLIENTS)
    return bank


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


def test_faults_between_the_functions_and_dynamodb_leave_it_explained(bank: Bank, money: Proxy) -> None:
    workload = Workload(bank, SEED + 1, CLIENTS)
    with money.faulty(Plan(SEED, RATE_MAX, operations=POSTING)) as plan:
        workload.work(CHOICES // 2)
    workload.settle()
    wrong = explained(workload.history, "faulty")
    assert not wrong, wrong
    assert len(plan.happened) >= 5, plan.happened


@pytest.mark.parametrize("rate", [0.0, RATE_MAX])
def test_batches_beside_single_transfers_are_explained_too(bank: Bank, money: Proxy, rate: float) -> None:
    """Each transfer of a batch is one request in the order, whatever shares its write, with faults and without.

    Until some were refused, at most so many rounds.
    """
    workload = Workload(bank, SEED + 2, CLIENTS, WITH_BATCHES)
    outcomes: Counter[tuple[str, str | None]] = Counter()
    with money.faulty(Plan(SEED, rate, operations=POSTING)) if rate else nullcontext():
        for _ in range(ROUNDS_MAX):
            workload.work(CHOICES // 2)
            outcomes = Counter((one.outcome, one.code) for one in workload.history.operations())
            if outcomes["fail", "insufficient_funds"]:
                break
    workload.settle()
    wrong = explained(workload.history, f"batches-{rate}")
    assert not wrong, wrong
    assert outcomes["ok", None] > CHOICES // 2
    assert outcomes["fail", "insufficient_funds"] > 0


@pytest.mark.parametrize("sabotage", CAUGHT)
def test_a_ledger_that_is_broken_on_purpose_is_caught(bank: Bank, sabotage: str) -> None:
    """Until each kind of violation has been seen, at most so many rounds."""
    kinds, actions = CAUGHT[sabotage]
    found: set[str] = set()
    with bank.sabotaged(sabotage):
        workload = Workload(bank, SEED, clients=4, actions=actions)
        for _ in range(ROUNDS_MAX):
            workload.run(30)
            found |= {violation.kind for violation in check(workload.history)}
            if found >= kinds:
                return
    raise AssertionError(f"{sabotage} is not found out by {len(workload.history.operations())} operations: {found}")
