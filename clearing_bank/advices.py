"""Writes camt.054 and camt.053: what the clearing has booked on the member's account with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from clearing_bank import xml_writer as xml
from clearing_bank.answers import OWN_BIC
from clearing_bank.facts import Entry

FAMILIES = {(True, False): "ICDT", (False, False): "RCDT", (True, True): "IRCT", (False, True): "RRCT"}
"""ISO's families of credit transfers, by whether they were issued and are instant."""


def account_of(currency: str) -> str:
    """Return the number of the member's account in a currency."""
    return f"MEMBER-{currency}"


def notification(message_id: str, entry: Entry, at: datetime) -> str:
    """Return a camt.054 with one entry."""
    root, message = xml.document("camt.054.001.08", "BkToCstmrDbtCdtNtfctn")
    _add_header(message, message_id, at)
    noted = xml.add(message, "Ntfctn")
    xml.add(noted, "Id", message_id)
    _add_account(noted, entry.currency)
    _add_entry(noted, entry)
    return xml.render(root)


@dataclass(frozen=True)
class Page:
    """A page of a day's statement: its number from 1, and the balances before and after its entries."""

    number: int
    is_last: bool
    opening: Decimal
    closing: Decimal


def statement(
    message_id: str, own_id: str, currency: str, day: date, page: Page, entries: Sequence[Entry], at: datetime
) -> str:
    """Return a camt.053 with a page of a day: balances, and the entries between them. Within a day they are interim."""
    root, message = xml.document("camt.053.001.08", "BkToCstmrStmt")
    _add_header(message, message_id, at)
    stated = xml.add(message, "Stmt")
    xml.add(stated, "Id", own_id)
    pages = xml.add(stated, "StmtPgntn")
    xml.add(pages, "PgNb", str(page.number))
    xml.add(pages, "LastPgInd", "true" if page.is_last else "false")
    _add_account(stated, currency)
    _add_balance(stated, "OPBD" if page.number == 1 else "ITBD", page.opening, currency, day)
    _add_balance(stated, "CLBD" if page.is_last else "ITBD", page.closing, currency, day)
    for entry in entries:
        _add_entry(stated, entry)
    return xml.render(root)


def _add_header(message: xml.Element, message_id: str, at: datetime) -> None:
    header = xml.add(message, "GrpHdr")
    xml.add(header, "MsgId", message_id)
    xml.add(header, "CreDtTm", xml.moment(at))


def _add_account(parent: xml.Element, currency: str) -> None:
    account = xml.add(parent, "Acct")
    xml.add(account, "Id/Othr/Id", account_of(currency))
    xml.add(account, "Ccy", currency)
    xml.add_bank(account, "Svcr", OWN_BIC)


def _add_balance(parent: xml.Element, code: str, amount: Decimal, currency: str, day: date) -> None:
    balance = xml.add(parent, "Bal")
    xml.add(balance, "Tp/CdOrPrtry/Cd", code)
    xml.add_amount(balance, "Amt", amount, currency)
    xml.add(balance, "CdtDbtInd", _side(amount))
    xml.add(balance, "Dt/Dt", day.isoformat())


def _add_entry(parent: xml.Element, entry: Entry) -> None:
    element = xml.add(parent, "Ntry")
    xml.add(element, "NtryRef", entry.reference)
    xml.add_amount(element, "Amt", entry.amount, entry.currency)
    xml.add(element, "CdtDbtInd", _side(entry.amount))
    if entry.is_return:
        xml.add(element, "RvslInd", "true")
    xml.add(element, "Sts/Cd", "BOOK")
    xml.add(element, "BookgDt/Dt", entry.day.isoformat())
    xml.add(element, "ValDt/Dt", entry.day.isoformat())
    domain = xml.add(element, "BkTxCd/Domn")
    xml.add(domain, "Cd", "PMNT")
    family = xml.add(domain, "Fmly")
    xml.add(family, "Cd", FAMILIES[entry.amount < 0, entry.is_instant])
    xml.add(family, "SubFmlyCd", "RRTN" if entry.is_return else "ESCT")
    details = xml.add(element, "NtryDtls")
    batch = xml.add(details, "Btch")
    xml.add(batch, "MsgId", entry.message_id)
    xml.add(batch, "NbOfTxs", str(len(entry.payments)))
    for uetr, transaction_id, end_to_end_id, amount in entry.payments:
        one = xml.add(details, "TxDtls")
        references = xml.add(one, "Refs")
        xml.add(references, "MsgId", entry.message_id)
        xml.add(references, "EndToEndId", end_to_end_id)
        xml.add(references, "UETR", uetr)
        xml.add(references, "TxId", transaction_id)
        xml.add_amount(one, "Amt", amount, entry.currency)
        xml.add(one, "CdtDbtInd", _side(amount))


def _side(amount: Decimal) -> str:
    return "DBIT" if amount < 0 else "CRDT"
