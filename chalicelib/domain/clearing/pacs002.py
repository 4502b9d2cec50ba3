"""pacs.002.001.10, FIToFIPaymentStatusReport: what became of payments or of a whole message."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from chalicelib.domain.clearing import parts
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.fields import (
    Reason,
    read_bic,
    read_message,
    read_moment,
    read_reason,
    read_reference,
)
from chalicelib.domain.clearing.node import Invalid, Node
from chalicelib.domain.clearing.original_payment import (
    OriginalPayment,
    read_original,
    write_original,
    write_original_message,
)
from chalicelib.domain.xml_builder import Element, child, document, render

NAME = "pacs.002.001.10"
NAMESPACE = parts.NAMESPACE + NAME

Status = Literal["ACSC", "ACCC", "ACCP", "ACSP", "ACTC", "ACWC", "ACWP", "PDNG", "RCVD", "PART", "RJCT"]
"""ISO's statuses of payments and of groups. PART is of groups alone."""

_STATUSES: dict[str, Status] = {status: status for status in get_args(Status)}

SETTLED: Mapping[Rail, frozenset[Status]] = {
    "standard": frozenset({"ACSC", "ACCC"}),
    "instant": frozenset({"ACSC", "ACCC", "ACCP"}),
}
"""SEPA confirms instant payments by ACCP: the payee's bank has taken them on, and the clearing settles at once."""
CONFIRMED: Mapping[Rail, Status] = {"standard": "ACSC", "instant": "ACCP"}
"""How this bank confirms payments that came in."""
REJECTED: frozenset[Status] = frozenset({"RJCT"})
"""The final statuses. After any other one, the answer is still to come."""


@dataclass(frozen=True)
class GroupStatus:
    """The status of a whole message. It holds for each of its payments unless it is PART."""

    message_id: str
    message_name: str
    status: Status | None = None
    reason: Reason | None = None


@dataclass(frozen=True)
class PaymentStatus:
    """The status of one payment. The original message is the group's unless the payment names its own."""

    original: OriginalPayment
    status: Status
    reason: Reason | None = None
    accepted_at: datetime | None = None


@dataclass(frozen=True)
class StatusReport:
    """A report. It has statuses of payments, of groups, or both."""

    message_id: str
    groups: tuple[GroupStatus, ...] = ()
    payments: tuple[PaymentStatus, ...] = ()
    sender_bic: str | None = None


def build(report: StatusReport, created_at: datetime) -> str:
    """Return the message. Raises ValueError for a report that says nothing."""
    if not any(group.status for group in report.groups) and not report.payments:
        raise ValueError("a status report has a status")
    root = document(NAMESPACE)
    message = child(root, "FIToFIPmtStsRpt")
    parts.header(message, report.message_id, created_at, report.sender_bic)
    for group in report.groups:
        _write_group(child(message, "OrgnlGrpInfAndSts"), group)
    for payment in report.payments:
        _write_payment(child(message, "TxInfAndSts"), payment)
    return render(root)


def _write_group(parent: Element, group: GroupStatus) -> None:
    write_original_message(parent, group.message_id, group.message_name)
    if group.status:
        child(parent, "GrpSts", group.status)
    parts.reason(parent, "StsRsnInf", group.reason)


def _write_payment(parent: Element, payment: PaymentStatus) -> None:
    write_original(parent, payment.original)
    child(parent, "TxSts", payment.status)
    parts.reason(parent, "StsRsnInf", payment.reason)
    if payment.accepted_at:
        child(parent, "AccptncDtTm", parts.moment(payment.accepted_at))


def parse(received: bytes) -> StatusReport:
    """Return the statuses. Raises XmlRefused, and Invalid for a report that cannot be applied as a whole."""
    message = read_message(received, NAMESPACE, "FIToFIPmtStsRpt")
    groups = tuple(_parse_group(one) for one in message.all("OrgnlGrpInfAndSts"))
    payments = tuple(_parse_payment(one) for one in message.all("TxInfAndSts"))
    if not any(group.status for group in groups) and not payments:
        raise Invalid("FF01", message.path, "has no status")
    return StatusReport(read_reference(message, "GrpHdr/MsgId"), groups, payments, read_bic(message, "GrpHdr/InstgAgt"))


def _parse_group(node: Node) -> GroupStatus:
    return GroupStatus(
        read_reference(node, "OrgnlMsgId"),
        read_reference(node, "OrgnlMsgNmId"),
        _parse_status(node, "GrpSts"),
        read_reason(node, "StsRsnInf"),
    )


def _parse_payment(node: Node) -> PaymentStatus:
    status = _parse_status(node, "TxSts")
    if status is None or status == "PART":
        raise Invalid("FF01", f"{node.path}/TxSts", "is missing, or no status of a payment")
    return PaymentStatus(read_original(node), status, read_reason(node, "StsRsnInf"), read_moment(node, "AccptncDtTm"))


def _parse_status(node: Node, path: str) -> Status | None:
    text = node.text(path)
    if text is None:
        return None
    status = _STATUSES.get(text)
    if status is None:
        raise Invalid("FF01", f"{node.path}/{path}", "is a status that is not known")
    return status
