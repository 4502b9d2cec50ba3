"""A bank that is connected to a clearing, whose queue and workflow are lists."""

import pytest

from chalicelib import clock, workflows
from chalicelib.services.clearing import adapter, cycles
from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.clearing import BIC, Clearing


@pytest.fixture
def payer(client: Api, customer: User) -> Json:
    """Return an account with 1,000.00 EUR, opened by the real clock."""
    return opened(client, customer, "1000.00", currency="EUR")


@pytest.fixture
def clearing(payer: Json, monkeypatch: pytest.MonkeyPatch) -> Clearing:
    """Return the clearing. It answers when it is told to."""
    monkeypatch.setenv("CLEARING", "on")
    monkeypatch.setenv("CLEARING_BIC", BIC)
    monkeypatch.setenv("SETTLEMENT_STATE_MACHINE_ARN", "arn:aws:states:us-east-1:123456789012:stateMachine:settlement")
    made = Clearing(clock.now)
    monkeypatch.setattr(clock, "now", made.now)
    monkeypatch.setattr(adapter, "send", made.take)
    monkeypatch.setattr(workflows, "start", made.start)
    monkeypatch.setattr(cycles, "send_success", made.woken.append)
    return made
