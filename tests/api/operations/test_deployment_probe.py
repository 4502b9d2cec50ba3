"""The probe of a deployment: 0.01 there and back, once for each id, and the entries are looked at."""

from dataclasses import replace

import pytest

from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.services.operations import deployment_probe


@pytest.mark.usefixtures("client")
def test_probe_moves_an_amount_and_moves_it_back_once() -> None:
    first = deployment_probe.probe("deployment-1")
    assert first.problem is None
    assert deployment_probe.probe("deployment-1") == first
    assert deployment_probe.probe("deployment-2").transaction_ids != first.transaction_ids


@pytest.mark.usefixtures("client")
def test_probe_names_an_entry_that_is_not_what_was_posted(monkeypatch: pytest.MonkeyPatch) -> None:
    entry_of = LedgerEntry.entry
    monkeypatch.setattr(LedgerEntry, "entry", lambda stored: replace(entry_of(stored), amount=7))
    problem = deployment_probe.probe("deployment-3").problem
    assert problem is not None
    assert problem.startswith("the ledger has {")
