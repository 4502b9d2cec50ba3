"""The deployed bank, IAM enforced, behind a line on which everything goes wrong; several clients who do not give up."""

import random
from dataclasses import replace

import pytest

from tests.chaos.conftest import CLIENTS, SEED
from tests.chaos.payments import Town, require_verified
from tests.faults.plan import EVERY, RATE_MAX, Fault, Plan
from tests.faults.proxy import Proxy
from tests.stack import Stack, eventually
from tests.workflow.bank import Reply, new_key
from tests.workflow.trail import is_complete

FAULTS_MIN = 4
ROUNDS_MAX = 10


@pytest.mark.parametrize("kinds", [*((kind,) for kind in EVERY), EVERY], ids=[*EVERY, "all"])
def test_payments_are_made_once_and_answers_are_true(town: Town, money: Proxy, kinds: tuple[Fault, ...]) -> None:
    chance, number = random.Random(SEED), 24 if kinds == EVERY else 10
    with money.faulty(Plan(SEED, RATE_MAX, kinds)) as plan:
        for _ in range(ROUNDS_MAX):
            town.pay(town.draw(chance, number), CLIENTS)
            if plan.happened.total() >= FAULTS_MIN:
                break
    town.require_truth()
    assert plan.happened.keys() <= set(kinds)
    assert plan.happened.total() >= FAULTS_MIN


def test_afterwards_keys_are_answered_as_before_and_the_bank_verifies(
    town: Town, own_stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.require_replays()
    town.require_truth()
    assert {one.answer.status for one in town.payments} == {201, 422}
    eventually(lambda: is_complete(own_stack))
    require_verified(own_stack, monkeypatch)


def test_an_answer_that_is_not_true_is_found_out(town: Town) -> None:
    paid = next(one for one in town.payments if one.moved)
    refused = next(one for one in town.payments if not one.moved)
    denial = Reply(503, {"code": "contention", "request_id": town.writer_of(paid)}, {})
    untrue = [
        replace(paid, amount=paid.amount + 1),
        replace(paid, key=new_key()),
        replace(paid, replies=[denial, *paid.replies]),
        replace(paid, replies=refused.replies),
        replace(paid, replies=[replace(denial, body={"code": "internal"}), *paid.replies]),
    ]
    for one in untrue:
        with pytest.raises(AssertionError):
            replace(town, payments=[one if other is paid else other for other in town.payments]).require_truth()
    with pytest.raises(AssertionError):
        replace(town, payments=[one for one in town.payments if one is not paid]).require_truth()
