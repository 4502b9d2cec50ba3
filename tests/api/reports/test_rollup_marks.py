"""Marks of counted transactions: whatever is delivered again, by however many, in whatever order, counts once."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import boto3
import pytest

from chalicelib.domain.reports import rollup
from chalicelib.domain.reports.rollup import Posted, Totals
from chalicelib.models import transact
from chalicelib.models.reports import rollup as model
from chalicelib.models.reports import rollup_marks
from chalicelib.models.reports.generations import Generations
from chalicelib.services.operations import rebuild
from chalicelib.services.reports import rollups
from tests.api.helpers.bank import STAGE

ACCOUNTS = ("acc_a", "acc_b", "acc_c")
DAYS = (date(2026, 11, 29), date(2026, 11, 30))
GENERATION = 7
ROOM = 4


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let totals take few marks, so that a few transactions fill them, and let nothing wait."""
    for module in (model, rollup_marks):
        monkeypatch.setattr(module, "NUMBERS_MAX", ROOM)
    monkeypatch.setattr("time.sleep", lambda _: None)


def bank_of(chance: random.Random, transfers: int) -> list[Posted]:
    """Transfers and deposits of three accounts on two days, each account's entries numbered; some of no customer."""
    last, made = Counter[str](), list[Posted]()
    for number in range(transfers):
        amount, day = chance.randrange(1, 500), DAYS[number * len(DAYS) // transfers]
        paid, payer = chance.sample((*ACCOUNTS, "gl.cash.b.USD"), 2)
        payer = "gl.vault.b.USD" if chance.random() < 0.1 else payer
        last.update((payer, paid))
        legs, numbers = ((payer, -amount), (paid, amount)), ((payer, last[payer]), (paid, last[paid]))
        made.append(Posted(f"txn_{number}", "transfer", "USD", amount, None, day, legs, numbers))
    return made


def counted(generation: int = GENERATION) -> Totals:
    """The totals that are stored, without zeros."""
    subjects = (rollup.BANK, rollup.BOOKS, *map(rollup.account, ACCOUNTS))
    stored = ((subject, one) for subject in subjects for one in model.rolled(generation, subject))
    return rollup.merge_totals([{(subject, one.key): one.figures} for subject, one in stored])


def mark_items() -> int:
    """How many transactions are marked by an item of their own."""
    items = boto3.resource("dynamodb").Table(f"florin-{STAGE}-reports").scan()["Items"]
    return sum(item["sk"] == "COUNTED" for item in items)


def deliveries(chance: random.Random, posted: Sequence[Posted]) -> list[list[Posted]]:
    """Batches in any order and of any size, in which each transaction is once at least and some are several times."""
    told = [*posted, *chance.choices(posted, k=len(posted))]
    chance.shuffle(told)
    batches = list[list[Posted]]()
    while told:
        size = chance.randrange(1, 9)
        batches.append(told[:size])
        told = told[size:]
    return batches


@pytest.mark.parametrize("seed", range(12))
def test_deliveries_in_any_batches_order_and_number_count_once(seed: int) -> None:
    chance = random.Random(seed)
    posted = bank_of(chance, 40)
    for batch in deliveries(chance, posted):
        rollups.count_in(GENERATION, batch, [])
    assert counted() == rollup.merge_totals(map(rollup.of_posted, posted))


class Troubled:
    """A write that other processes come before, that conflicts, whose answer is lost, or after which the process dies.

    `count_others` is called before some writes, never before a write of its own.
    """

    def __init__(self, chance: random.Random, count_others: Callable[[], None]):
        self._chance, self._count_others, self._is_other = chance, count_others, False
        self._write = transact.write

    def write(self, actions: Any) -> None:
        fate = self._chance.random()
        if fate < 0.3 and not self._is_other:
            self._is_other = True
            self._count_others()
            self._is_other = False
        elif fate < 0.4:
            raise transact.Cancelled([transact.Reason("TransactionConflict")])
        elif fate < 0.45:
            raise MemoryError
        self._write(actions)
        if fate > 0.9:
            raise transact.Ambiguous("no answer")
        if fate > 0.85:
            raise MemoryError


def deliver(batch: list[Posted]) -> None:
    with suppress(MemoryError):
        rollups.count_in(GENERATION, batch, [])


@pytest.mark.parametrize("seed", range(8))
def test_faults_and_other_consumers_between_a_read_and_its_write_change_nothing(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    posted = bank_of(chance, 30)

    def count_as_another_process() -> None:
        """Count some of them with nothing remembered of full totals."""
        with monkeypatch.context() as other:
            other.setattr(rollups, "full_totals", set())
            deliver(chance.sample(posted, 4))

    with monkeypatch.context() as trouble:
        trouble.setattr(transact, "write", Troubled(chance, count_as_another_process).write)
        for batch in deliveries(chance, posted):
            deliver(batch)
    rollups.count_in(GENERATION, posted, [])
    assert counted() == rollup.merge_totals(map(rollup.of_posted, posted))


def test_marks_are_items_only_where_totals_are_full_or_there_is_no_customer() -> None:
    day, legs = DAYS[0], (("acc_a", -1), ("acc_b", 1))
    posted = [
        Posted(f"txn_{seq}", "transfer", "USD", 1, None, day, legs, (("acc_a", seq), ("acc_b", seq)))
        for seq in range(1, ROOM + 3)
    ]
    for one in posted[:ROOM]:
        rollups.count_in(GENERATION, [one], [])
    assert mark_items() == 0
    rollups.count_in(GENERATION, posted[ROOM:], [])
    assert mark_items() == 2
    found = rollup_marks.read_marks(GENERATION, posted)
    assert found.counted == {one.transaction_id for one in posted}
    assert not found.have_room(posted[0])


def test_a_transaction_that_filled_the_totals_is_found_when_it_is_delivered_again() -> None:
    chance = random.Random(1)
    posted = bank_of(chance, 40)
    rollups.count_in(GENERATION, posted, [])
    once = counted()
    for one in posted:
        rollups.count_in(GENERATION, [one], [])
    assert counted() == once


def test_a_generation_from_before_numbers_is_marked_by_items_and_the_next_one_by_numbers() -> None:
    """A transaction that earlier code has marked, by an item, must be found when the stream delivers it again."""
    Generations(*Generations.KEY, current=1, oldest=1, last=1).save()
    stored = Generations.stored()
    assert stored is not None
    assert not stored.is_numbered(1)
    one = bank_of(random.Random(2), 1)
    rollups.count_in(1, one, [], is_numbered=stored.is_numbered(1))
    rollups.count_in(1, one, [], is_numbered=stored.is_numbered(1))
    assert counted(1) == rollup.merge_totals(map(rollup.of_posted, one))
    assert mark_items() == 1
    rebuild.ensure()
    stored = Generations.stored()
    assert stored is not None
    assert (stored.current, stored.is_numbered(1), stored.is_numbered(2)) == (2, False, True)
    rebuild.ensure()
    after = Generations.stored()
    assert after is not None
    assert after.current == 2
