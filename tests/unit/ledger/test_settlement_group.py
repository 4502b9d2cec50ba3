"""Payments that other banks have, settled in one write, on tables in memory."""

import json
from collections.abc import Collection
from typing import Any

import pytest
from botocore.retries.quota import RetryQuota

from chalicelib.models import transact
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger, settlement_group, shards
from chalicelib.models.ledger.settlement_group import GroupOutcome, Items, PaidMember, SettleAlone
from chalicelib.models.ledger.terms import Terms
from chalicelib.models.ledger.transaction import Transaction
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, Step, after, conflict, lost, throttled, unanswered
from tests.small_bank import SmallBank, customer, staff
from tests.unit.conftest import Time

CLEARING = "gl.clearing.standard.USD"
OWN = 6
"""Actions of a payment: its transaction, two entries, the hold, two of the test's."""


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 4)
    for number in range(20):
        bank.open(f"p{number}", 100, owner=number + 1)


def held(bank: SmallBank, number: int, amount: int = 10) -> str:
    """Return a payment of a payer that is held for the clearing."""
    legs = {f"p{number}": -amount, CLEARING: amount}
    asked = bank.request(legs, customer(number + 1), kind="payment", for_clearing=lambda _: [])
    return ledger.post(asked).transaction.id


def put(name: str) -> Action:
    item = {"pk": {"S": name}, "sk": {"S": name}}
    return {"Put": {"TableName": "florin-unit-bank", "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}


def member(
    bank: SmallBank, transaction_id: str, *, stops: bool = False, shared: str = "message", more: int = 0
) -> PaidMember:
    """Return a payment of a group, with two items of its own and so many more."""

    def follow(posted: Transaction, _: Items) -> list[Action]:
        if stops:
            raise SettleAlone
        own = [put(f"MORE#{number}#{posted.id}") for number in range(more)]
        return [put(f"STEP#{posted.id}"), put(f"LABEL#{posted.id}"), *own]

    payer = str(bank.transaction(transaction_id).from_account_id)
    return PaidMember(transaction_id, shared, (payer, CLEARING), (), follow)


def store(bank: SmallBank, name: str) -> None:
    """Store an item that stops whoever puts it."""
    bank.dynamodb.table("bank").items[name, name] = put(name)["Put"]["Item"]


def share(transaction_ids: Collection[str]) -> list[Action]:
    return [put(f"COUNT#{'#'.join(sorted(transaction_ids))}")]


def settle(members: list[PaidMember]) -> GroupOutcome:
    return settlement_group.settle_first(members, staff(), share)


def outcome_of(posted: Collection[str], alone: Collection[str] = ()) -> GroupOutcome:
    return GroupOutcome(frozenset(posted), frozenset(alone))


def sizes(bank: SmallBank) -> list[int]:
    """Return of how many items each write was that posted."""
    writes = [sent for operation, sent in bank.dynamodb.sent if operation == WRITE]
    return [len(one["TransactItems"]) for one in writes if "Update" in one["TransactItems"][0]]


def in_clearing(bank: SmallBank) -> int:
    accounts = bank.dynamodb.table("bank").items.items()
    return sum(int(item["balance"]["N"]) for (pk, sk), item in accounts if sk == "ACCOUNT" and CLEARING in pk)


def test_write_takes_fourteen_payments_of_as_many_payers(bank: SmallBank) -> None:
    members = [member(bank, held(bank, number)) for number in range(20)]
    bank.dynamodb.sent.clear()
    outcome = settle(members)
    assert outcome.posted == {one.transaction_id for one in members[:14]}
    assert sizes(bank) == [14 * (OWN + 1) + 1 + 1]
    assert [operation for operation, _ in bank.dynamodb.sent] == [BATCH_GET, WRITE]
    assert (in_clearing(bank), bank.account("p0").balance, bank.account("p0").held) == (140, 90, 0)
    assert [bank.transaction(one.transaction_id).status for one in members[13:15]] == ["posted", "pending"]


def test_ledger_is_the_one_that_single_settlements_leave(bank: SmallBank) -> None:
    settle([member(bank, held(bank, 0, amount)) for amount in (1, 2, 3)])
    assert [(one.seq, one.amount, one.balance_after) for one in bank.entries("p0")] == [
        (1, -1, 99),
        (2, -2, 97),
        (3, -3, 94),
    ]
    moments = [one.created_at for one in bank.entries("p0")]
    assert moments == sorted(set(moments))
    assert bank.account("p0").last_hash == bank.entries("p0")[-1].hash


def test_payments_that_must_be_settled_alone_are_left(bank: SmallBank) -> None:
    ended, stopping, first, second = (held(bank, number) for number in range(4))
    members = [member(bank, ended), member(bank, stopping, stops=True), member(bank, first), member(bank, second)]
    ledger.void(ended, staff(), is_at_clearing=True)
    outcome = settle(members)
    assert outcome == outcome_of({first, second}, {ended, stopping})
    assert in_clearing(bank) == 20


def test_only_payment_is_posted_in_one_write(bank: SmallBank) -> None:
    one = member(bank, held(bank, 0))
    assert settle([one]) == GroupOutcome(posted=frozenset({one.transaction_id}))


@pytest.mark.parametrize("stopped", range(3))
def test_payment_whose_own_item_stops_the_write_is_set_aside(bank: SmallBank, stopped: int) -> None:
    names = [held(bank, number) for number in range(3)]
    store(bank, f"STEP#{names[stopped]}")
    outcome = settle([member(bank, name) for name in names])
    assert outcome == outcome_of(set(names) - {names[stopped]}, {names[stopped]})


def test_conflict_at_the_banks_own_account_sets_no_payment_aside(bank: SmallBank) -> None:
    names = [held(bank, number) for number in range(2)]
    bank.dynamodb.next(WRITE, conflict(2), conflict(2 * OWN + 1))
    outcome = settle([member(bank, name) for name in names])
    assert outcome == outcome_of(set(names))


def test_payer_that_stays_busy_is_set_aside_after_the_second_time(bank: SmallBank) -> None:
    names = [held(bank, number) for number in range(3)]
    payer = 3 * OWN
    bank.dynamodb.next(WRITE, conflict(payer), conflict(payer))
    outcome = settle([member(bank, name) for name in names])
    assert outcome == outcome_of({names[1], names[2]}, {names[0]})


@pytest.mark.parametrize("step", [lost, unanswered], ids=["request", "response"])
def test_write_whose_answer_is_lost_posts_each_payment_once(bank: SmallBank, step: Any) -> None:
    names = [held(bank, number) for number in range(3)]
    bank.dynamodb.next(WRITE, step, step)
    outcome = settle([member(bank, name) for name in names])
    assert outcome.posted | outcome.alone == set(names)
    for name in outcome.alone:
        ledger.settle(name, staff(), Terms(is_paid=True))
    assert in_clearing(bank) == 30
    assert [bank.account(f"p{number}").balance for number in range(3)] == [90] * 3


def test_payments_at_a_bank_that_stays_busy_are_settled_alone(bank: SmallBank) -> None:
    names = [held(bank, number) for number in range(2)]
    bank.dynamodb.next(WRITE, *[conflict(2 * OWN + 1)] * 4)
    outcome = settle([member(bank, name) for name in names])
    assert outcome.posted == frozenset()
    assert outcome.alone == set(names)


def test_payment_that_waits_for_a_person_is_not_settled(bank: SmallBank) -> None:
    legs = {"p9": -10, CLEARING: 10}
    asked = bank.request(legs, customer(10), kind="payment", awaits="approval", for_clearing=lambda _: [])
    waiting = ledger.hold(asked, "2026-11-30T00:00:00.000000Z").transaction.id
    first, second = held(bank, 0), held(bank, 1)
    outcome = settle([member(bank, waiting), member(bank, first), member(bank, second)])
    assert outcome == outcome_of({first, second}, {waiting})
    assert bank.transaction(waiting).status == "pending"


def test_id_that_no_transaction_has_is_left(bank: SmallBank) -> None:
    names = [held(bank, number) for number in range(2)]
    stranger = PaidMember("txn_unknown", "message", ("p5", CLEARING), (), lambda _posted, _: [])
    assert settle([stranger, *(member(bank, name) for name in names)]) == outcome_of(names, {"txn_unknown"})


def test_payer_that_is_busy_once_is_read_again(bank: SmallBank) -> None:
    names = [held(bank, number) for number in range(2)]
    bank.dynamodb.next(WRITE, conflict(2 * OWN))
    assert settle([member(bank, name) for name in names]) == outcome_of(names)


@pytest.mark.parametrize("failing", ["FIRST", "SECOND"])
def test_count_that_does_not_hold_sets_all_aside_at_once(bank: SmallBank, failing: str) -> None:
    names = [held(bank, number) for number in range(2)]
    store(bank, failing)
    bank.dynamodb.sent.clear()
    members = [member(bank, name) for name in names]
    outcome = settlement_group.settle_first(members, staff(), lambda _: [put("FIRST"), put("SECOND")])
    assert outcome == outcome_of((), names)
    assert bank.dynamodb.count(WRITE) == 1, "it would not hold the next time either"
    assert [bank.transaction(name).status for name in names] == ["pending"] * 2


def test_conflict_of_the_count_is_tried_again(bank: SmallBank) -> None:
    names = [held(bank, number) for number in range(2)]
    bank.dynamodb.next(WRITE, conflict(2 * OWN + 3))
    assert settle([member(bank, name) for name in names]) == outcome_of(names)


def test_conflict_at_a_shard_moves_to_another(bank: SmallBank) -> None:
    names = [held(bank, number) for number in range(2)]
    shards.take(3)
    bank.dynamodb.next(WRITE, conflict(2 * OWN + 1))
    settle([member(bank, name) for name in names])
    [shard] = {entry["account_id"] for name in names for entry in bank.transaction(name).entries[1:]}
    assert shard.startswith(CLEARING)
    assert shard != f"{CLEARING}.003"


def test_conflict_at_a_payments_own_item_keeps_the_shard(bank: SmallBank) -> None:
    names = [held(bank, number) for number in range(2)]
    shards.take(3)
    bank.dynamodb.next(WRITE, conflict(0))
    settle([member(bank, name) for name in names])
    assert bank.transaction(names[1]).entries[1]["account_id"] == f"{CLEARING}.003"


def test_payer_that_another_payment_moves_meanwhile_is_read_again(bank: SmallBank) -> None:
    names = [held(bank, number) for number in range(2)]
    bank.dynamodb.next(WRITE, after(lambda: ledger.post(bank.request({"p0": -90, "p5": 90}))))
    assert settle([member(bank, name) for name in names]) == outcome_of(names)
    assert (bank.account("p0").balance, bank.account("p0").held) == (0, 0)


@pytest.mark.parametrize("step", [throttled, lost])
def test_write_that_did_not_land_is_sent_again(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], step: Step
) -> None:
    monkeypatch.setattr(RetryQuota, "acquire", lambda *_: False)
    names = [held(bank, number) for number in range(2)]
    bank.dynamodb.next(WRITE, step)
    capsys.readouterr()
    assert settle([member(bank, name) for name in names]) == outcome_of(names)
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [one["outcome"] for one in metrics if "Transactions" in one] == ["posted"] * 2
    assert [one["PostRetries"] for one in metrics if "PostRetries" in one] == [[1.0]] * 2


def test_write_that_another_stops_is_counted(bank: SmallBank, capsys: pytest.CaptureFixture[str]) -> None:
    one = member(bank, held(bank, 0))
    bank.dynamodb.next(WRITE, conflict(0))
    settle([one])
    assert capsys.readouterr().out.count('"PostConflicts":[1.0]') == 1


def test_group_of_which_nothing_can_be_posted_ends_without_a_pause(bank: SmallBank, passing: Time) -> None:
    names = [held(bank, number) for number in range(2)]
    assert settle([member(bank, name, stops=True) for name in names]) == outcome_of((), names)
    store(bank, f"STEP#{names[0]}")
    assert settle([member(bank, names[0])]) == outcome_of((), names[:1])
    assert len(passing.pauses) <= 1
    assert settle([]) == GroupOutcome()


@pytest.mark.parametrize(("messages", "fitting"), [(2, 16), (3, 15)])
def test_each_message_takes_a_place_of_the_write(bank: SmallBank, messages: int, fitting: int) -> None:
    names = [held(bank, 0, 1) for _ in range(16)]
    members = [member(bank, name, shared=f"message {number % messages}") for number, name in enumerate(names)]
    assert settle(members) == outcome_of(names[:fitting])


def test_payment_without_a_place_ends_the_write_before_it(bank: SmallBank) -> None:
    """Payments are posted in their order: those after it wait for the next write, too, even if they had a place."""
    names = [held(bank, number) for number in range(16)]
    more = [7 if number == 13 else 0 for number in range(16)]
    outcome = settle([member(bank, name, more=count) for name, count in zip(names, more, strict=True)])
    assert outcome == outcome_of(names[:13])


def test_write_takes_sixteen_payments_of_one_payer(bank: SmallBank) -> None:
    members = [member(bank, held(bank, 0, 1)) for _ in range(17)]
    bank.dynamodb.sent.clear()
    assert settle(members) == outcome_of({one.transaction_id for one in members[:16]})
    assert sizes(bank) == [16 * OWN + 1 + 1 + 1]
    [read] = [
        sent["RequestItems"]["florin-unit-bank"] for operation, sent in bank.dynamodb.sent if operation == BATCH_GET
    ]
    assert len(read["Keys"]) == 16 + 1 + 1, "what has no place is not read"


def test_settlement_is_signed_by_the_latest_moment(bank: SmallBank) -> None:
    names = [held(bank, 0, 1), held(bank, 0, 2)]
    settle([member(bank, name) for name in names])
    moments = [str(bank.transaction(name).posted_at) for name in names]
    assert bank.account("p0").updated_at == max(moments) == bank.entries("p0")[-1].created_at
    assert [bank.hold("p0", name).status for name in names] == ["released"] * 2


def test_payment_from_an_account_that_was_frozen_meanwhile_is_posted(bank: SmallBank) -> None:
    names = [held(bank, number) for number in range(2)]
    frozen = bank.account("p0")
    frozen.status = "frozen"
    bank.put(frozen)
    assert settle([member(bank, name) for name in names]) == outcome_of(names)
    assert bank.account("p0").balance == 90


def test_settlement_is_later_than_the_hold_if_the_clock_runs_backwards(bank: SmallBank) -> None:
    names = [held(bank, number) for number in range(2)]
    bank.later(milliseconds=-5)
    assert settle([member(bank, name) for name in names]) == outcome_of(names)
    for name in names:
        assert str(bank.transaction(name).posted_at) > str(bank.transaction(name).created_at)
