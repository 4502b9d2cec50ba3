"""camt.053.001.08, BankToCustomerStatement, as the clearing sends it: a day of our account with it."""

from dataclasses import dataclass
from datetime import date

from chalicelib.domain.clearing import parts
from chalicelib.domain.clearing.camt054 import AdvisedEntry, parse_entry, read_account
from chalicelib.domain.clearing.fields import read_amount, read_bic, read_day, read_message, read_reference
from chalicelib.domain.clearing.node import Invalid, Node

NAME = "camt.053.001.08"
NAMESPACE = parts.NAMESPACE + NAME


@dataclass(frozen=True)
class NostroStatement:
    """A day of our account with the clearing. Balances are in minor units, negative if we owe.

    The opening balance and the booked entries sum up to the closing balance.
    """

    id: str
    account: str
    currency: str
    day: date
    opening: int
    closing: int
    entries: tuple[AdvisedEntry, ...]


@dataclass(frozen=True)
class StatementMessage:
    """A message with statements."""

    message_id: str
    statements: tuple[NostroStatement, ...]
    sender_bic: str | None = None


def parse(received: bytes) -> StatementMessage:
    """Return the statements. Raises XmlRefused, and Invalid for one that contradicts itself."""
    message = read_message(received, NAMESPACE, "BkToCstmrStmt")
    nodes = list(message.all("Stmt"))
    if not nodes:
        raise Invalid("FF01", message.path, "has no Stmt")
    return StatementMessage(
        read_reference(message, "GrpHdr/MsgId"), tuple(map(_parse_statement, nodes)), read_bic(nodes[0], "Acct/Svcr")
    )


def _parse_statement(node: Node) -> NostroStatement:
    opening, currency, _ = _parse_balance(node, "OPBD")
    closing, closing_currency, day = _parse_balance(node, "CLBD")
    entries = tuple(map(parse_entry, node.all("Ntry")))
    if {currency} != {closing_currency, *(entry.currency for entry in entries)}:
        raise Invalid("AM03", node.path, "has balances and entries of several currencies")
    if opening + sum(entry.amount for entry in entries if entry.is_booked) != closing:
        raise Invalid("AM10", node.path, "has entries that do not lead from the opening to the closing balance")
    return NostroStatement(read_reference(node, "Id"), read_account(node), currency, day, opening, closing, entries)


def _parse_balance(node: Node, code: str) -> tuple[int, str, date]:
    for balance in node.all("Bal"):
        if balance.text("Tp/CdOrPrtry/Cd") == code:
            amount, currency = read_amount(balance, "Amt", zero_allowed=True)
            day = read_day(balance, "Dt")
            if day is None:
                raise Invalid("DT01", f"{balance.path}/Dt", "is missing")
            return (-amount if balance.require("CdtDbtInd") == "DBIT" else amount), currency, day
    raise Invalid("FF01", f"{node.path}/Bal", f"has no {code}")
