"""A bank that is connected to a clearing, whose queue and workflow are lists."""

from datetime import date

import pytest

from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Api, Json, User
from tests.api.helpers.clearing import Clearing, answer, connect, pay


@pytest.fixture
def payer(client: Api, customer: User) -> Json:
    """Return an account with 1,000.00 EUR, opened by the real clock."""
    return opened(client, customer, "1000.00", currency="EUR")


@pytest.fixture
def clearing(payer: Json, monkeypatch: pytest.MonkeyPatch) -> Clearing:
    """Return the clearing. It answers when it is told to."""
    return connect(monkeypatch)


@pytest.fixture
def today(clearing: Clearing) -> date:
    return clearing.now().date()


@pytest.fixture
def settled(client: Api, customer: User, payer: Json, clearing: Clearing) -> Json:
    """Return a standard payment of 10.00 that the clearing has settled."""
    payment = pay(client, customer, payer)
    clearing.cut_off(payment)
    answer(clearing, "ACSC", payment)
    return payment
