"""Answers to recalls by other banks: a refusal, or a return of the money. Each may be sent again, under its id."""

from chalicelib import clock, config
from chalicelib.domain.clearing import camt029, pacs004, pacs008
from chalicelib.domain.clearing.camt029 import RecallAnswer, Resolution
from chalicelib.domain.clearing.camt056 import Recall
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.identity import reference_of
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.clearing.pacs004 import PaymentReturn, ReturnBatch
from chalicelib.domain.clearing.settlement_date import settlement_date_of
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.models.clearing.received_recall import ReceivedRecall
from chalicelib.services.clearing import adapter

RETURNED, RECALLED = "ARDT", "FOCR"
ANSWER_ID_CHARACTERS = 30


def refuse_at_once(one: Recall, code: str) -> None:
    """Send a refusal that no people decide about. One recall gets one id, so the other bank takes it once."""
    answer_id = digest(["recall", one.recall_id, one.original.uetr])[:ANSWER_ID_CHARACTERS]
    refused = RecallAnswer(answer_id, one.recall_id, one.original, "refused", Reason(code))
    adapter.send(camt029.build(Resolution(answer_id, (refused,), config.bank_bic()), clock.now()))


def answer_again(known: ReceivedRecall, one: Recall) -> None:
    """Answer a recall of a payment that was recalled before.

    A recall under another id gets an answer that names it: the other bank knows the earlier answer, and skips its id.
    """
    if known.recall_id == one.recall_id:
        send(known)
    elif known.status != "open":
        refuse_at_once(one, RETURNED if known.return_id else str(known.refusal_code))


def send(found: ReceivedRecall) -> None:
    """Send the answer of a recall, if it has one."""
    if found.status == "open":
        return
    original = OriginalPayment(
        found.original_id, pacs008.NAME, found.original_transaction_id, found.end_to_end_id, found.uetr
    )
    answer_id, now = reference_of(found.id), clock.now()
    if found.return_id:
        zone = config.timezone()
        day = settlement_date_of(found.rail, now.astimezone(zone).date(), now, zone)
        back = PaymentReturn(answer_id, original, found.amount, found.currency, day, Reason(RECALLED))
        adapter.send(pacs004.build(ReturnBatch(answer_id, (back,), config.bank_bic()), now))
    else:
        reason = Reason(str(found.refusal_code))
        refused = RecallAnswer(answer_id, found.recall_id, original, "refused", reason)
        adapter.send(camt029.build(Resolution(answer_id, (refused,), config.bank_bic()), now))
