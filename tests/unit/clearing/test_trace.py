"""The words for the steps of a payment between banks."""

import pytest

from chalicelib.domain.clearing import trace
from chalicelib.domain.clearing.states import STATES, Message
from chalicelib.services.clearing import desk, hand_decisions, inquiries


@pytest.mark.parametrize(
    "step", [*STATES, inquiries.INQUIRED, desk.SENT_AGAIN, hand_decisions.SETTLED, hand_decisions.VOIDED]
)
def test_each_state_and_act_of_staff_has_words(step: str) -> None:
    assert trace.describe(step) == trace.STEPS[step]


@pytest.mark.parametrize("message", sorted(trace.CONTRADICTIONS))
def test_contradiction_has_words_that_say_what_came(message: Message) -> None:
    assert trace.describe(trace.contradiction(message)) == trace.CONTRADICTIONS[message]


def test_unknown_step_is_described_by_itself() -> None:
    assert trace.describe("lost") == "lost"
