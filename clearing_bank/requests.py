"""Reads what the member sends: payments, inquiries, recalls, returns, and answers."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from clearing_bank.facts import Party, Payment
from clearing_bank.xml_node import Message, Node, XmlRefused


@dataclass(frozen=True)
class Mention:
    """How a message names a payment of an earlier one, and the reason or status that it gives."""

    uetr: str | None
    transaction_id: str | None
    id: str | None = None
    code: str | None = None
    status: str | None = None
    original_id: str | None = None
    original_name: str | None = None
    """Of the message that it was in."""


@dataclass(frozen=True)
class Heading:
    """The id of a message and its sender's BIC: a message that comes twice has the same."""

    sender_bic: str | None
    message_id: str


def heading_of(message: Message) -> Heading:
    """Return the heading. Raises XmlRefused for a message without an id."""
    body = message.body
    sender = body.text("GrpHdr/InstgAgt/FinInstnId/BICFI") or body.text("Assgnmt/Assgnr/Agt/FinInstnId/BICFI")
    return Heading(sender, body.text("GrpHdr/MsgId") or body.text("Assgnmt/Id") or body.require("Assgnmt/MsgId"))


def payments_of(message: Message) -> list[Payment]:
    """Return the payments of a pacs.008. Raises XmlRefused."""
    heading, day = heading_of(message), message.body.text("GrpHdr/IntrBkSttlmDt")
    payments = [_payment(node, heading, day) for node in message.body.all("CdtTrfTxInf")]
    if not payments or message.body.require("GrpHdr/NbOfTxs") != str(len(payments)):
        raise XmlRefused("NbOfTxs is not the number of payments")
    if len({payment.currency for payment in payments}) > 1:
        raise XmlRefused("the payments have several currencies")
    return payments


def _payment(node: Node, heading: Heading, day: str | None) -> Payment:
    amount = node.find("IntrBkSttlmAmt")
    try:
        value, settled_on = Decimal(node.require("IntrBkSttlmAmt")), date.fromisoformat(day or "")
    except (InvalidOperation, ValueError):
        raise XmlRefused("a payment has no correct amount or settlement date") from None
    if amount is None or not value.is_finite() or value <= 0:
        raise XmlRefused("an amount is not positive")
    return Payment(
        uetr=node.require("PmtId/UETR"),
        direction="from_member",
        member_bic=heading.sender_bic,
        message_id=heading.message_id,
        transaction_id=node.require("PmtId/TxId"),
        end_to_end_id=node.require("PmtId/EndToEndId"),
        amount=value,
        currency=amount.attributes.get("Ccy", ""),
        debtor=_party(node, "Dbtr"),
        creditor=_party(node, "Cdtr"),
        settlement_date=settled_on,
        is_instant=node.text("PmtTpInf/LclInstrm/Cd") == "INST",
        remittance=node.text("RmtInf/Ustrd"),
    )


def _party(node: Node, name: str) -> Party:
    return Party(
        node.require(f"{name}/Nm"),
        node.require(f"{name}Acct/Id/IBAN"),
        node.text(f"{name}Agt/FinInstnId/BICFI"),
        node.text(f"{name}/PstlAdr/TwnNm"),
        node.text(f"{name}/PstlAdr/Ctry"),
    )


def mentions_of(message: Message) -> list[Mention]:
    """Return the payments that a pacs.002, pacs.004, pacs.028, camt.029 or camt.056 names."""
    paths = ("TxInf", "TxInfAndSts", "Undrlyg/TxInf", "CxlDtls/TxInfAndSts")
    return [_mention(node) for path in paths for node in message.body.all(path)]


def _mention(node: Node) -> Mention:
    reasons = ("RtrRsnInf", "CxlRsnInf", "StsRsnInf", "CxlStsRsnInf")
    ids = ("RtrId", "CxlId", "StsReqId", "StsId", "CxlStsId")
    return Mention(
        node.text("OrgnlUETR"),
        node.text("OrgnlTxId"),
        next(filter(None, map(node.text, ids)), None),
        next(filter(None, (node.text(f"{reason}/Rsn/Cd") for reason in reasons)), None),
        node.text("TxSts") or node.text("TxCxlSts"),
        node.text("OrgnlGrpInf/OrgnlMsgId"),
        node.text("OrgnlGrpInf/OrgnlMsgNmId"),
    )
