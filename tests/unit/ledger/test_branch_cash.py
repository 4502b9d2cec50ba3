"""The cash of a branch: what leaves it is taken from accounts that have it, whoever else pays out at that moment."""

import random
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from chalicelib.domain.errors import InsufficientFunds
from chalicelib.domain.ids import id_of
from chalicelib.models.accounts.account import Account
from chalicelib.models.ledger import ledger, shards
from chalicelib.models.ledger.commit import Outcome
from chalicelib.models.ledger.transaction import Transaction
from tests.fake_dynamodb.tables import Request
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, Answer, after
from tests.small_bank import CASH, NOON, A, B, SmallBank, staff

LATER = "2026-11-24T12:00:00.000000Z"
SHARDS = [f"{CASH}.{number:03d}" for number in range(4)]
VAULT = f"{CASH}.vault"


@pytest.fixture(autouse=True)
def account(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRANCH_CASH", "counted")
    monkeypatch.setenv("LEDGER_SHARDS", "4")
    shards.take(0)
    bank.open(A, 100_000)


def has(bank: SmallBank, *amounts: int, vault: int = 0) -> None:
    """Give the shards of the branch and its vault this cash; a shard without any does not exist."""
    for account_id, amount in zip((*SHARDS, VAULT), (*amounts, *[0] * (4 - len(amounts)), vault), strict=True):
        if amount:
            cash = Account.new(account_id, "general_ledger", "USD", balance=-amount, ledger_version=1)
            bank.put(cash.stamp(staff(), NOON))


def cash(bank: SmallBank) -> list[int]:
    """Return the cash of each shard, and of the vault."""
    found = [Account.by_id(account_id) for account_id in (*SHARDS, VAULT)]
    return [-account.balance if account else 0 for account in found]


def pay_out(bank: SmallBank, amount: int, account_id: str = A) -> Transaction:
    return ledger.post(bank.request({account_id: -amount, CASH: amount}, kind="withdrawal")).transaction


def reads(bank: SmallBank, act: Callable[[], object]) -> int:
    before = bank.dynamodb.count(BATCH_GET)
    act()
    return bank.dynamodb.count(BATCH_GET) - before


def test_own_shard_that_has_enough_pays_in_one_read(bank: SmallBank) -> None:
    has(bank, 50, 500)
    assert reads(bank, lambda: pay_out(bank, 50)) == 1
    assert cash(bank) == [0, 500, 0, 0, 0]


def test_shard_that_has_enough_pays_for_one_that_has_not_and_is_kept(bank: SmallBank) -> None:
    has(bank, 49, 10, 500, 20, vault=1000)
    assert reads(bank, lambda: pay_out(bank, 50)) == 2
    assert cash(bank) == [49, 10, 450, 20, 1000]
    assert reads(bank, lambda: pay_out(bank, 50)) == 1, "the worker has kept the shard"
    assert cash(bank) == [49, 10, 400, 20, 1000]


def test_vault_pays_what_no_shard_can(bank: SmallBank) -> None:
    has(bank, 49, 10, vault=1000)
    pay_out(bank, 50)
    assert cash(bank) == [49, 10, 0, 0, 950]


def test_vault_waits_until_no_shard_can_pay(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "choice", lambda names: names[-1])
    has(bank, 49, 10, 500, vault=1000)
    pay_out(bank, 50)
    assert cash(bank) == [49, 10, 450, 0, 1000]


def test_several_pay_together_what_none_can_alone(bank: SmallBank) -> None:
    has(bank, 20, 30, 10, vault=25)
    made = pay_out(bank, 80)
    assert (made.status, made.amount) == ("posted", 80)
    assert {entry["account_id"]: entry["amount"] for entry in made.entries} == {
        A: -80, SHARDS[1]: 30, VAULT: 25, SHARDS[0]: 20, SHARDS[2]: 5,
    }  # fmt: skip
    assert cash(bank) == [0, 0, 5, 0, 0]
    assert [(leg.account_id, leg.amount) for leg in made.movement_of_entries().legs] == [(A, -80), (CASH, 80)]


def test_all_the_cash_there_is_may_leave_and_not_a_coin_more(bank: SmallBank) -> None:
    has(bank, 20, 30, vault=50)
    refused = pay_out(bank, 101)
    assert (refused.status, refused.failure["code"]) == ("failed", "insufficient_funds")
    assert refused.failure["detail"].startswith("The branch has less cash")
    assert (cash(bank), bank.account(A).balance) == ([20, 30, 0, 0, 50], 100_000)
    assert bank.transaction(refused.id).legs == [[A, -101], [CASH, 101]]
    assert pay_out(bank, 100).status == "posted"
    assert cash(bank) == [0, 0, 0, 0, 0]
    assert pay_out(bank, 1).failure["code"] == "insufficient_funds"


def test_customers_funds_are_asked_as_well(bank: SmallBank) -> None:
    has(bank, 200_000)
    assert pay_out(bank, 100_001).failure["detail"].startswith("The available balance")


def test_bank_that_does_not_count_cash_pays_out_what_a_branch_has_not(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRANCH_CASH", "open")
    assert reads(bank, lambda: pay_out(bank, 50)) == 1
    assert cash(bank)[0] == -50


def test_vault_movement_is_limited_by_all_there_is_though_cash_is_not_counted(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tellers have paid out 60 that their shard did not have."""
    monkeypatch.setenv("BRANCH_CASH", "open")
    has(bank, -60, vault=100)

    def move(amount: int) -> Outcome:
        request = bank.request({VAULT: amount, "gl.cash.brn_2.USD.vault": -amount}, staff(), kind="vault_movement")
        decided = request.movement
        return ledger.post(replace(request, movement=lambda snapshot: replace(decided(snapshot), within_cash=True)))

    assert move(41).transaction.failure["code"] == "insufficient_funds"
    assert move(40).transaction.status == "posted"
    assert cash(bank)[4] == 60


def test_vault_movement_takes_from_the_vault_whatever_the_tellers_have(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "choice", lambda names: names[0])
    has(bank, 500, 500, vault=100)
    request = bank.request({VAULT: 40, "gl.cash.brn_2.USD.vault": -40}, staff(), kind="vault_movement")
    decided = request.movement
    ledger.post(replace(request, movement=lambda snapshot: replace(decided(snapshot), within_cash=True)))
    assert cash(bank) == [500, 500, 0, 0, 60]


def test_payment_in_between_makes_it_choose_anew(bank: SmallBank) -> None:
    bank.open(B, 100)
    has(bank, 50, 60)
    bank.dynamodb.next(WRITE, after(lambda: pay_out(bank, 50, B)))
    pay_out(bank, 50)
    assert cash(bank) == [0, 10, 0, 0, 0]


def test_last_coin_goes_to_one_of_two(bank: SmallBank) -> None:
    bank.open(B, 100)
    has(bank, 50)
    bank.dynamodb.next(WRITE, after(lambda: pay_out(bank, 50, B)))
    assert pay_out(bank, 50).failure["code"] == "insufficient_funds"
    assert (cash(bank), bank.account(A).balance) == ([0, 0, 0, 0, 0], 100_000)


@pytest.mark.parametrize("seed", range(6))
def test_of_32_withdrawals_at_once_those_that_the_cash_is_enough_for_succeed(bank: SmallBank, seed: int) -> None:
    """Each is made by its own worker, and others commit between its read and its write."""
    dice = Random(seed)
    random.seed(seed)
    names = [bank.open(id_of("acc", NOON, 100 + number), 1000, owner=number) for number in range(32)]
    has(bank, 300, 0, 250, 50, vault=400)
    waiting, made = list(names), list[Transaction]()

    def withdraw() -> None:
        shards.take(dice.randrange(4))
        made.append(pay_out(bank, 70, waiting.pop()))

    def interrupted(answer: Callable[[], Answer], _: Request) -> Answer:
        if waiting and dice.random() < 0.6:
            withdraw()
        return answer()

    bank.dynamodb.from_now_on(WRITE, interrupted)
    while waiting:
        withdraw()
    assert sorted(one.status for one in made) == ["failed"] * 18 + ["posted"] * 14
    assert {one.failure["code"] for one in made if one.status == "failed"} == {"insufficient_funds"}
    assert sum(cash(bank)) == 1000 - 14 * 70
    assert min(cash(bank)) >= 0


def test_held_withdrawal_takes_cash_when_it_is_settled(bank: SmallBank) -> None:
    has(bank, 20, 30)
    held = ledger.hold(bank.request({A: -50, CASH: 50}, kind="withdrawal"), LATER).transaction
    assert (held.legs, cash(bank)) == ([[A, -50], [CASH, 50]], [20, 30, 0, 0, 0])
    bank.open(B, 100)
    pay_out(bank, 1, B)
    with pytest.raises(InsufficientFunds):
        ledger.settle(held.id, staff())
    assert bank.transaction(held.id).status == "pending"
    ledger.post(bank.request({B: 1, CASH: -1}, kind="deposit"))
    assert ledger.settle(held.id, staff()).transaction.status == "posted"
    assert (sum(cash(bank)), min(cash(bank)), bank.account(A).held) == (0, 0, 0)


@pytest.mark.parametrize("is_allowed", [False, True])
def test_reversal_of_a_deposit_takes_no_more_than_there_is_unless_it_is_allowed(
    bank: SmallBank, is_allowed: bool
) -> None:
    deposited = ledger.post(bank.request({A: 50, CASH: -50}, kind="deposit")).transaction
    bank.open(B, 100)
    pay_out(bank, 30, B)
    request = bank.request({A: -50, CASH: 50}, staff(), kind="reversal")
    undone = deposited.movement_of_entries().reverse(request.idempotency_key.transaction_id, allow_overdrawn=is_allowed)
    made = ledger.post(replace(request, movement=lambda _: undone)).transaction
    assert (made.status, sum(cash(bank))) == (("posted", -30) if is_allowed else ("failed", 20))


def test_reversal_of_a_withdrawal_from_several_accounts_is_one_amount_of_cash(bank: SmallBank) -> None:
    has(bank, 20, 30)
    made = pay_out(bank, 50)
    request = bank.request({A: 50, CASH: -50}, staff())
    undone = made.movement_of_entries().reverse(request.idempotency_key.transaction_id, allow_overdrawn=False)
    back = ledger.post(replace(request, movement=lambda _: undone)).transaction
    assert {entry["account_id"]: entry["amount"] for entry in back.entries} == {A: 50, SHARDS[0]: -50}


def test_shard_ahead_of_the_clock_pays_only_if_no_other_can(bank: SmallBank) -> None:
    has(bank, 0, 50, 50)
    bank.dynamodb.table("bank").items[f"ACCOUNT#{SHARDS[1]}", "ACCOUNT"]["last_entry_at"] = {
        "S": "2026-11-21T12:00:03.000000Z"
    }
    first = pay_out(bank, 50)
    assert (cash(bank), first.posted_at) == ([0, 50, 0, 0, 0], "2026-11-21T12:00:00.000000Z")
    assert pay_out(bank, 50).posted_at == "2026-11-21T12:00:03.000001Z"


def test_shard_a_tenth_of_a_second_ahead_pays_like_any_other(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    has(bank, 10, 500, 500)
    ahead = bank.dynamodb.table("bank").items[f"ACCOUNT#{SHARDS[1]}", "ACCOUNT"]
    ahead["last_entry_at"] = {"S": "2026-11-21T12:00:00.100000Z"}
    monkeypatch.setattr(random, "choice", lambda names: names[0])
    pay_out(bank, 50)
    assert cash(bank)[:3] == [10, 450, 500]


def test_last_coin_of_an_account_is_taken_too(bank: SmallBank) -> None:
    has(bank, 20, 30, 1)
    assert pay_out(bank, 51).status == "posted"
    assert cash(bank) == [0, 0, 0, 0, 0]


def test_shard_whose_last_entry_is_ahead_of_the_clock_pays_last(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    has(bank, 10, 500, 500)
    ahead = bank.dynamodb.table("bank").items[f"ACCOUNT#{SHARDS[1]}", "ACCOUNT"]
    ahead["last_entry_at"] = {"S": "2026-11-21T12:00:01.000000Z"}
    monkeypatch.setattr(random, "choice", lambda names: names[0])
    pay_out(bank, 50)
    assert cash(bank)[:3] == [10, 500, 450]
    has(bank, 10, 500)
    ahead = bank.dynamodb.table("bank").items[f"ACCOUNT#{SHARDS[1]}", "ACCOUNT"]
    ahead["last_entry_at"] = {"S": "2026-11-21T12:00:01.000000Z"}
    bank.dynamodb.table("bank").items.pop((f"ACCOUNT#{SHARDS[2]}", "ACCOUNT"))
    shards.take(0)
    assert pay_out(bank, 50).status == "posted"
    assert cash(bank)[:3] == [10, 450, 0]
