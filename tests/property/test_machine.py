"""The machine finds nothing in the ledger, and finds what is wrong with one that was broken on purpose."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from chalicelib.domain.ledger.balance import Position
from chalicelib.domain.verification.checks import Broken
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.commit import Outcome
from tests.property.bank import SETTINGS
from tests.property.machine import QUICK, LedgerMachine, seeded

Break = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(autouse=True)
def low_limits(at_own_engine: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)


def test_the_ledger_does_what_the_model_does() -> None:
    run_state_machine_as_test(seeded(LedgerMachine, 1), settings=QUICK)


def without_fingerprints(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(slot: Any, idempotency_key: Any, caller: Any) -> Outcome:
        return Outcome(slot, replayed=slot.request_id != caller.request_id)

    monkeypatch.setattr(ledger, "answer", answer)


def holds_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Position, "available", property(lambda self: self.balance + self.overdraft_limit))


def releases_forget_what_was_held(monkeypatch: pytest.MonkeyPatch) -> None:
    hold = Position.hold
    monkeypatch.setattr(Position, "hold", lambda self, amount: hold(self, amount) if amount > 0 else self)


@pytest.mark.parametrize("sabotage", [without_fingerprints, holds_do_not_count, releases_forget_what_was_held])
def test_a_ledger_that_is_broken_on_purpose_is_caught(sabotage: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    sabotage(monkeypatch)
    unshrunk = settings(QUICK, phases=[Phase.generate], report_multiple_bugs=False)
    with pytest.raises((AssertionError, Broken)):
        run_state_machine_as_test(seeded(LedgerMachine, 1), settings=unshrunk)
