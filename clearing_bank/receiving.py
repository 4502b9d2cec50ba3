"""What the clearing does with a message of its member."""

from collections.abc import Callable

from clearing_bank import answers, requests, reversals, submissions, verification
from clearing_bank.clearing import Clearing, message_id
from clearing_bank.requests import Heading, Mention
from clearing_bank.store import Answer
from clearing_bank.xml_node import Message, XmlRefused, parse

_HANDLERS: dict[str, Callable[[Clearing, Mention, Heading], list[Answer]]] = {
    "pacs.028": submissions.answer_inquiry,
    "camt.056": reversals.answer_recall,
    "pacs.004": reversals.take_return,
    "pacs.002": reversals.take_status,
}
"""By the first eight letters of a message's name. Other messages are kept and get no answer."""


def receive(clearing: Clearing, document: str) -> None:
    """Answer a message. One that comes again gets its first answers. Raises XmlRefused for what has no id."""
    message = parse(document)
    heading = requests.heading_of(message)
    known = clearing.store.answers_to(heading)
    if known is None:
        known = _answers(clearing, message, heading)
        clearing.store.save_answers(heading, known)
    clearing.send(*known)


def _answers(clearing: Clearing, message: Message, heading: Heading) -> list[Answer]:
    kind = message.name[:8]
    if kind == "acmt.024":
        verification.keep_report(clearing.store, message.body)
        return []
    try:
        if kind == "pacs.008":
            return submissions.take_payments(clearing, requests.payments_of(message), heading)
        each = requests.mentions_of(message)
    except XmlRefused:
        own_id = message_id("STS", heading.sender_bic, heading.message_id)
        return [Answer(answers.message_refusal(own_id, heading.message_id, message.name, clearing.now))]
    handler = _HANDLERS.get(kind)
    return [answer for one in each for answer in handler(clearing, one, heading)] if handler else []
