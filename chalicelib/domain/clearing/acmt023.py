"""acmt.023.001.04, IdentificationVerificationRequest: asks another bank whether a name fits an IBAN of it."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.clearing import parts
from chalicelib.domain.clearing.fields import read_bic, read_message, read_reference, read_text
from chalicelib.domain.clearing.node import Invalid, Node
from chalicelib.domain.clearing.sepa_text import sepa_text
from chalicelib.domain.xml_builder import child, document, render

NAME = "acmt.023.001.04"
NAMESPACE = parts.NAMESPACE + NAME
NAME_MAX = 140


@dataclass(frozen=True)
class PayeeQuestion:
    """A name as the payer has written it, and the IBAN that it is to fit."""

    message_id: str
    name: str
    iban: str
    sender_bic: str | None = None


@dataclass(frozen=True)
class PayeeQuestions:
    """Questions of another bank; the `message_id` of each is the id that its answer names."""

    message_id: str
    questions: tuple[PayeeQuestion, ...]
    sender_bic: str | None = None


def parse(received: bytes) -> PayeeQuestions:
    """Return the questions of a message. Raises XmlRefused, Invalid."""
    message = read_message(received, NAMESPACE, "IdVrfctnReq")
    nodes = list(message.all("Vrfctn"))
    if not nodes:
        raise Invalid("FF01", message.path, "has no Vrfctn")
    sender = read_bic(message, "Assgnmt/Assgnr/Agt")
    return PayeeQuestions(read_reference(message, "Assgnmt/MsgId"), tuple(map(_parse_question, nodes)), sender)


def _parse_question(node: Node) -> PayeeQuestion:
    name = read_text(node, "PtyAndAcctId/Pty/Nm", NAME_MAX)
    return PayeeQuestion(read_reference(node, "Id"), name or "", node.require("PtyAndAcctId/Acct/Id/IBAN"))


def build(question: PayeeQuestion, created_at: datetime) -> str:
    """Return the message. The name leaves the bank in SEPA's Latin set, as it would in the payment."""
    root = document(NAMESPACE)
    message = child(root, "IdVrfctnReq")
    assignment = child(message, "Assgnmt")
    child(assignment, "MsgId", parts.reference(question.message_id))
    child(assignment, "CreDtTm", parts.moment(created_at))
    parts.agent(assignment, "Assgnr/Agt", question.sender_bic)
    parts.agent(assignment, "Assgne/Agt", None)
    verification = child(message, "Vrfctn")
    child(verification, "Id", parts.reference(question.message_id))
    asked = child(verification, "PtyAndAcctId")
    child(asked, "Pty/Nm", sepa_text(question.name, NAME_MAX))
    child(asked, "Acct/Id/IBAN", question.iban)
    return render(root)
