"""The checker of histories looks for an order: small histories written by hand, right ones and wrong ones."""

from typing import Any

import pytest

from tests.chaos.checker import check
from tests.chaos.graph import Graph
from tests.chaos.story import Story, with_two_accounts


@pytest.fixture
def story() -> Story:
    return with_two_accounts()


def test_what_happened_one_after_the_other_is_right(story: Story) -> None:
    story.move(10, 11, "t", "transfer", "A", "B", 30)
    story.read(12, 13, "A", 2, 70)
    story.read(14, 15, "B", 2, 80)
    assert story.kinds() == set()


def test_what_overlaps_may_be_seen_or_not(story: Story) -> None:
    story.move(10, 20, "t", "transfer", "A", "B", 30)
    story.read(12, 13, "A", 1, 100)
    story.read(14, 15, "B", 2, 80)
    assert story.kinds() == set()


def test_half_a_transfer_is_never_seen(story: Story) -> None:
    story.move(10, 20, "t", "transfer", "A", "B", 30)
    story.read(12, 13, "A", 2, 70)
    story.read(14, 15, "B", 1, 50)
    assert story.kinds() == {"order"}


def test_a_cycle_is_told_in_words(story: Story) -> None:
    story.move(10, 20, "t", "transfer", "A", "B", 30)
    story.read(12, 13, "A", 2, 70)
    story.read(14, 15, "B", 1, 50)
    story.kinds()
    (violation,) = check(story.history)
    lines = violation.text.splitlines()[1:]
    assert sorted(line.rpartition(") ")[2] for line in lines) == [
        "did not see the next: seq 2 of B",
        "was answered before the next was asked",
        "was seen by the next: seq 2 of A",
    ]
    assert any("client 0: transfer from A, to B, amount 30" in line for line in lines)


def test_a_read_sees_what_was_confirmed_before_it_was_asked(story: Story) -> None:
    story.move(10, 11, "t", "withdrawal", "A", None, 30)
    story.read(12, 13, "A", 1, 100)
    assert story.kinds() == {"order"}


def test_a_read_sees_nothing_that_was_asked_after_its_answer(story: Story) -> None:
    story.read(8, 9, "A", 2, 70)
    story.move(10, 11, "t", "withdrawal", "A", None, 30)
    assert story.kinds() == {"order"}


def test_two_clients_agree_on_the_order_of_two_accounts(story: Story) -> None:
    story.move(10, 30, "x", "deposit", None, "A", 1)
    story.move(10, 30, "y", "deposit", None, "B", 1)
    for client, first, second in ((1, "A", "B"), (2, "B", "A")):  # both concurrent deposits seen in opposite orders
        story.read(12, 13, first, 2, {"A": 101, "B": 51}[first], client)
        story.read(14, 15, second, 1, {"A": 100, "B": 50}[second], client)
    assert story.kinds() == {"order"}


def test_a_client_never_sees_less_than_before(story: Story) -> None:
    story.move(10, 20, "t", "withdrawal", "A", None, 30)
    story.read(12, 13, "A", 2, 70)
    story.read(14, 15, "A", 1, 100)
    assert story.kinds() == {"back in time", "order"}


def test_a_client_sees_what_it_has_done(story: Story) -> None:
    story.move(10, 11, "t", "withdrawal", "A", None, 30)
    story.read(12, 13, "A", 1, 100, client=0)
    assert story.kinds() == {"back in time", "order"}


def test_the_balance_of_an_earlier_moment_may_be_asked_for_later(story: Story) -> None:
    at = story.ledger.entries[-1].created_at
    story.move(10, 11, "t", "withdrawal", "A", None, 30)
    number = story.ask(12, 1, "balance", account="A", at=at)
    story.hear(13, number, seq=1, balance=100, at=at)
    assert story.kinds() == set()


def test_the_balance_of_a_moment_counts_what_was_there_by_then(story: Story) -> None:
    story.move(10, 11, "t", "withdrawal", "A", None, 30)
    number = story.ask(12, 1, "balance", account="A", at="2027")
    story.hear(13, number, seq=1, balance=100, at="2027")
    assert story.kinds() == {"order"}


def test_the_balance_now_is_after_the_last_entry(story: Story) -> None:
    story.move(10, 11, "t", "withdrawal", "A", None, 30)
    number = story.ask(12, 1, "balance", account="A", at=None)
    story.hear(13, number, seq=1, balance=100, at="2026-11-21T08:00:03Z")
    assert story.kinds() == {"order"}


def test_a_balance_that_never_stood_there(story: Story) -> None:
    story.read(10, 11, "A", 1, 99)
    assert story.kinds() == {"read"}


def page(story: Story, seqs: list[int], *, limit: int = 5, has_more: bool = False) -> None:
    chain = {entry.seq: entry for entry in story.ledger.entries if entry.account == "A"}
    fields = ("seq", "transaction", "amount", "balance_after", "created_at")
    lines = [{name: getattr(chain[seq], name) for name in fields} for seq in seqs]
    number = story.ask(90, 1, "history", account="A", limit=limit)
    story.hear(91, number, entries=lines, has_more=has_more)


@pytest.mark.parametrize(
    ("seqs", "how", "expected"),
    [
        ([3, 2, 1], {}, set()),
        ([3, 2], {"limit": 2, "has_more": True}, set()),
        ([3, 1], {}, {"read"}),
        ([3, 2], {}, {"read"}),
        ([2, 1], {}, {"order"}),
    ],
)
def test_pages_of_history(story: Story, seqs: list[int], how: dict[str, Any], expected: set[str]) -> None:
    story.move(10, 11, "x", "deposit", None, "A", 1)
    story.move(12, 13, "y", "deposit", None, "A", 1)
    page(story, seqs, **how)
    assert story.kinds() == expected


def test_a_refusal_is_true_at_some_moment(story: Story) -> None:
    number = story.ask_to_move(10, "t", "withdrawal", "A", None, 90)
    story.move(11, 30, "w", "withdrawal", "A", None, 20)
    story.hear(20, number, "fail", **story.refuse("t", "withdrawal", "A", None, 90))
    assert story.kinds() == set()


def test_a_refusal_that_was_never_true(story: Story) -> None:
    number = story.ask_to_move(10, "t", "withdrawal", "A", None, 90)
    story.hear(20, number, "fail", **story.refuse("t", "withdrawal", "A", None, 90))
    story.move(21, 30, "w", "withdrawal", "A", None, 20)
    assert story.kinds() == {"refusal"}


def test_a_refusal_after_the_money_was_seen_there(story: Story) -> None:
    story.move(5, 40, "d", "deposit", None, "A", 20)
    story.read(6, 7, "A", 2, 120)
    number = story.ask_to_move(10, "t", "withdrawal", "A", None, 110)
    story.hear(20, number, "fail", **story.refuse("t", "withdrawal", "A", None, 110))
    assert story.kinds() == {"refusal"}


def test_real_time_takes_few_edges() -> None:
    graph: Graph[int] = Graph()
    intervals = {number: (number, number + 8) for number in range(5000)}
    graph.add_real_time(intervals, "before")
    assert sum(map(len, graph.after.values())) < 10 * len(intervals)
    assert graph.cycle() == []
    graph.add(4999, 0, "sees")
    assert [reason for _, reason in graph.cycle()].count("sees") == 1
