"""pain.001.001.09, CustomerCreditTransferInitiation: a file of payments that a customer hands in.

A wrong sum or count refuses the whole file. A payment that is wrong alone is refused with its reason and XPath; the
others go.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from chalicelib.domain.clearing import file_payment, parts, safe_xml
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.fields import NAME_MAX, is_count, read_text
from chalicelib.domain.clearing.file_payment import FilePayment, RefusedPayment, account_iban, short_text
from chalicelib.domain.clearing.node import Invalid, Node

NAME = "pain.001.001.09"
NAMESPACE = parts.NAMESPACE + NAME
PAYMENTS_MAX = 10_000
BYTES_MAX = 20 * 1024 * 1024
"""Of a file, two thousand for each payment."""

FileBooking = Literal["single", "batch", "mixed"]
"""How the payments of a file are booked: `mixed` if its groups differ."""
DIGITS_MAX = 18
"""Of an amount, by the standard."""


@dataclass(frozen=True)
class PaymentGroup:
    """Payments of one debtor account on one day (`PmtInf`), booked together or one by one."""

    id: str
    path: str
    debtor_iban: str
    execution_date: date
    rail: Rail
    is_batch_booked: bool
    listed: tuple[FilePayment | RefusedPayment, ...]
    """All of them, in the order of the file."""

    @property
    def is_batch(self) -> bool:
        """Return whether payments are booked together: a single one is booked as any payment."""
        return self.is_batch_booked and len(self.listed) > 1

    @property
    def payments(self) -> tuple[FilePayment, ...]:
        return tuple(one for one in self.listed if isinstance(one, FilePayment))

    @property
    def refusals(self) -> tuple[RefusedPayment, ...]:
        return tuple(one for one in self.listed if isinstance(one, RefusedPayment))


@dataclass(frozen=True)
class Heading:
    """The names of a file: its message id is unique for its initiating party."""

    message_id: str
    initiating_party: str | None


@dataclass(frozen=True)
class PaymentFile:
    """A file and the payments that it asks for."""

    message_id: str
    initiating_party: str | None
    groups: tuple[PaymentGroup, ...]

    @property
    def booking(self) -> FileBooking:
        """Return how its payments are booked."""
        kinds = {one.is_batch for one in self.groups}
        if len(kinds) > 1:
            return "mixed"
        return "batch" if True in kinds else "single"


def parse_heading(root: Node) -> Heading:
    """Return what a file says of itself. Raises Invalid where it cannot be told from others."""
    _, header = _message(root)
    return _heading(header)


def parse(received: bytes) -> PaymentFile:
    """Return the file's payments. Raises XmlRefused, and Invalid where the file must be refused whole."""
    return parse_payments(read_root(received))


def read_root(received: bytes) -> Node:
    """Return the root of a file. Raises XmlRefused, XmlTooLarge."""
    return Node(safe_xml.parse(received, NAMESPACE, BYTES_MAX), NAMESPACE)


def parse_payments(root: Node) -> PaymentFile:
    """Return the file's payments. Raises Invalid where the file must be refused whole."""
    message, header = _message(root)
    heading = _heading(header)
    every = _require_some(message, list(message.all("PmtInf/CdtTrfTxInf")))
    _require_totals(header, every, is_count_required=True)
    groups = list(message.all("PmtInf"))
    if len(groups) > 1:
        groups = list(message.all_with_paths("PmtInf"))
    for group in groups:
        _require_totals(group, _require_some(group, list(group.all("CdtTrfTxInf"))), is_count_required=False)
    return PaymentFile(heading.message_id, heading.initiating_party, tuple(map(_parse_group, groups)))


def _require_some(node: Node, payments: list[Node]) -> list[Node]:
    """Return the payments of a file or of a group, which has one at least: groups are no more than payments."""
    if not 0 < len(payments) <= PAYMENTS_MAX:
        raise Invalid("FF01", node.path, f"has {len(payments)} payments; 1 to {PAYMENTS_MAX} are accepted")
    return payments


def _message(root: Node) -> tuple[Node, Node]:
    message = root.find("CstmrCdtTrfInitn")
    header = message.find("GrpHdr") if message else None
    if message is None or header is None:
        raise Invalid("FF01", root.path, "has no CstmrCdtTrfInitn with a GrpHdr")
    return message, header


def _heading(header: Node) -> Heading:
    party = read_text(header, "InitgPty/Id/OrgId/Othr/Id", NAME_MAX) or read_text(header, "InitgPty/Nm", NAME_MAX)
    return Heading(short_text(header, "MsgId", parts.REFERENCE_MAX), party)


def _require_totals(node: Node, payments: list[Node], *, is_count_required: bool) -> None:
    """Raise Invalid unless count and sum are those of the payments; a sum counts amounts of all currencies."""
    count = node.require("NbOfTxs") if is_count_required else node.text("NbOfTxs")
    if count is not None and not is_count(count, len(payments)):
        raise Invalid("AM18", f"{node.path}/NbOfTxs", f"is {count}; {len(payments)} payments were counted")
    stated = node.text("CtrlSum")
    if stated is None:
        return
    total = sum((_decimal(one.text("Amt/InstdAmt")) for one in payments), Decimal(0))
    if _decimal(stated) != total:
        raise Invalid("AM10", f"{node.path}/CtrlSum", f"is {stated}; the payments sum up to {total}")


def _decimal(text: str | None) -> Decimal:
    """Return an amount for the control sum: a payment without a correct one counts nothing, and is refused alone.

    So does one beyond the standard's digits: with an exponent of a billion nothing can be added to it.
    """
    try:
        number = Decimal(text or "0")
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() and abs(number.adjusted()) <= DIGITS_MAX else Decimal(0)


def _parse_group(node: Node) -> PaymentGroup:
    if node.require("PmtMtd") != "TRF":
        raise Invalid("FF01", f"{node.path}/PmtMtd", "must be TRF: only credit transfers are accepted")
    debtor = account_iban(node, "DbtrAcct/Id/IBAN", "AC01")
    day = node.text("ReqdExctnDt/Dt") or node.require("ReqdExctnDt/DtTm")[:10]
    try:
        execution_date = date.fromisoformat(day)
    except ValueError:
        raise Invalid("DT01", f"{node.path}/ReqdExctnDt", f"has {day}, which is no day") from None
    return PaymentGroup(
        id=short_text(node, "PmtInfId", parts.REFERENCE_MAX),
        path=node.path,
        debtor_iban=debtor,
        execution_date=execution_date,
        rail="instant" if node.text("PmtTpInf/LclInstrm/Cd") == "INST" else "standard",
        is_batch_booked=node.text("BtchBookg") in {"true", "1"},
        listed=tuple(file_payment.parse_payments(node)),
    )
