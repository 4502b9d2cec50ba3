"""Steps on the trace of a payment between banks, in words for people."""

from collections.abc import Mapping
from typing import Final

from chalicelib.domain.clearing.states import Message

_CONTRADICTION: Final = "contradiction: "
FORWARDED: Final = "forwarded"

STEPS: Mapping[str, str] = {
    "waiting": "It waits for the bank's approval.",
    "queued": "It is ready to be sent.",
    "submitted": "It was sent to the clearing.",
    "settled": "The other bank has accepted it.",
    "rejected": "It was rejected. The money is free again.",
    "returned": "The other bank has sent the money back.",
    "recall_requested": "The money was asked back.",
    "recall_pending": "The other bank is asking the payee.",
    "recall_accepted": "The other bank agrees to give the money back.",
    "recall_refused": "The other bank keeps the money.",
    "cancelled": "Its payer has cancelled it.",
    "given_up": "The bank has given it up before it was sent.",
    "inquired": "The bank has asked for the missing answer.",
    "postponed": "The settlement moved to a later day, because it was sent late.",
    "sent_again": "Its message was sent again, under the same id.",
    "settled_by_hand": "The bank has settled it without an answer.",
    "voided_by_hand": "The bank has given it up without an answer.",
    FORWARDED: "The money that came back went to another account of the payer.",
}
CONTRADICTIONS: Mapping[Message, str] = {
    "acceptance": "A message says that it was accepted, against what was done. The bank looks into it.",
    "rejection": "A message says that it was rejected, against what was done. The bank looks into it.",
    "progress": "A message says that it is under way, against what was done. The bank looks into it.",
    "return": "A message sends it back, against what was done. The bank looks into it.",
    "recall_refusal": "A message refuses a recall, against what was done. The bank looks into it.",
}
"""By the message of the other side that contradicts what was done."""


def contradiction(message: Message) -> str:
    """Return the step for a message that contradicts what was done."""
    return f"{_CONTRADICTION}{message}"


def describe(step: str) -> str:
    """Return the words for a step. One without words is described by itself."""
    contradictions: Mapping[str, str] = {contradiction(message): text for message, text in CONTRADICTIONS.items()}
    return STEPS.get(step) or contradictions.get(step) or step
