"""acmt.024.001.04, IdentificationVerificationReport: another bank's answer whether a name fits an IBAN."""

from dataclasses import dataclass

from chalicelib.domain.clearing import parts
from chalicelib.domain.clearing.fields import NAME_MAX, read_message, read_reference, read_text
from chalicelib.domain.clearing.node import Invalid

NAME = "acmt.024.001.04"
NAMESPACE = parts.NAMESPACE + NAME


@dataclass(frozen=True)
class PayeeReport:
    """An answer. A name is told only if the asked one is close to it."""

    question_id: str
    is_match: bool
    name: str | None


def parse(received: bytes) -> PayeeReport:
    """Return the answer to one question. Raises XmlRefused, Invalid."""
    message = read_message(received, NAMESPACE, "IdVrfctnRpt")
    reports = list(message.all("Rpt"))
    if len(reports) != 1:
        raise Invalid("FF01", message.path, f"has {len(reports)} reports, not one")
    [report] = reports
    verdict = report.require("Vrfctn")
    if verdict not in {"true", "false", "1", "0"}:
        raise Invalid("FF01", f"{report.path}/Vrfctn", "is neither true nor false")
    is_match = verdict in {"true", "1"}
    name = None if is_match else read_text(report, "UpdtdPtyAndAcctId/Pty/Nm", NAME_MAX)
    return PayeeReport(read_reference(report, "OrgnlId"), is_match, name)
