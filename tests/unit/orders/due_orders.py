"""A bank on the first of December, with a payer, a payee and orders that are due."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.models import transact
from chalicelib.models.accounts import account as account_model
from chalicelib.models.accounts.account import Account
from chalicelib.models.orders import order as order_model
from chalicelib.models.orders.order import Order
from chalicelib.models.scheduled_runs import run as run_model
from chalicelib.services.scheduled_runs import runs, steps
from tests.order_runs import (
    made,
)
from tests.small_bank import NOON_TEXT, A, B, SmallBank, customer, staff

ORDER = "sto_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"
OTHER = "sto_01KAK4XJ7M4Q9V0C2T5R8W3Y70"
FIRST = datetime(2026, 12, 1, 0, 5, tzinfo=UTC)
"""A Tuesday."""


def prepare_people(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make one partition, a payer with 100.00 and a payee with nothing, at the first attempt of 1 December."""
    for module in (account_model, order_model, run_model, steps, runs):
        monkeypatch.setattr(module, "SHARDS", 1)
    bank.open(A, 10_000)
    bank.open(B, owner=2)
    bank.user(customer())
    bank.now = FIRST


def order(bank: SmallBank, order_id: str = ORDER, **fields: Any) -> Order:
    """Store an order of 10.00 a month from 1 December on."""
    given = {"from_account_id": A, "to_account_id": B, "start": "2026-12-01"} | fields
    one = made(order_id, **given).stamp(customer(), bank.now)
    bank.put(one)
    return one


def now(order_id: str = ORDER) -> Order:
    found = Order.by_id(order_id)
    assert found
    return found


def change(bank: SmallBank, **fields: Any) -> None:
    """Change the order as its customer does."""
    transact.commit([now().change(fields, customer(), NOON_TEXT)], "req_edit")


def have(bank: SmallBank, balance: int) -> None:
    """Give the payer another balance."""
    account = bank.account(A)
    bank.put(
        Account.new(
            A, "current", "USD", customer_id="cus_1", balance=balance, ledger_version=account.ledger_version + 1
        ).stamp(staff(), bank.now)
    )


def paid(bank: SmallBank) -> int:
    return bank.account(B).balance


def at(bank: SmallBank, day: str, time: str = "00:05") -> None:
    bank.now = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC)
