"""pain.001.001.09, CustomerCreditTransferInitiation: a file of payments that a customer hands in.

A wrong sum or count refuses the whole file. A payment that is wrong alone is refused with its reason and XPath; the
others go.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from chalicelib.domain import money
from chalicelib.domain.clearing import parts, safe_xml
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.node import Invalid, Node
from chalicelib.domain.payments import iban
from chalicelib.domain.payments.iban import InvalidIban

NAME = "pain.001.001.09"
NAMESPACE = parts.NAMESPACE + NAME
PAYMENTS_MAX = 10_000


@dataclass(frozen=True)
class FilePayment:
    """A payment of a file. `amount` is in minor units; texts are as the customer has written them."""

    path: str
    end_to_end_id: str
    amount: int
    currency: str
    creditor_name: str
    creditor_iban: str
    creditor_town: str | None
    creditor_country: str | None
    remittance: str | None


@dataclass(frozen=True)
class RefusedPayment:
    """A payment that is wrong alone: code of ISO's external status reasons, the XPath, and words for people."""

    end_to_end_id: str | None
    code: str
    path: str
    detail: str


@dataclass(frozen=True)
class PaymentGroup:
    """Payments of one debtor account on one day (`PmtInf`), booked together or one by one."""

    id: str
    debtor_name: str | None
    debtor_iban: str
    execution_date: date
    rail: Rail
    is_batch_booked: bool
    payments: tuple[FilePayment, ...]
    refused: tuple[RefusedPayment, ...]


@dataclass(frozen=True)
class PaymentFile:
    """A file. Its message id is unique for its initiating party."""

    message_id: str
    initiating_party: str | None
    groups: tuple[PaymentGroup, ...]


def parse(received: bytes) -> PaymentFile:
    """Return the file's payments. Raises XmlRefused, and Invalid where the file must be refused whole."""
    root = Node(safe_xml.parse(received, NAMESPACE), NAMESPACE)
    message = root.find("CstmrCdtTrfInitn")
    header = message.find("GrpHdr") if message else None
    if message is None or header is None:
        raise Invalid("FF01", root.path, "has no CstmrCdtTrfInitn with a GrpHdr")
    nodes = list(message.all("PmtInf"))
    every = [payment for node in nodes for payment in node.all("CdtTrfTxInf")]
    if not every or len(every) > PAYMENTS_MAX:
        raise Invalid("FF01", message.path, f"has {len(every)} payments; 1 to {PAYMENTS_MAX} are accepted")
    _require_totals(header, every, is_count_required=True)
    for node in nodes:
        _require_totals(node, list(node.all("CdtTrfTxInf")), is_count_required=False)
    return PaymentFile(
        header.require("MsgId"),
        header.text("InitgPty/Id/OrgId/Othr/Id") or header.text("InitgPty/Nm"),
        tuple(map(_parse_group, nodes)),
    )


def _require_totals(node: Node, payments: list[Node], *, is_count_required: bool) -> None:
    """Raise Invalid unless count and sum are those of the payments; a sum counts amounts of all currencies."""
    count = node.require("NbOfTxs") if is_count_required else node.text("NbOfTxs")
    if count is not None and count != str(len(payments)):
        raise Invalid("AM18", f"{node.path}/NbOfTxs", f"is {count}; {len(payments)} payments were counted")
    stated = node.text("CtrlSum")
    if stated is None:
        return
    total = sum((_decimal(one.text("Amt/InstdAmt")) for one in payments), Decimal(0))
    if _decimal(stated) != total:
        raise Invalid("AM10", f"{node.path}/CtrlSum", f"is {stated}; the payments sum up to {total}")


def _decimal(text: str | None) -> Decimal:
    """Return an amount for the control sum: a payment without a correct one counts nothing, and is refused alone."""
    try:
        number = Decimal(text or "0")
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)


def _parse_group(node: Node) -> PaymentGroup:
    if node.require("PmtMtd") != "TRF":
        raise Invalid("FF01", f"{node.path}/PmtMtd", "must be TRF: only credit transfers are accepted")
    debtor = _iban(node, "DbtrAcct/Id/IBAN", "AC01")
    day = node.text("ReqdExctnDt/Dt") or node.require("ReqdExctnDt/DtTm")[:10]
    try:
        execution_date = date.fromisoformat(day)
    except ValueError:
        raise Invalid("DT01", f"{node.path}/ReqdExctnDt", f"has {day}, which is no day") from None
    outcomes = list(_parse_payments(node))
    return PaymentGroup(
        id=node.require("PmtInfId"),
        debtor_name=node.text("Dbtr/Nm"),
        debtor_iban=debtor,
        execution_date=execution_date,
        rail="instant" if node.text("PmtTpInf/LclInstrm/Cd") == "INST" else "standard",
        is_batch_booked=node.text("BtchBookg") in {"true", "1"},
        payments=tuple(one for one in outcomes if isinstance(one, FilePayment)),
        refused=tuple(one for one in outcomes if isinstance(one, RefusedPayment)),
    )


def _parse_payments(group: Node) -> Iterator[FilePayment | RefusedPayment]:
    for node in group.all_with_paths("CdtTrfTxInf"):
        try:
            yield _parse_payment(node)
        except Invalid as error:
            yield RefusedPayment(node.text("PmtId/EndToEndId"), error.code, error.path, error.detail)


def _parse_payment(node: Node) -> FilePayment:
    amount, currency = _amount(node)
    return FilePayment(
        path=node.path,
        end_to_end_id=node.require("PmtId/EndToEndId"),
        amount=amount,
        currency=currency,
        creditor_name=node.require("Cdtr/Nm", "RR03"),
        creditor_iban=_iban(node, "CdtrAcct/Id/IBAN", "AC03"),
        creditor_town=node.text("Cdtr/PstlAdr/TwnNm"),
        creditor_country=node.text("Cdtr/PstlAdr/Ctry"),
        remittance=node.text("RmtInf/Ustrd"),
    )


def _amount(node: Node) -> tuple[int, str]:
    path = f"{node.path}/Amt/InstdAmt"
    found, text = node.find("Amt/InstdAmt"), node.require("Amt/InstdAmt", "AM12")
    currency = str(found.element.get("Ccy")) if found else ""
    if currency not in money.DECIMALS:
        raise Invalid("AM03", path, f"has the currency {currency[:3]}, which is not accepted")
    try:
        return money.parse(text, currency), currency
    except ValueError as error:
        raise Invalid("AM12", path, str(error)) from None


def _iban(node: Node, path: str, code: str) -> str:
    try:
        return iban.parse(node.require(path, code))
    except InvalidIban as error:
        raise Invalid(code, f"{node.path}/{path}", str(error)) from None
