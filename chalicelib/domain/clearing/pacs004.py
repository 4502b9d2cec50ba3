"""pacs.004.001.09, PaymentReturn: money of settled payments comes back."""

from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain.clearing import parts
from chalicelib.domain.clearing.fields import (
    Reason,
    read_amount,
    read_bic,
    read_count,
    read_day,
    read_message,
    read_reason,
    read_reference,
    require_total,
)
from chalicelib.domain.clearing.node import Invalid, Node
from chalicelib.domain.clearing.original_payment import OriginalPayment, read_original, write_original
from chalicelib.domain.xml_builder import Element, child, document, render

NAME = "pacs.004.001.09"
NAMESPACE = parts.NAMESPACE + NAME


@dataclass(frozen=True)
class PaymentReturn:
    """A return. `amount` is in minor units: what comes back, which may be less than what was paid."""

    return_id: str
    original: OriginalPayment
    amount: int
    currency: str
    settlement_date: date
    reason: Reason


@dataclass(frozen=True)
class ReturnBatch:
    """Returns in one message. They have one currency and one settlement date."""

    message_id: str
    returns: tuple[PaymentReturn, ...]
    sender_bic: str | None = None


def build(batch: ReturnBatch, created_at: datetime) -> str:
    """Return the message. Raises ValueError for returns that cannot be in one."""
    if len({(one.currency, one.settlement_date) for one in batch.returns}) != 1:
        raise ValueError("returns of a message have one currency and one settlement date")
    root = document(NAMESPACE)
    message = child(root, "PmtRtr")
    parts.settlement_header(
        message, batch.message_id, created_at, batch.returns, "TtlRtrdIntrBkSttlmAmt", batch.sender_bic
    )
    for one in batch.returns:
        _write_return(child(message, "TxInf"), one)
    return render(root)


def _write_return(parent: Element, one: PaymentReturn) -> None:
    child(parent, "RtrId", parts.reference(one.return_id))
    write_original(parent, one.original)
    parts.amount(parent, "RtrdIntrBkSttlmAmt", one.amount, one.currency)
    child(parent, "ChrgBr", "SLEV")
    parts.reason(parent, "RtrRsnInf", one.reason)


def parse(received: bytes) -> ReturnBatch:
    """Return the returns. Raises XmlRefused, and Invalid for a message that must be refused whole."""
    message = read_message(received, NAMESPACE, "PmtRtr")
    settled_on = read_day(message, "GrpHdr/IntrBkSttlmDt")
    returns = tuple(_parse_return(one, settled_on) for one in message.all("TxInf"))
    if not returns:
        raise Invalid("FF01", message.path, "has no TxInf")
    read_count(message, "GrpHdr/NbOfTxs", len(returns))
    total = sum(one.amount for one in returns)
    require_total(message, "GrpHdr/TtlRtrdIntrBkSttlmAmt", total, {one.currency for one in returns})
    return ReturnBatch(read_reference(message, "GrpHdr/MsgId"), returns, read_bic(message, "GrpHdr/InstgAgt"))


def _parse_return(node: Node, settled_on: date | None) -> PaymentReturn:
    amount, currency = read_amount(node, "RtrdIntrBkSttlmAmt")
    day, reason = read_day(node, "IntrBkSttlmDt") or settled_on, read_reason(node, "RtrRsnInf")
    if day is None:
        raise Invalid("DT01", f"{node.path}/IntrBkSttlmDt", "is missing, also in the header")
    if reason is None:
        raise Invalid("FF01", f"{node.path}/RtrRsnInf", "has no reason")
    return PaymentReturn(read_reference(node, "RtrId"), read_original(node), amount, currency, day, reason)
