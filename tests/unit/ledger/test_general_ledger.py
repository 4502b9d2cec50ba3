"""The bank's own accounts, by name."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.domain.ledger import general_ledger
from chalicelib.models.ledger import shards


@pytest.mark.parametrize("shard", ["", ".000", ".vault"])
def test_cash_says_whose_it_is(shard: str) -> None:
    assert general_ledger.branch_of(general_ledger.cash("brn_1", "USD") + shard) == "brn_1"


@pytest.mark.parametrize(
    "name", ["acc_1", "gl.equity.USD.000", "gl.interest_expense.USD", "gl.cash.", "x.cash.brn_1.USD"]
)
def test_nothing_else_is_cash(name: str) -> None:
    assert general_ledger.branch_of(name) is None


def test_a_vault_is_a_shard_that_nobody_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_SHARDS", "3")
    cash = general_ledger.cash("brn_1", "USD")
    everything = shards.all_of(cash)
    assert everything == [f"{cash}.000", f"{cash}.001", f"{cash}.002", f"{cash}.vault"]
    for name in everything:
        assert shards.without_shard(name) == cash
        assert shards.own_shard(name) == name
    with ThreadPoolExecutor(1) as new_worker:
        assert new_worker.submit(shards.own_shard, cash).result() in everything[:3]


def test_accounts_of_the_bank_are_named_by_what_they_are_and_the_currency() -> None:
    assert general_ledger.cash("brn_1", "USD") == "gl.cash.brn_1.USD"
    assert general_ledger.equity("EUR") == "gl.equity.EUR"
    assert general_ledger.interest_expense("JPY") == "gl.interest_expense.JPY"
    assert general_ledger.nostro("EUR") == "gl.nostro.EUR"
    assert general_ledger.returns("EUR") == "gl.returns.EUR"
    assert general_ledger.probe("from", "EUR") == "gl.probe.from.EUR"


def test_returned_money_that_waits_is_told_from_the_clearing() -> None:
    assert general_ledger.is_returns(f"{general_ledger.returns('EUR')}.000")
    assert not general_ledger.is_returns(general_ledger.clearing("standard", "EUR"))
    assert not general_ledger.is_clearing(general_ledger.returns("EUR"))


@pytest.mark.parametrize(("rail", "is_instant"), [("instant", True), ("standard", False)])
def test_rails_of_the_clearing_have_accounts_of_their_own(rail: str, is_instant: bool) -> None:
    name = general_ledger.clearing(rail, "EUR")
    assert name == f"gl.clearing.{rail}.EUR"
    assert general_ledger.is_clearing(f"{name}.000")
    assert general_ledger.is_instant_clearing(f"{name}.000") is is_instant
