"""camt.053.001.08, BankToCustomerStatement, as the clearing sends it: a day of our account with it."""

from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.domain.clearing import parts
from chalicelib.domain.clearing.camt054 import AdvisedEntry, parse_entry, read_account
from chalicelib.domain.clearing.fields import read_amount, read_bic, read_day, read_message, read_moment, read_reference
from chalicelib.domain.clearing.node import Invalid, Node

NAME = "camt.053.001.08"
NAMESPACE = parts.NAMESPACE + NAME
PAGES_MAX = 99_999


@dataclass(frozen=True)
class NostroStatement:
    """A day of our account with the clearing, or a page of it. Balances are in minor units, negative if we owe.

    The opening balance and the booked entries sum up to the closing balance. Within a day, pages have interim balances.
    """

    id: str
    account: str
    currency: str
    day: date
    opening: int
    closing: int
    entries: tuple[AdvisedEntry, ...]
    page: int = 1
    is_last: bool = True


@dataclass(frozen=True)
class StatementMessage:
    """A message with statements."""

    message_id: str
    statements: tuple[NostroStatement, ...]
    created_at: datetime
    sender_bic: str | None = None


def parse(received: bytes) -> StatementMessage:
    """Return the statements. Raises XmlRefused, and Invalid for one that contradicts itself."""
    message = read_message(received, NAMESPACE, "BkToCstmrStmt")
    nodes = list(message.all("Stmt"))
    if not nodes:
        raise Invalid("FF01", message.path, "has no Stmt")
    created_at = read_moment(message, "GrpHdr/CreDtTm")
    if created_at is None:
        raise Invalid("DT01", f"{message.path}/GrpHdr/CreDtTm", "is missing")
    return StatementMessage(
        read_reference(message, "GrpHdr/MsgId"),
        tuple(map(_parse_statement, nodes)),
        created_at,
        read_bic(nodes[0], "Acct/Svcr"),
    )


def _parse_statement(node: Node) -> NostroStatement:
    page, is_last = _parse_page(node)
    opening, currency, _ = _parse_balance(node, "OPBD" if page == 1 else "ITBD", first=True)
    closing, closing_currency, day = _parse_balance(node, "CLBD" if is_last else "ITBD", first=False)
    entries = tuple(map(parse_entry, node.all("Ntry")))
    if {currency} != {closing_currency, *(entry.currency for entry in entries)}:
        raise Invalid("AM03", node.path, "has balances and entries of several currencies")
    if opening + sum(entry.amount for entry in entries if entry.is_booked) != closing:
        raise Invalid("AM10", node.path, "has entries that do not lead from the opening to the closing balance")
    named = read_reference(node, "Id"), read_account(node)
    return NostroStatement(*named, currency, day, opening, closing, entries, page, is_last)


def _parse_page(node: Node) -> tuple[int, bool]:
    """Return the number of a page, and whether it is the last one. A statement without pages is one page."""
    number, is_last = node.text("StmtPgntn/PgNb"), node.text("StmtPgntn/LastPgInd")
    if number is None:
        return 1, True
    if not number.isdecimal() or not 1 <= int(number) <= PAGES_MAX:
        raise Invalid("FF01", f"{node.path}/StmtPgntn/PgNb", "is no number of a page")
    return int(number), is_last in {"true", "1"}


def _parse_balance(node: Node, code: str, *, first: bool) -> tuple[int, str, date]:
    balances = list(node.all("Bal"))
    for balance in balances if first else reversed(balances):
        if balance.text("Tp/CdOrPrtry/Cd") == code:
            amount, currency = read_amount(balance, "Amt", zero_allowed=True)
            day = read_day(balance, "Dt")
            if day is None:
                raise Invalid("DT01", f"{balance.path}/Dt", "is missing")
            return (-amount if balance.require("CdtDbtInd") == "DBIT" else amount), currency, day
    raise Invalid("FF01", f"{node.path}/Bal", f"has no {code}")
