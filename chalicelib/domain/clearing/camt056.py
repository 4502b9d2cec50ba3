"""camt.056.001.08, FIToFIPaymentCancellationRequest: the payer's bank asks for settled money back."""

from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain.clearing import parts
from chalicelib.domain.clearing.fields import (
    Reason,
    read_amount,
    read_bic,
    read_day,
    read_message,
    read_reason,
    read_reference,
)
from chalicelib.domain.clearing.node import Invalid, Node
from chalicelib.domain.clearing.original_payment import OriginalPayment, read_original, write_original
from chalicelib.domain.xml_builder import Element, child, document, render

NAME = "camt.056.001.08"
NAMESPACE = parts.NAMESPACE + NAME


@dataclass(frozen=True)
class Recall:
    """A request to give a payment back. `amount` is what was paid, in minor units."""

    recall_id: str
    original: OriginalPayment
    amount: int
    currency: str
    settlement_date: date
    reason: Reason


@dataclass(frozen=True)
class RecallRequest:
    """Recalls in one message, from one bank to another."""

    message_id: str
    recalls: tuple[Recall, ...]
    sender_bic: str | None = None
    receiver_bic: str | None = None


def build(request: RecallRequest, created_at: datetime) -> str:
    """Return the message. Raises ValueError for a request that recalls nothing."""
    if not request.recalls:
        raise ValueError("a recall request names a payment")
    root = document(NAMESPACE)
    message = child(root, "FIToFIPmtCxlReq")
    parts.assignment(message, request.message_id, created_at, request.sender_bic, request.receiver_bic)
    child(message, "CtrlData/NbOfTxs", str(len(request.recalls)))
    underlying = child(message, "Undrlyg")
    for recall in request.recalls:
        _write_recall(child(underlying, "TxInf"), recall)
    return render(root)


def _write_recall(parent: Element, recall: Recall) -> None:
    child(parent, "CxlId", parts.reference(recall.recall_id))
    write_original(parent, recall.original)
    parts.amount(parent, "OrgnlIntrBkSttlmAmt", recall.amount, recall.currency)
    child(parent, "OrgnlIntrBkSttlmDt", recall.settlement_date.isoformat())
    parts.reason(parent, "CxlRsnInf", recall.reason)


def parse(received: bytes) -> RecallRequest:
    """Return the recalls. Raises XmlRefused, and Invalid for a message that must be refused whole."""
    message = read_message(received, NAMESPACE, "FIToFIPmtCxlReq")
    recalls = tuple(_parse_recall(one) for one in message.all("Undrlyg/TxInf"))
    if not recalls:
        raise Invalid("FF01", message.path, "has no Undrlyg/TxInf")
    return RecallRequest(
        read_reference(message, "Assgnmt/Id"),
        recalls,
        read_bic(message, "Assgnmt/Assgnr/Agt"),
        read_bic(message, "Assgnmt/Assgne/Agt"),
    )


def _parse_recall(node: Node) -> Recall:
    amount, currency = read_amount(node, "OrgnlIntrBkSttlmAmt")
    day, reason = read_day(node, "OrgnlIntrBkSttlmDt"), read_reason(node, "CxlRsnInf")
    if day is None:
        raise Invalid("DT01", f"{node.path}/OrgnlIntrBkSttlmDt", "is missing")
    if reason is None:
        raise Invalid("FF01", f"{node.path}/CxlRsnInf", "has no reason")
    return Recall(read_reference(node, "CxlId"), read_original(node), amount, currency, day, reason)
