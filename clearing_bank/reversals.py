"""Money that comes back: recalls, returns of either side, and returns that are due."""

from clearing_bank import advices, answers
from clearing_bank.clearing import Clearing, message_id
from clearing_bank.facts import Entry, Payment, entry_of
from clearing_bank.requests import Heading, Mention
from clearing_bank.store import Answer

BY_RECALL = "FOCR"
"""ISO's reason of a return that follows a recall."""


def answer_recall(clearing: Clearing, mention: Mention, heading: Heading) -> list[Answer]:
    """Give the money of a recalled payment back, or refuse.

    One that is kept silent gets no answer, until a return by command.
    """
    payment = clearing.payment_of(mention)
    if payment and payment.behaviour.kind == "silent-recall" and payment.state == "settled":
        return []
    code = _refusal_of(payment)
    if payment and code is None:
        return give_back(clearing, payment, BY_RECALL)
    own_id = message_id("RSL", heading.sender_bic, heading.message_id, mention.id)
    refused = answers.recall_refusal(own_id, mention, payment, code or "NOOR", heading.sender_bic, clearing.now)
    return [Answer(refused)]


def _refusal_of(payment: Payment | None) -> str | None:
    """Return why a recall is refused, or None. One that came again after half of its work gets its return again."""
    if payment is None or payment.direction != "from_member" or payment.state in ("received", "rejected"):
        return "NOOR"
    if payment.state == "returned":
        return None if payment.code == BY_RECALL else "ARDT"
    return payment.behaviour.code if payment.behaviour.kind == "refuse-recall" else None


def give_back(clearing: Clearing, payment: Payment, code: str) -> list[Answer]:
    """Return a settled payment to the member: a pacs.004, and an advice. A second time it returns the same."""
    entry = _book_back(clearing, payment, code)
    return [
        Answer(answers.payment_return(entry.reference, payment, code, entry.day, clearing.now)),
        Answer(advices.notification(message_id("NTF", payment.uetr, "return"), entry, clearing.now)),
    ]


def take_return(clearing: Clearing, mention: Mention, heading: Heading) -> list[Answer]:
    """Take a payment back that the member cannot or will not keep."""
    return _take_back(clearing, mention, mention.code or "MS03")


def take_status(clearing: Clearing, mention: Mention, heading: Heading) -> list[Answer]:
    """Take a payment back that the member has rejected; its other statuses change nothing."""
    return _take_back(clearing, mention, mention.code or "MS03") if mention.status == "RJCT" else []


def _take_back(clearing: Clearing, mention: Mention, code: str) -> list[Answer]:
    payment = clearing.payment_of(mention)
    if payment is None or payment.direction != "to_member" or payment.state == "received":
        return []
    entry = _book_back(clearing, payment, code)
    return [Answer(advices.notification(message_id("NTF", payment.uetr, "return"), entry, clearing.now))]


def _book_back(clearing: Clearing, payment: Payment, code: str) -> Entry:
    """Book a return, once."""
    reference = message_id("RTN", payment.uetr)
    entry = entry_of([payment], reference, clearing.today, reference, is_return=True)
    clearing.store.replace_payment(payment.with_state("returned", code), expected=payment)
    return clearing.store.add_entry(entry)


def send_due(clearing: Clearing) -> int:
    """Send the returns that are due, and return how many."""
    each = clearing.store.due(clearing.now.date())
    for due in each:
        payment = clearing.store.payment(due.uetr)
        if payment and (payment.state == "settled" or (payment.state, payment.code) == ("returned", due.code)):
            clearing.send(*give_back(clearing, payment, due.code))
        clearing.store.finish(due)
    return len(each)
