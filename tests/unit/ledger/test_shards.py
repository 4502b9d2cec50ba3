"""The shards of general-ledger accounts: what they are called, and which one a worker posts to."""

import random
from collections.abc import Sequence

import pytest

from chalicelib.models.ledger import shards
from chalicelib.models.ledger.transaction import merge_shards

CASH = "gl.cash.brn_1.USD"


@pytest.fixture(autouse=True)
def four_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_SHARDS", "4")
    shards.take(2)


def test_worker_posts_to_its_own_shard_until_it_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shards.own_shard(CASH) == f"{CASH}.002"
    offered: list[Sequence[int]] = []

    def choose(numbers: Sequence[int]) -> int:
        offered.append(numbers)
        return numbers[-1]

    monkeypatch.setattr(random, "choice", choose)
    shards.move()
    shards.move()
    assert [list(numbers) for numbers in offered] == [[0, 1, 3], [0, 1, 2]]
    assert shards.own_shard(CASH) == f"{CASH}.002"


def test_only_shard_is_kept_when_it_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_SHARDS", "1")
    shards.take(0)
    shards.move()
    assert shards.own_shard(CASH) == f"{CASH}.000"


@pytest.mark.parametrize("account_id", ["acc_1", f"{CASH}.003", f"{CASH}.vault"])
def test_customers_account_a_shard_and_a_vault_stay_as_they_are(account_id: str) -> None:
    assert shards.own_shard(account_id) == account_id
    assert not shards.is_spread(account_id)


def test_account_without_a_shard_is_spread_and_has_all_of_them_and_a_vault() -> None:
    assert shards.is_spread(CASH)
    assert shards.all_of(CASH) == [*(f"{CASH}.00{number}" for number in range(4)), f"{CASH}.vault"]
    assert list(shards.numbers()) == [0, 1, 2, 3]


def test_vault_is_a_shard_of_its_own() -> None:
    assert shards.vault(CASH) == f"{CASH}.vault"
    assert shards.is_vault(f"{CASH}.vault")
    assert not shards.is_vault(f"{CASH}.001")
    assert not shards.is_vault(f"{CASH}vault")


def test_account_of_a_shard_is_found_and_customers_accounts_have_none() -> None:
    for account_id in (f"{CASH}.001", f"{CASH}.vault"):
        assert shards.without_shard(account_id) == CASH
    assert shards.without_shard("acc_1.x") == "acc_1.x"


def test_legs_of_several_shards_are_one_in_the_order_of_the_first() -> None:
    legs = [(f"{CASH}.001", -3), ("acc_1", 8), (f"{CASH}.vault", -5)]
    assert merge_shards(legs) == [(CASH, -8), ("acc_1", 8)]


def test_worker_keeps_the_shard_that_had_the_money_but_no_vault() -> None:
    shards.keep(f"{CASH}.003")
    assert shards.own_shard(CASH) == f"{CASH}.003"
    shards.keep(f"{CASH}.vault")
    assert shards.own_shard(CASH) == f"{CASH}.003"
