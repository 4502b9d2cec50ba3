"""pacs.008.001.08, FIToFICustomerCreditTransfer: payments from bank to bank."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain import money
from chalicelib.domain.clearing import parts, safe_xml
from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party, Rail
from chalicelib.domain.clearing.node import Invalid, Node
from chalicelib.domain.payments import iban
from chalicelib.domain.payments.iban import InvalidIban
from chalicelib.domain.xml_builder import Element, child, document, render

NAME = "pacs.008.001.08"
NAMESPACE = parts.NAMESPACE + NAME


@dataclass(frozen=True)
class Batch:
    """Payments in one message. They have one currency and one settlement date."""

    message_id: str
    transfers: Sequence[CreditTransfer]


def build(batch: Batch, created_at: datetime, own_bic: str | None) -> str:
    """Return the message. Raises ValueError for payments that cannot be in one."""
    first = batch.transfers[0]
    if len({(one.currency, one.settlement_date) for one in batch.transfers}) > 1:
        raise ValueError("payments of a message have one currency and one settlement date")
    root = document(NAMESPACE)
    message = child(root, "FIToFICstmrCdtTrf")
    header = child(message, "GrpHdr")
    child(header, "MsgId", parts.reference(batch.message_id))
    child(header, "CreDtTm", parts.moment(created_at))
    child(header, "NbOfTxs", str(len(batch.transfers)))
    parts.amount(header, "TtlIntrBkSttlmAmt", sum(one.amount for one in batch.transfers), first.currency)
    child(header, "IntrBkSttlmDt", first.settlement_date.isoformat())
    child(header, "SttlmInf/SttlmMtd", "CLRG")
    parts.agent(header, "InstgAgt", own_bic)
    for transfer in batch.transfers:
        _transfer(child(message, "CdtTrfTxInf"), transfer)
    return render(root)


def _transfer(parent: Element, transfer: CreditTransfer) -> None:
    identification = child(parent, "PmtId")
    child(identification, "EndToEndId", parts.reference(transfer.end_to_end_id))
    child(identification, "TxId", parts.reference(transfer.transaction_id))
    child(identification, "UETR", transfer.uetr)
    kind = child(parent, "PmtTpInf")
    child(kind, "SvcLvl/Cd", "SEPA")
    if transfer.rail == "instant":
        child(kind, "LclInstrm/Cd", "INST")
    parts.amount(parent, "IntrBkSttlmAmt", transfer.amount, transfer.currency)
    child(parent, "ChrgBr", "SLEV")
    parts.party(parent, "Dbtr", transfer.debtor)
    parts.account(parent, "DbtrAcct", transfer.debtor)
    parts.agent(parent, "DbtrAgt", transfer.debtor.bic)
    parts.agent(parent, "CdtrAgt", transfer.creditor.bic)
    parts.party(parent, "Cdtr", transfer.creditor)
    parts.account(parent, "CdtrAcct", transfer.creditor)
    parts.remittance(parent, transfer)


def parse(received: bytes) -> Batch:
    """Return the payments of a message. Raises XmlRefused, and Invalid for a message that must be refused whole."""
    root = Node(safe_xml.parse(received, NAMESPACE), NAMESPACE)
    message = root.find("FIToFICstmrCdtTrf")
    if message is None:
        raise Invalid("FF01", root.path, "has no FIToFICstmrCdtTrf")
    settled_on = message.text("GrpHdr/IntrBkSttlmDt")
    transfers = [_parse_transfer(one, settled_on) for one in message.all("CdtTrfTxInf")]
    if message.require("GrpHdr/NbOfTxs") != str(len(transfers)):
        raise Invalid("AM18", f"{message.path}/GrpHdr/NbOfTxs", f"is not {len(transfers)}, which were counted")
    return Batch(message.require("GrpHdr/MsgId"), transfers)


def _parse_transfer(node: Node, settled_on: str | None) -> CreditTransfer:
    paid = node.find("IntrBkSttlmAmt")
    if paid is None:
        raise Invalid("AM12", f"{node.path}/IntrBkSttlmAmt", "is missing")
    currency = str(paid.element.get("Ccy"))
    try:
        amount_minor = money.parse(str(paid.element.text), currency)
        day = date.fromisoformat(node.text("IntrBkSttlmDt") or settled_on or "")
    except (ValueError, KeyError) as error:
        raise Invalid("FF01", node.path, f"has a wrong amount, currency or date: {error}") from None
    rail: Rail = "instant" if node.text("PmtTpInf/LclInstrm/Cd") == "INST" else "standard"
    return CreditTransfer(
        uetr=node.require("PmtId/UETR"),
        transaction_id=node.require("PmtId/TxId"),
        end_to_end_id=node.require("PmtId/EndToEndId"),
        amount=amount_minor,
        currency=currency,
        debtor=_parse_party(node, "Dbtr"),
        creditor=_parse_party(node, "Cdtr"),
        settlement_date=day,
        rail=rail,
        remittance=node.text("RmtInf/Ustrd"),
    )


def _parse_party(node: Node, name: str) -> Party:
    given = node.require(f"{name}Acct/Id/IBAN", "AC01")
    try:
        parsed = iban.parse(given)
    except InvalidIban as error:
        raise Invalid("AC01", f"{node.path}/{name}Acct/Id/IBAN", str(error)) from None
    return Party(
        node.require(f"{name}/Nm", "RR03"),
        parsed,
        node.text(f"{name}/PstlAdr/TwnNm"),
        node.text(f"{name}/PstlAdr/Ctry"),
        node.text(f"{name}Agt/FinInstnId/BICFI"),
    )
