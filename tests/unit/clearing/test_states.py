"""The table of states of a payment to another bank: every message in every state."""

from itertools import permutations, product
from typing import get_args

import pytest

from chalicelib.domain.clearing.states import MESSAGES, STATES, Effect, Message, State, Step, step

NOTHING: dict[State, set[Message]] = {
    "waiting": set(),
    "queued": {"approval"},
    "submitted": {"approval", "submission", "progress"},
    "settled": {"approval", "submission", "acceptance", "progress", "recall_refusal"},
    "rejected": {"cancellation", "submission", "rejection", "progress"},
    "returned": {"approval", "submission", "acceptance", "progress", "return", "recall_refusal"},
    "recall_requested": {"approval", "submission", "acceptance", "progress", "recall"},
}
"""Messages that change nothing, and are no reason for alarm: they came again, or late."""
MOVES: dict[tuple[State, Message], tuple[State, Effect]] = {
    ("waiting", "approval"): ("queued", "none"),
    ("waiting", "cancellation"): ("rejected", "release"),
    ("queued", "cancellation"): ("rejected", "release"),
    ("queued", "submission"): ("submitted", "none"),
    ("submitted", "acceptance"): ("settled", "settle"),
    ("submitted", "rejection"): ("rejected", "release"),
    ("submitted", "return"): ("returned", "settle_and_give_back"),
    ("settled", "return"): ("returned", "give_back"),
    ("settled", "recall"): ("recall_requested", "none"),
    ("recall_requested", "return"): ("returned", "give_back"),
    ("recall_requested", "recall_refusal"): ("settled", "none"),
}


def test_every_state_and_message_is_in_the_tables() -> None:
    assert (get_args(State), get_args(Message)) == (STATES, MESSAGES)
    assert set(NOTHING) == set(STATES)


@pytest.mark.parametrize(("state", "message"), list(product(STATES, MESSAGES)))
def test_a_message_does_what_the_table_says(state: State, message: Message) -> None:
    found = step(state, message)
    if (state, message) in MOVES:
        assert found == Step(*MOVES[state, message])
    else:
        assert found == Step(state, "none", is_alarm=message not in NOTHING[state])


@pytest.mark.parametrize(("first", "late"), [("acceptance", "rejection"), ("rejection", "acceptance")])
def test_an_answer_against_the_first_rings_an_alarm_and_does_nothing(first: Message, late: Message) -> None:
    answered = step("submitted", first).state
    assert step(answered, late) == Step(answered, "none", is_alarm=True)


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_again_has_no_second_effect(message: Message) -> None:
    for state in STATES:
        once = step(state, message)
        again = step(once.state, message)
        assert (again.state, again.effect) == (once.state, "none")


@pytest.mark.parametrize("messages", list(permutations(["submission", "acceptance", "return", "progress"])))
def test_order_does_not_matter_to_the_money(messages: tuple[Message, ...]) -> None:
    """What is accepted and returned ends as returned: the money has left once, and come back once."""
    state: State = "submitted"
    effects: list[Effect] = []
    for message in messages:
        done = step(state, message)
        assert not done.is_alarm
        state = done.state
        effects.append(done.effect)
    assert state == "returned"
    moved = [one for one in effects if one != "none"]
    assert moved in (["settle", "give_back"], ["settle_and_give_back"])


def test_nothing_moves_money_after_it_was_released() -> None:
    assert {step("rejected", message).effect for message in MESSAGES} == {"none"}


def test_what_was_submitted_is_never_released_without_an_answer() -> None:
    assert {message for message in MESSAGES if step("submitted", message).effect == "release"} == {"rejection"}
