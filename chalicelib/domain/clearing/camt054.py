"""camt.054.001.08, BankToCustomerDebitCreditNotification: what the clearing has booked on our account with it."""

from dataclasses import dataclass
from datetime import date

from chalicelib.domain.clearing import parts
from chalicelib.domain.clearing.fields import (
    read_amount,
    read_bic,
    read_day,
    read_message,
    read_optional_reference,
    read_reference,
    read_uetr,
)
from chalicelib.domain.clearing.node import Invalid, Node

NAME = "camt.054.001.08"
NAMESPACE = parts.NAMESPACE + NAME
INSTANT_FAMILIES = frozenset({"IRCT", "RRCT"})
"""Bank transaction codes of real-time credit transfers, issued and received."""


@dataclass(frozen=True)
class AdvisedPayment:
    """A payment within an entry, with the message that it was in. `amount` is in minor units."""

    message_id: str | None
    transaction_id: str | None
    end_to_end_id: str | None
    uetr: str | None
    amount: int


@dataclass(frozen=True)
class AdvisedEntry:
    """An entry on our account. `amount` is in minor units, positive if the account was credited. A reversal is an
    entry of the other side.

    The payments, if any are named, sum up to the entry. `is_instant` is what its bank transaction code says.
    """

    reference: str | None
    amount: int
    currency: str
    is_booked: bool
    booking_date: date | None
    message_id: str | None
    payments: tuple[AdvisedPayment, ...]
    is_instant: bool = False


@dataclass(frozen=True)
class Notification:
    """Entries on one account, named by its IBAN or another number."""

    id: str
    account: str
    entries: tuple[AdvisedEntry, ...]


@dataclass(frozen=True)
class SettlementAdvice:
    """A message with notifications."""

    message_id: str
    notifications: tuple[Notification, ...]
    sender_bic: str | None = None


def parse(received: bytes) -> SettlementAdvice:
    """Return the entries. Raises XmlRefused, and Invalid for a message that must be refused whole."""
    message = read_message(received, NAMESPACE, "BkToCstmrDbtCdtNtfctn")
    nodes = list(message.all("Ntfctn"))
    if not nodes:
        raise Invalid("FF01", message.path, "has no Ntfctn")
    return SettlementAdvice(
        read_reference(message, "GrpHdr/MsgId"),
        tuple(map(_parse_notification, nodes)),
        read_bic(nodes[0], "Acct/Svcr"),
    )


def _parse_notification(node: Node) -> Notification:
    return Notification(read_reference(node, "Id"), read_account(node), tuple(map(parse_entry, node.all("Ntry"))))


def read_account(node: Node) -> str:
    """Return the account of a notification or statement: its IBAN or another number. Raises Invalid."""
    return read_optional_reference(node, "Acct/Id/IBAN") or read_reference(node, "Acct/Id/Othr/Id")


def parse_entry(node: Node) -> AdvisedEntry:
    """Return an entry, which notifications and statements have alike. Raises Invalid."""
    amount, currency = read_amount(node, "Amt")
    sign = _sign(node)
    payments = tuple(
        _parse_payment(one, currency, sign, amount) for details in node.all("NtryDtls") for one in details.all("TxDtls")
    )
    if payments and sum(one.amount for one in payments) != sign * amount:
        raise Invalid("AM10", f"{node.path}/Amt", "is not the sum of its TxDtls")
    return AdvisedEntry(
        reference=read_optional_reference(node, "NtryRef") or read_optional_reference(node, "AcctSvcrRef"),
        amount=sign * amount,
        currency=currency,
        is_booked=node.require("Sts/Cd") == "BOOK",
        booking_date=read_day(node, "BookgDt"),
        message_id=read_optional_reference(node, "NtryDtls/Btch/MsgId"),
        payments=payments,
        is_instant=node.text("BkTxCd/Domn/Fmly/Cd") in INSTANT_FAMILIES,
    )


def _sign(node: Node) -> int:
    """Return 1 for a credit, -1 for a debit."""
    indicator = node.require("CdtDbtInd")
    if indicator not in {"CRDT", "DBIT"}:
        raise Invalid("FF01", f"{node.path}/CdtDbtInd", "is neither CRDT nor DBIT")
    return 1 if indicator == "CRDT" else -1


def _parse_payment(node: Node, currency: str, entry_sign: int, entry_amount: int) -> AdvisedPayment:
    """Return one payment; where it says nothing of amount or side, these are the entry's."""
    amount, sign = entry_amount, _sign(node) if node.text("CdtDbtInd") else entry_sign
    if node.find("Amt"):
        amount, given = read_amount(node, "Amt")
        if given != currency:
            raise Invalid("AM03", f"{node.path}/Amt", f"is in {given}, its entry in {currency}")
    return AdvisedPayment(
        message_id=read_optional_reference(node, "Refs/MsgId"),
        transaction_id=read_optional_reference(node, "Refs/TxId"),
        end_to_end_id=read_optional_reference(node, "Refs/EndToEndId"),
        uetr=read_uetr(node, "Refs/UETR"),
        amount=sign * amount,
    )
