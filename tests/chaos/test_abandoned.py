"""Clients that ask once, on a line on which everything goes wrong, and never come back: what they leave is whole."""

import random
from collections.abc import Iterator

import pytest

from chalicelib import clock
from chalicelib.models import transact
from chalicelib.models.ledger.transaction import Transaction
from tests.faults.hook import HookedLine, faulty_client
from tests.faults.plan import RATE_MAX, Plan
from tests.property.bank import SETTINGS, Bank

HOLDS = 60


@pytest.fixture
def line(requests_to_own_engine: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[HookedLine]:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 2)
    with faulty_client(Plan(seed=11, rate=RATE_MAX)) as line:
        line.faulty = False
        yield line
    clock.set_clock(None)


def test_holds_do_not_leak(line: HookedLine) -> None:
    bank, chance = Bank(), random.Random(11)
    for name in ("payer", "payee"):
        assert bank.ask(name, "open", 1000) == ("active", False)
    names = [f"hold-{number}" for number in range(HOLDS)]
    line.faulty = True
    for number, name in enumerate(names):
        bank.pass_days(1)
        bank.ask(name, "hold", "payer", "payee", chance.choice([1, 10, 100]))
        bank.end(chance.choice(names[: number + 1]), chance.choice(["posted", "voided", "expired"]))
    line.faulty = False
    line.flush()
    made = [Transaction.by_id(bank.transaction_id(name)) for name in names]
    pending = [one for one in made if one and one.status == "pending"]
    assert {one.status for one in made if one} >= {"pending", "posted", "voided", "expired"}
    assert None in made, "none was lost"
    require_whole(bank, held=sum(one.amount for one in pending))
    for name, one in zip(names, made, strict=True):
        if one in pending:
            assert bank.end(name, "expired") == ("expired", False)
    require_whole(bank, held=0)


def require_whole(bank: Bank, held: int) -> None:
    customers, cash, _ = bank.stored(["payer", "payee"])
    assert (customers["payer"].held, customers["payee"].held) == (held, 0)
    assert sum(one.balance for one in customers.values()) == 2000
    bank.prove([*customers.values(), *cash], [])
