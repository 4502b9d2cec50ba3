"""pacs.028.001.03, FIToFIPaymentStatusRequest: asks for the status of payments that were not answered."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.clearing import parts
from chalicelib.domain.clearing.original_payment import OriginalPayment, write_original
from chalicelib.domain.xml_builder import child, document, render

NAME = "pacs.028.001.03"
NAMESPACE = parts.NAMESPACE + NAME


@dataclass(frozen=True)
class StatusRequest:
    """An inquiry after payments."""

    message_id: str
    payments: tuple[OriginalPayment, ...]
    sender_bic: str | None = None


def build(request: StatusRequest, created_at: datetime) -> str:
    """Return the message. Raises ValueError for a request after no payment."""
    if not request.payments:
        raise ValueError("a status request names a payment")
    root = document(NAMESPACE)
    message = child(root, "FIToFIPmtStsReq")
    parts.header(message, request.message_id, created_at, request.sender_bic)
    for number, payment in enumerate(request.payments, start=1):
        element = child(message, "TxInf")
        child(element, "StsReqId", str(number))
        write_original(element, payment)
    return render(root)
