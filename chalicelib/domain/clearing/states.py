"""The states of a payment to another bank, and what each message does in each of them.

One table decides: the request that cancels, the run that submits, the reader of the clearing's messages and the staff
who end a payment by hand all ask it. A message that comes again, or late, has no effect a second time. A message that
contradicts what has been done rings an alarm and has no effect: people must look at it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

State = Literal["waiting", "queued", "submitted", "settled", "rejected", "returned", "recall_requested"]
"""`waiting`: for an approval. `queued`: for the clearing's next cycle. `submitted`: for the clearing's answer."""

Message = Literal[
    "approval",
    "cancellation",
    "submission",
    "acceptance",
    "rejection",
    "progress",
    "return",
    "recall",
    "recall_refusal",
]
"""What can happen to a payment. `acceptance`, `rejection` and `progress` are answers of a pacs.002, `return` is a
pacs.004, `recall` our camt.056, `recall_refusal` a camt.029."""

Effect = Literal["none", "release", "settle", "give_back", "settle_and_give_back"]
"""On the ledger. `release` voids, `settle` posts, and `give_back` credits the payer with what came back."""

STATES: Final[tuple[State, ...]] = get_args(State)
MESSAGES: Final[tuple[Message, ...]] = get_args(Message)
LISTED: Final[frozenset[State]] = frozenset(STATES) - {"waiting"}
"""States of payments that were handed over to the clearing."""


@dataclass(frozen=True)
class Step:
    """The state after a message, its effect on the ledger, and whether people must look at it."""

    state: State
    effect: Effect = "none"
    is_alarm: bool = False


_STEPS: Mapping[State, Mapping[Message, Step]] = {
    "waiting": {
        "approval": Step("queued"),
        "cancellation": Step("rejected", "release"),
    },
    "queued": {
        "approval": Step("queued"),
        "cancellation": Step("rejected", "release"),
        "submission": Step("submitted"),
    },
    "submitted": {
        "approval": Step("submitted"),
        "submission": Step("submitted"),
        "acceptance": Step("settled", "settle"),
        "rejection": Step("rejected", "release"),
        "progress": Step("submitted"),
        # Messages overtake each other: what comes back was accepted before.
        "return": Step("returned", "settle_and_give_back"),
    },
    "settled": {
        "approval": Step("settled"),
        "submission": Step("settled"),
        "acceptance": Step("settled"),
        "progress": Step("settled"),
        "return": Step("returned", "give_back"),
        "recall": Step("recall_requested"),
        "recall_refusal": Step("settled"),
    },
    "rejected": {
        "cancellation": Step("rejected"),
        "submission": Step("rejected"),
        "rejection": Step("rejected"),
        "progress": Step("rejected"),
    },
    "returned": {
        "approval": Step("returned"),
        "submission": Step("returned"),
        "acceptance": Step("returned"),
        "progress": Step("returned"),
        "return": Step("returned"),
        "recall_refusal": Step("returned"),
    },
    "recall_requested": {
        "approval": Step("recall_requested"),
        "submission": Step("recall_requested"),
        "acceptance": Step("recall_requested"),
        "progress": Step("recall_requested"),
        "return": Step("returned", "give_back"),
        "recall": Step("recall_requested"),
        "recall_refusal": Step("settled"),
    },
}


def step(state: State, message: Message) -> Step:
    """Return what a message does to a payment in a state. What the table does not have changes nothing: an alarm."""
    return _STEPS[state].get(message, Step(state, is_alarm=True))
