"""pacs.008.001.08, FIToFICustomerCreditTransfer: payments from bank to bank."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain.clearing import parts
from chalicelib.domain.clearing.credit_transfer import CreditTransfer, Party
from chalicelib.domain.clearing.fields import (
    NAME_MAX,
    read_amount,
    read_bic,
    read_count,
    read_day,
    read_message,
    read_moment,
    read_reference,
    read_text,
    read_uetr,
    require_total,
)
from chalicelib.domain.clearing.node import Invalid, Node
from chalicelib.domain.clearing.original_payment import OriginalPayment
from chalicelib.domain.payments import iban
from chalicelib.domain.payments.iban import InvalidIban
from chalicelib.domain.text import visible_line
from chalicelib.domain.xml_builder import Element, child, document, render

NAME = "pacs.008.001.08"
NAMESPACE = parts.NAMESPACE + NAME


@dataclass(frozen=True)
class RefusedTransfer:
    """A received payment that is wrong alone: how its sender names it, and why it must be rejected."""

    original: OriginalPayment
    code: str
    path: str
    detail: str


@dataclass(frozen=True)
class Batch:
    """Payments in one message. Those that this bank sends have one currency and one settlement date."""

    message_id: str
    transfers: Sequence[CreditTransfer]
    refused: tuple[RefusedTransfer, ...] = ()
    sender_bic: str | None = None


def build(batch: Batch, created_at: datetime) -> str:
    """Return the message. Raises ValueError for payments that cannot be in one."""
    if len({(one.currency, one.settlement_date) for one in batch.transfers}) > 1:
        raise ValueError("payments of a message have one currency and one settlement date")
    root = document(NAMESPACE)
    message = child(root, "FIToFICstmrCdtTrf")
    parts.settlement_header(
        message, batch.message_id, created_at, batch.transfers, "TtlIntrBkSttlmAmt", batch.sender_bic
    )
    for transfer in batch.transfers:
        _transfer(child(message, "CdtTrfTxInf"), transfer, transfer.accepted_at or created_at)
    return render(root)


def _transfer(parent: Element, transfer: CreditTransfer, accepted_at: datetime) -> None:
    identification = child(parent, "PmtId")
    child(identification, "EndToEndId", parts.reference(transfer.end_to_end_id))
    child(identification, "TxId", parts.reference(transfer.transaction_id))
    child(identification, "UETR", transfer.uetr)
    kind = child(parent, "PmtTpInf")
    child(kind, "SvcLvl/Cd", "SEPA")
    if transfer.rail == "instant":
        child(kind, "LclInstrm/Cd", "INST")
    parts.amount(parent, "IntrBkSttlmAmt", transfer.amount, transfer.currency)
    if transfer.rail == "instant":
        child(parent, "AccptncDtTm", parts.exact_moment(accepted_at))
    child(parent, "ChrgBr", "SLEV")
    parts.party(parent, "Dbtr", transfer.debtor)
    parts.account(parent, "DbtrAcct", transfer.debtor)
    parts.agent(parent, "DbtrAgt", transfer.debtor.bic)
    parts.agent(parent, "CdtrAgt", transfer.creditor.bic)
    parts.party(parent, "Cdtr", transfer.creditor)
    parts.account(parent, "CdtrAcct", transfer.creditor)
    parts.remittance(parent, transfer)


def parse(received: bytes) -> Batch:
    """Return the payments of a message, those that are wrong alone apart.

    Raises XmlRefused, and Invalid for a message that must be refused whole: a wrong count or total, or a wrong payment
    that its sender could not recognize.
    """
    message = read_message(received, NAMESPACE, "FIToFICstmrCdtTrf")
    settled_on = read_day(message, "GrpHdr/IntrBkSttlmDt")
    nodes = list(message.all_with_paths("CdtTrfTxInf"))
    if not nodes:
        raise Invalid("FF01", message.path, "has no CdtTrfTxInf")
    read_count(message, "GrpHdr/NbOfTxs", len(nodes))
    _require_total(message, nodes)
    message_id = read_reference(message, "GrpHdr/MsgId")
    outcomes = [_parse_or_refuse(one, settled_on, message_id) for one in nodes]
    return Batch(
        message_id,
        [one for one in outcomes if isinstance(one, CreditTransfer)],
        tuple(one for one in outcomes if isinstance(one, RefusedTransfer)),
        read_bic(message, "GrpHdr/InstgAgt"),
    )


def _require_total(message: Node, nodes: list[Node]) -> None:
    """Compare a stated total with the payments, also with those that are refused for something else."""
    path = "GrpHdr/TtlIntrBkSttlmAmt"
    if message.find(path) is not None:
        paid = [read_amount(one, "IntrBkSttlmAmt") for one in nodes]
        require_total(message, path, sum(amount for amount, _ in paid), {currency for _, currency in paid})


def _parse_or_refuse(node: Node, settled_on: date | None, message_id: str) -> CreditTransfer | RefusedTransfer:
    uetr = read_uetr(node, "PmtId/UETR")
    if uetr is None:
        raise Invalid("FF01", f"{node.path}/PmtId/UETR", "is missing")
    original = OriginalPayment(
        message_id,
        NAME,
        read_reference(node, "PmtId/TxId"),
        read_reference(node, "PmtId/EndToEndId"),
        uetr,
    )
    try:
        return _parse_transfer(node, settled_on, original)
    except Invalid as error:
        return RefusedTransfer(original, error.code, error.path, error.detail)


def _parse_transfer(node: Node, settled_on: date | None, original: OriginalPayment) -> CreditTransfer:
    amount, currency = read_amount(node, "IntrBkSttlmAmt")
    day = read_day(node, "IntrBkSttlmDt") or settled_on
    if day is None:
        raise Invalid("DT01", f"{node.path}/IntrBkSttlmDt", "is missing, also in the header")
    return CreditTransfer(
        uetr=str(original.uetr),
        transaction_id=str(original.transaction_id),
        end_to_end_id=str(original.end_to_end_id),
        amount=amount,
        currency=currency,
        debtor=_parse_party(node, "Dbtr"),
        creditor=_parse_party(node, "Cdtr"),
        settlement_date=day,
        rail="instant" if node.text("PmtTpInf/LclInstrm/Cd") == "INST" else "standard",
        remittance=_parse_remittance(node),
        accepted_at=read_moment(node, "AccptncDtTm"),
    )


def _parse_remittance(node: Node) -> str | None:
    """Return the text for the payee, or the creditor's reference where a structured one is sent instead."""
    lines = [text for one in node.all("RmtInf/Ustrd") if (text := visible_line(one.element.text or ""))]
    reference = node.text("RmtInf/Strd/CdtrRefInf/Ref")
    return " ".join(lines or ([reference] if reference else []))[: parts.REMITTANCE_MAX] or None


def _parse_party(node: Node, name: str) -> Party:
    given = node.require(f"{name}Acct/Id/IBAN", "AC01")
    try:
        parsed = iban.parse(given)
    except InvalidIban as error:
        raise Invalid("AC01", f"{node.path}/{name}Acct/Id/IBAN", str(error)) from None
    name_of_party = read_text(node, f"{name}/Nm", NAME_MAX)
    if name_of_party is None:
        raise Invalid("RR03", f"{node.path}/{name}/Nm", "is missing")
    return Party(
        name_of_party,
        parsed,
        read_text(node, f"{name}/PstlAdr/TwnNm", parts.TOWN_MAX),
        _parse_country(node, f"{name}/PstlAdr/Ctry"),
        read_bic(node, f"{name}Agt"),
    )


def _parse_country(node: Node, path: str) -> str | None:
    country = node.text(path)
    if country is not None and not re.fullmatch("[A-Z]{2}", country):
        raise Invalid("FF01", f"{node.path}/{path}", "is no country code")
    return country
