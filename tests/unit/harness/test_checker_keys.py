"""The checker of histories compares what clients were told with the ledger, key by key."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.history import Entry, History, Ledger
from tests.chaos.story import Story, with_two_accounts


@pytest.fixture
def story() -> Story:
    return with_two_accounts()


def test_an_unknown_outcome_is_found_out_by_its_key(story: Story) -> None:
    story.hear(11, story.ask_to_move(10, "t", "withdrawal", "A", None, 30), "unknown")
    story.read(12, 13, "A", 1, 100)
    again = story.ask_to_move(20, "t", "withdrawal", "A", None, 30)
    story.hear(21, again, **story.post("t", "withdrawal", "A", None, 30) | {"replayed": True})
    assert story.kinds() == set()


def test_an_unknown_outcome_that_nobody_found_out(story: Story) -> None:
    story.ask_to_move(10, "t", "withdrawal", "A", None, 30)
    assert story.kinds() == {"outcome"}


def test_a_key_that_took_effect_twice(story: Story) -> None:
    number = story.ask_to_move(10, "t", "deposit", None, "A", 30)
    told = story.post("t", "deposit", None, "A", 30)
    story.post("t", "deposit", None, "A", 30)
    story.hear(11, number, **told)
    assert "twice" in story.kinds()


def test_two_answers_that_both_say_they_were_first(story: Story) -> None:
    first, second = (story.ask_to_move(10, "t", "deposit", None, "A", 30) for _ in range(2))
    told = story.post("t", "deposit", None, "A", 30)
    story.hear(11, first, **told)
    story.hear(12, second, **told)
    assert story.kinds() == {"twice"}


def test_a_confirmed_movement_that_is_not_there(story: Story) -> None:
    number = story.ask_to_move(10, "t", "deposit", None, "A", 30)
    told = {"id": "Tt", "type": "deposit", "amount": 30, "from": None, "to": "A"}
    story.hear(11, number, **told, entries=[["A", 2, 30, 130]], replayed=False)
    assert story.kinds() == {"outcome"}


def test_a_refused_movement_that_is_there(story: Story) -> None:
    number = story.ask_to_move(10, "t", "withdrawal", "A", None, 30)
    story.post("t", "withdrawal", "A", None, 30)
    story.hear(11, number, "fail", code="contention")
    assert story.kinds() == {"outcome"}


def test_money_that_nobody_moved(story: Story) -> None:
    story.post("t", "withdrawal", "A", None, 30)
    assert story.kinds() == {"outcome"}


def reused(story: Story, outcome: str, **answer: Any) -> None:
    number = story.ask(10, 1, "deposit", "a", **{"from": None, "to": "A", "amount": 7, "memo": "a-other"})
    story.hear(11, number, outcome, **answer)


def test_a_key_does_not_serve_another_request(story: Story) -> None:
    reused(story, "fail", code="idempotency_key_reused")
    assert story.kinds() == set()


def test_a_key_that_served_another_request(story: Story) -> None:
    told = {"id": "Ta", "type": "deposit", "amount": 100, "from": None, "to": "A"}
    reused(story, "ok", **told, entries=[["A", 1, 100, 100]], replayed=True)
    assert story.kinds() >= {"reuse", "answer"}


def test_a_key_that_is_said_to_be_used_and_is_not(story: Story) -> None:
    number = story.ask_to_move(10, "t", "deposit", None, "A", 30)
    story.hear(11, number, "fail", code="idempotency_key_reused")
    assert story.kinds() == {"answer"}


def test_an_answer_to_something_else(story: Story) -> None:
    number = story.ask_to_move(10, "t", "deposit", None, "A", 30)
    story.hear(11, number, **story.post("t", "deposit", None, "A", 30) | {"amount": 31})
    assert story.kinds() == {"answer"}


def balance_below_zero(story: Story) -> None:
    story.move(10, 11, "t", "withdrawal", "A", None, 101)


def entry_gone(story: Story) -> None:
    del story.ledger.entries[0]


def entry_changed(story: Story) -> None:
    story.ledger.entries[1] = Entry("A", 1, "Ta", 101, 101, "2026-11-21T08:00:01Z")


def entry_twice(story: Story) -> None:
    story.ledger.entries.append(story.ledger.entries[1])


def transaction_gone(story: Story) -> None:
    del story.ledger.transactions[1]


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (balance_below_zero, "funds"),
        (entry_gone, "chain"),
        (entry_gone, "torn"),
        (entry_changed, "torn"),
        (entry_twice, "chain"),
        (transaction_gone, "torn"),
        (transaction_gone, "outcome"),
    ],
)
def test_a_damaged_ledger(story: Story, damage: Callable[[Story], None], kind: str) -> None:
    damage(story)
    assert kind in story.kinds()


def test_a_history_outlives_its_file(story: Story, tmp_path: Path) -> None:
    story.ask_to_move(10, "t", "withdrawal", "A", None, 30)
    story.kinds()
    story.history.write(tmp_path / "history.jsonl")
    again = History.read(tmp_path / "history.jsonl")
    assert again.operations() == story.history.operations()
    assert again.ledger == Ledger(story.ledger.accounts, story.ledger.entries, story.ledger.transactions)
