"""acmt.024.001.04, IdentificationVerificationReport: a bank's answer whether a name fits an IBAN."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chalicelib.domain.clearing import parts
from chalicelib.domain.clearing.acmt023 import PayeeQuestions
from chalicelib.domain.clearing.fields import NAME_MAX, read_message, read_reference, read_text
from chalicelib.domain.clearing.node import Invalid
from chalicelib.domain.clearing.sepa_text import sepa_text
from chalicelib.domain.payments.payee_name import Comparison, Result
from chalicelib.domain.xml_builder import Element, child, document, render

NAME = "acmt.024.001.04"
NAMESPACE = parts.NAMESPACE + NAME
REASONS: Final[Mapping[Result, str]] = {"close_match": "CMTC", "no_match": "NMTC", "not_possible": "NOAP"}
"""The results of the European Payments Council's Verification of Payee, beside the `false` that the message has."""


@dataclass(frozen=True)
class PayeeReport:
    """An answer. A name is told only if the asked one is close to it."""

    question_id: str
    is_match: bool
    name: str | None


@dataclass(frozen=True)
class PayeeAnswer:
    """This bank's answer to a question of another one."""

    question_id: str
    comparison: Comparison


def build(
    message_id: str, asked: PayeeQuestions, answers: Sequence[PayeeAnswer], own_bic: str, created_at: datetime
) -> str:
    """Return the answers to a message. A name is told only if the asked one is close to it."""
    root = document(NAMESPACE)
    message = child(root, "IdVrfctnRpt")
    assignment = child(message, "Assgnmt")
    child(assignment, "MsgId", parts.reference(message_id))
    child(assignment, "CreDtTm", parts.moment(created_at))
    parts.agent(assignment, "Assgnr/Agt", own_bic)
    parts.agent(assignment, "Assgne/Agt", asked.sender_bic)
    child(message, "OrgnlAssgnmt/MsgId", asked.message_id)
    for one in answers:
        _report(child(message, "Rpt"), one)
    return render(root)


def _report(report: Element, answer: PayeeAnswer) -> None:
    compared = answer.comparison
    child(report, "OrgnlId", answer.question_id)
    child(report, "Vrfctn", "true" if compared.result == "match" else "false")
    if compared.result != "match":
        child(report, "Rsn/Prtry", REASONS[compared.result])
    if compared.result == "close_match" and compared.name:
        child(report, "UpdtdPtyAndAcctId/Pty/Nm", sepa_text(compared.name, NAME_MAX))


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
