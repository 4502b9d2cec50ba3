"""A statement as ISO 20022 camt.053.001.08, BankToCustomerStatement.

Amounts are without a sign, their direction beside them. Accounts are named by their IBANs. An entry's bank transaction
code is ISO's, with the bank's own word for it under `Prtry`.
"""

import re
from datetime import UTC
from xml.etree import ElementTree

from chalicelib.domain import money
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.statements.statement import Line, Statement

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
CODES = {
    ("deposit", True): ("PMNT", "CNTR", "CDPT"),
    ("withdrawal", False): ("PMNT", "CNTR", "CWDL"),
    ("transfer", True): ("PMNT", "RCDT", "BOOK"),
    ("transfer", False): ("PMNT", "ICDT", "BOOK"),
    ("interest_credit", True): ("ACMT", "MCOP", "INTR"),
}
"""Domain, family and sub-family (ISO's external code sets) by the entry's type and whether it is a credit."""
_OTHER = {True: ("PMNT", "MCOP", "OTHR"), False: ("PMNT", "MDOP", "OTHR")}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Element = ElementTree.Element


def text(statement: Statement, bank_name: str) -> str:
    """Return the whole document. The same statement gives the same text."""
    document = Element("Document", {"xmlns": NAMESPACE})
    message = _child(document, "BkToCstmrStmt")
    header = _child(message, "GrpHdr")
    _child(header, "MsgId", _id(statement))
    _child(header, "CreDtTm", _moment(statement))
    _statement(_child(message, "Stmt"), statement, bank_name)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(document, encoding="unicode") + "\n"


def _statement(parent: Element, statement: Statement, bank_name: str) -> None:
    period, currency = statement.period, statement.account.currency
    _child(parent, "Id", _id(statement))
    _child(parent, "CreDtTm", _moment(statement))
    days = _child(parent, "FrToDt")
    _child(days, "FrDtTm", period.since)
    _child(days, "ToDtTm", statement.until)
    account = _child(parent, "Acct")
    _child(_child(account, "Id"), "IBAN", statement.account.iban)
    _child(account, "Ccy", currency)
    _child(_child(_child(account, "Svcr"), "FinInstnId"), "Nm", bank_name[:140])
    _balance(parent, "OPBD", statement.opening_balance, currency, period.first.isoformat())
    _balance(parent, "CLBD" if period.is_over else "ITBD", statement.closing_balance, currency, period.last.isoformat())
    _totals(_child(parent, "TxsSummry"), statement)
    for line in statement.lines:
        _entry(_child(parent, "Ntry"), statement, line, bank_name)


def _balance(parent: Element, code: str, amount: int, currency: str, day: str) -> None:
    balance = _child(parent, "Bal")
    _child(_child(_child(balance, "Tp"), "CdOrPrtry"), "Cd", code)
    _amount(balance, amount, currency)
    _child(_child(balance, "Dt"), "Dt", day)


def _totals(parent: Element, statement: Statement) -> None:
    currency = statement.account.currency
    incoming = sum(entry.amount > 0 for entry in statement.entries)
    _child(_child(parent, "TtlNtries"), "NbOfNtries", str(len(statement.lines)))
    for name, count, total in (
        ("TtlCdtNtries", incoming, statement.total_in),
        ("TtlDbtNtries", len(statement.lines) - incoming, statement.total_out),
    ):
        totals = _child(parent, name)
        _child(totals, "NbOfNtries", str(count))
        _child(totals, "Sum", money.text(total, currency))


def _entry(parent: Element, statement: Statement, line: Line, bank_name: str) -> None:
    entry, day = line.entry, statement.day(line.entry).isoformat()
    _child(parent, "NtryRef", str(entry.seq))
    _amount(parent, entry.amount, entry.currency)
    if entry.type == "reversal":
        _child(parent, "RvslInd", "true")
    _child(_child(parent, "Sts"), "Cd", "BOOK")
    _child(_child(parent, "BookgDt"), "Dt", day)
    _child(_child(parent, "ValDt"), "Dt", day)
    _child(parent, "AcctSvcrRef", entry.transaction_id)
    _code(_child(parent, "BkTxCd"), entry, bank_name)
    details = _child(_child(parent, "NtryDtls"), "TxDtls")
    references = _child(details, "Refs")
    _child(references, "AcctSvcrRef", entry.transaction_id)
    _child(references, "EndToEndId", "NOTPROVIDED")
    if line.counterparty_iban:
        side = "DbtrAcct" if entry.amount > 0 else "CdtrAcct"
        _child(_child(_child(_child(details, "RltdPties"), side), "Id"), "IBAN", line.counterparty_iban)
    if line.memo:
        _child(_child(details, "RmtInf"), "Ustrd", line.memo[:140])


def _code(parent: Element, entry: Entry, bank_name: str) -> None:
    is_credit = entry.amount > 0
    domain, family, sub_family = CODES.get((entry.type, is_credit), _OTHER[is_credit])
    within = _child(parent, "Domn")
    _child(within, "Cd", domain)
    fine = _child(within, "Fmly")
    _child(fine, "Cd", family)
    _child(fine, "SubFmlyCd", sub_family)
    own = _child(parent, "Prtry")
    _child(own, "Cd", entry.type)
    _child(own, "Issr", bank_name[:35])


def _amount(parent: Element, amount: int, currency: str) -> None:
    _child(parent, "Amt", money.text(abs(amount), currency)).set("Ccy", currency)
    _child(parent, "CdtDbtInd", "CRDT" if amount >= 0 else "DBIT")


def _id(statement: Statement) -> str:
    """Return an id of at most 35 characters, as ISO requires.

    Statements that differ have different ids: importers skip an id that they know.
    """
    return f"{statement.account.account_number}-{statement.period.label}-{statement.last_seq}"


def _moment(statement: Statement) -> str:
    return statement.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _child(parent: Element, name: str, told: str | None = None) -> Element:
    """Add an element with text. Characters that XML cannot contain become U+FFFD."""
    child = ElementTree.SubElement(parent, name)
    if told is not None:
        child.text = _NOT_XML.sub("\ufffd", told)
    return child
