"""The machine of tests/property behind a line on which everything goes wrong: the ledger does what the model does."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from chalicelib import aws
from chalicelib.domain.verification.checks import Broken
from chalicelib.models import transact
from chalicelib.models.ledger import ledger, snapshot
from chalicelib.models.ledger.transaction import Transaction
from tests.faults.hook import HookedLine, faulty_client
from tests.faults.machine import FaultyMachine
from tests.faults.plan import EVERY, RATE_MAX, WRITES, Fault, Plan
from tests.property.bank import SETTINGS
from tests.property.machine import QUICK, seeded

BRIEF = settings(QUICK, max_examples=3, stateful_step_count=12)
MIXED = settings(QUICK, max_examples=6, stateful_step_count=20)
UNSHRUNK = settings(MIXED, max_examples=30, phases=[Phase.generate], report_multiple_bugs=False)


@pytest.fixture
def plan(requests_to_own_engine: None, monkeypatch: pytest.MonkeyPatch) -> Plan:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(transact, "LATER_PAUSES_SHARE", 1 / 400)  # nobody else is here to wait for
    return Plan(seed=1, rate=RATE_MAX)


@pytest.fixture
def line(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Iterator[HookedLine]:
    with faulty_client(plan) as line:
        monkeypatch.setattr(FaultyMachine, "line", line, raising=False)
        yield line


@pytest.mark.parametrize("kind", EVERY)
def test_the_ledger_does_what_the_model_does_under_each_fault(line: HookedLine, kind: Fault) -> None:
    line.plan.kinds = (kind,)
    run_state_machine_as_test(seeded(FaultyMachine, 1), settings=BRIEF)
    assert line.plan.happened.keys() == {kind}


def test_the_ledger_does_what_the_model_does_under_all_faults_at_once(line: HookedLine) -> None:
    run_state_machine_as_test(seeded(FaultyMachine, 1), settings=MIXED)
    assert line.plan.happened.keys() == set(EVERY)


def without_ambiguity(monkeypatch: pytest.MonkeyPatch) -> None:
    gave_up = transact.gave_up
    monkeypatch.setattr(transact, "gave_up", lambda **_: gave_up(ambiguous=False))


def without_one_slot_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every transaction is put, whether there is one or not, and what stands there is not asked for."""
    monkeypatch.setattr(Transaction, "put_if_absent", lambda self: {"Put": self.get_save_kwargs_from_instance()})
    monkeypatch.setattr(ledger, "read", lambda _, *wanted: replace(snapshot.read("txn_other", *wanted), record=None))


def without_a_word_after_a_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "unknown_outcome_on_error", nullcontext)


@pytest.mark.parametrize(
    ("sabotage", "kind", "operations"),
    [
        (without_ambiguity, Fault.LATE, WRITES),
        (without_one_slot_a_key, Fault.UNHEARD, WRITES),
        (without_a_word_after_a_write, Fault.LOST, {"GetItem"}),
    ],
)
def test_a_ledger_that_is_broken_on_purpose_is_caught(
    line: HookedLine,
    sabotage: Callable[[pytest.MonkeyPatch], None],
    kind: Fault,
    operations: set[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sabotage(monkeypatch)
    line.plan.kinds, line.plan.operations, line.plan.rate = (kind,), frozenset(operations), 0.5
    with pytest.raises((AssertionError, Broken)):
        run_state_machine_as_test(seeded(FaultyMachine, 1), settings=UNSHRUNK)
