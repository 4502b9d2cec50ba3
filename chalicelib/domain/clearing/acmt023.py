"""acmt.023.001.04, IdentificationVerificationRequest: asks another bank whether a name fits an IBAN of it."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.clearing import parts
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
