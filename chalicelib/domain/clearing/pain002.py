"""pain.002.001.10, CustomerPaymentStatusReport: what became of a file of payments, for the customer."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chalicelib.domain.clearing import pain001, parts
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.xml_builder import Element, child, document, render

NAME = "pain.002.001.10"
NAMESPACE = parts.NAMESPACE + NAME

FilePaymentStatus = Literal["ACSC", "ACSP", "PDNG", "RJCT"]
"""Settled, accepted and on its way, waiting, refused or rejected."""

FileStatus = Literal["ACSC", "ACSP", "PDNG", "PART", "RJCT"]


@dataclass(frozen=True)
class ReportedPayment:
    """A payment of the file. `path` is the XPath of what is wrong in the file."""

    end_to_end_id: str | None
    status: FilePaymentStatus
    reason: Reason | None = None
    path: str | None = None
    uetr: str | None = None


@dataclass(frozen=True)
class ReportedGroup:
    """The payments of one `PmtInf`."""

    id: str
    payments: tuple[ReportedPayment, ...]


@dataclass(frozen=True)
class FileReport:
    """The report on a file. A file that was refused whole has a reason and no groups."""

    message_id: str
    file_message_id: str
    groups: tuple[ReportedGroup, ...] = ()
    reason: Reason | None = None
    path: str | None = None
    sender_bic: str | None = None


def status_of(payments: tuple[ReportedPayment, ...]) -> FileStatus:
    """Return the status of payments together: their own if all have the same, PART if some are rejected."""
    statuses = {payment.status for payment in payments}
    if not statuses or statuses == {"RJCT"}:
        return "RJCT"
    if "RJCT" in statuses:
        return "PART"
    if statuses == {"ACSC"}:
        return "ACSC"
    return "PDNG" if "PDNG" in statuses else "ACSP"


def build(report: FileReport, created_at: datetime) -> str:
    """Return the message."""
    root = document(NAMESPACE)
    message = child(root, "CstmrPmtStsRpt")
    header = child(message, "GrpHdr")
    child(header, "MsgId", parts.reference(report.message_id))
    child(header, "CreDtTm", parts.moment(created_at))
    parts.agent(header, "DbtrAgt", report.sender_bic)
    every = tuple(payment for group in report.groups for payment in group.payments)
    whole = child(message, "OrgnlGrpInfAndSts")
    child(whole, "OrgnlMsgId", report.file_message_id[: parts.REFERENCE_MAX])
    child(whole, "OrgnlMsgNmId", pain001.NAME)
    child(whole, "GrpSts", "RJCT" if report.reason else status_of(every))
    parts.reason(whole, "StsRsnInf", report.reason, report.path)
    _write_counts(whole, every)
    for group in report.groups:
        _write_group(child(message, "OrgnlPmtInfAndSts"), group)
    return render(root)


def _write_group(parent: Element, group: ReportedGroup) -> None:
    child(parent, "OrgnlPmtInfId", group.id[: parts.REFERENCE_MAX])
    child(parent, "PmtInfSts", status_of(group.payments))
    _write_counts(parent, group.payments)
    for payment in group.payments:
        element = child(parent, "TxInfAndSts")
        if payment.end_to_end_id:
            child(element, "OrgnlEndToEndId", payment.end_to_end_id[: parts.REFERENCE_MAX])
        if payment.uetr:
            child(element, "OrgnlUETR", payment.uetr)
        child(element, "TxSts", payment.status)
        parts.reason(element, "StsRsnInf", payment.reason, payment.path)


def _write_counts(parent: Element, payments: tuple[ReportedPayment, ...]) -> None:
    for status, count in sorted(Counter(payment.status for payment in payments).items()):
        counts = child(parent, "NbOfTxsPerSts")
        child(counts, "DtldNbOfTxs", str(count))
        child(counts, "DtldSts", status)
