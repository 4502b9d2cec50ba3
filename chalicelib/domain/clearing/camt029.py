"""camt.029.001.09, ResolutionOfInvestigation: the answer to a recall. If it is yes, a return brings the money."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chalicelib.domain.clearing import parts
from chalicelib.domain.clearing.fields import (
    Reason,
    read_bic,
    read_message,
    read_optional_reference,
    read_reason,
    read_reference,
)
from chalicelib.domain.clearing.node import Invalid, Node
from chalicelib.domain.clearing.original_payment import OriginalPayment, read_original, write_original
from chalicelib.domain.xml_builder import Element, child, document, render

NAME = "camt.029.001.09"
NAMESPACE = parts.NAMESPACE + NAME

Decision = Literal["accepted", "refused", "pending"]
_STATUSES: dict[Decision, str] = {"accepted": "ACCR", "refused": "RJCR", "pending": "PDCR"}
_DECISIONS: dict[str, Decision] = {status: decision for decision, status in _STATUSES.items()}
_CONFIRMATIONS: dict[Decision, str] = {"accepted": "CNCL", "refused": "RJCR", "pending": "PDCR"}


@dataclass(frozen=True)
class RecallAnswer:
    """The answer to one recall. A refusal has a reason, such as CUST or NOAS."""

    answer_id: str
    recall_id: str | None
    original: OriginalPayment
    decision: Decision
    reason: Reason | None = None


@dataclass(frozen=True)
class Resolution:
    """Answers in one message, from one bank to another, all with one decision."""

    message_id: str
    answers: tuple[RecallAnswer, ...]
    sender_bic: str | None = None
    receiver_bic: str | None = None


def build(resolution: Resolution, created_at: datetime) -> str:
    """Return the message. Raises ValueError for no answer, several decisions, or a refusal without a reason."""
    if len({answer.decision for answer in resolution.answers}) != 1:
        raise ValueError("answers of a message have one decision")
    if any(answer.decision == "refused" and answer.reason is None for answer in resolution.answers):
        raise ValueError("a refused recall has a reason")
    root = document(NAMESPACE)
    message = child(root, "RsltnOfInvstgtn")
    parts.assignment(message, resolution.message_id, created_at, resolution.sender_bic, resolution.receiver_bic)
    child(message, "Sts/Conf", _CONFIRMATIONS[resolution.answers[0].decision])
    details = child(message, "CxlDtls")
    for answer in resolution.answers:
        _write_answer(child(details, "TxInfAndSts"), answer, resolution.receiver_bic)
    return render(root)


def _write_answer(parent: Element, answer: RecallAnswer, recalled_by: str | None) -> None:
    child(parent, "CxlStsId", parts.reference(answer.answer_id))
    if answer.recall_id:
        case = child(parent, "RslvdCase")
        child(case, "Id", parts.reference(answer.recall_id))
        parts.agent(case, "Cretr/Agt", recalled_by)
    write_original(parent, answer.original)
    child(parent, "TxCxlSts", _STATUSES[answer.decision])
    parts.reason(parent, "CxlStsRsnInf", answer.reason)


def parse(received: bytes) -> Resolution:
    """Return the answers. Raises XmlRefused, and Invalid for a message that must be refused whole."""
    message = read_message(received, NAMESPACE, "RsltnOfInvstgtn")
    answers = tuple(_parse_answer(one) for one in message.all("CxlDtls/TxInfAndSts"))
    if not answers:
        raise Invalid("FF01", message.path, "has no CxlDtls/TxInfAndSts")
    return Resolution(
        read_reference(message, "Assgnmt/Id"),
        answers,
        read_bic(message, "Assgnmt/Assgnr/Agt"),
        read_bic(message, "Assgnmt/Assgne/Agt"),
    )


def _parse_answer(node: Node) -> RecallAnswer:
    decision, reason = _DECISIONS.get(node.require("TxCxlSts")), read_reason(node, "CxlStsRsnInf")
    if decision is None:
        raise Invalid("FF01", f"{node.path}/TxCxlSts", f"is none of {', '.join(_DECISIONS)}")
    if decision == "refused" and reason is None:
        raise Invalid("FF01", f"{node.path}/CxlStsRsnInf", "has no reason")
    return RecallAnswer(
        read_reference(node, "CxlStsId"),
        read_optional_reference(node, "RslvdCase/Id"),
        read_original(node),
        decision,
        reason,
    )
