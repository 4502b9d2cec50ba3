"""A statement as ISO 20022 camt.053.001.08, BankToCustomerStatement.

Amounts are without a sign, their direction beside them. Accounts are named by their IBANs. An entry's bank transaction
code is ISO's, with the bank's own word for it under `Prtry`.
"""

from datetime import UTC

from chalicelib.domain import money
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.statements.statement import Line, Statement
from chalicelib.domain.xml_builder import Element, child, document, render

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
CODES = {
    ("deposit", True): ("PMNT", "CNTR", "CDPT"),
    ("withdrawal", False): ("PMNT", "CNTR", "CWDL"),
    ("transfer", True): ("PMNT", "RCDT", "BOOK"),
    ("transfer", False): ("PMNT", "ICDT", "BOOK"),
    ("payment", False): ("PMNT", "ICDT", "ESCT"),
    ("incoming_payment", True): ("PMNT", "RCDT", "ESCT"),
    ("payment_return", True): ("PMNT", "RCDT", "RRTN"),
    ("payment_return", False): ("PMNT", "ICDT", "RRTN"),
    ("interest_credit", True): ("ACMT", "MCOP", "INTR"),
}
"""Domain, family and sub-family (ISO's external code sets) by the entry's type and whether it is a credit."""
_OTHER = {True: ("PMNT", "MCOP", "OTHR"), False: ("PMNT", "MDOP", "OTHR")}


def text(statement: Statement, bank_name: str) -> str:
    """Return the whole document. The same statement gives the same text."""
    root = document(NAMESPACE)
    message = child(root, "BkToCstmrStmt")
    header = child(message, "GrpHdr")
    child(header, "MsgId", _id(statement))
    child(header, "CreDtTm", _moment(statement))
    _statement(child(message, "Stmt"), statement, bank_name)
    return render(root)


def _statement(parent: Element, statement: Statement, bank_name: str) -> None:
    period, currency = statement.period, statement.account.currency
    child(parent, "Id", _id(statement))
    child(parent, "CreDtTm", _moment(statement))
    days = child(parent, "FrToDt")
    child(days, "FrDtTm", period.since)
    child(days, "ToDtTm", statement.until)
    account = child(parent, "Acct")
    child(child(account, "Id"), "IBAN", statement.account.iban)
    child(account, "Ccy", currency)
    child(child(child(account, "Svcr"), "FinInstnId"), "Nm", bank_name[:140])
    _balance(parent, "OPBD", statement.opening_balance, currency, period.first.isoformat())
    _balance(parent, "CLBD" if period.is_over else "ITBD", statement.closing_balance, currency, period.last.isoformat())
    _totals(child(parent, "TxsSummry"), statement)
    for line in statement.lines:
        _entry(child(parent, "Ntry"), statement, line, bank_name)


def _balance(parent: Element, code: str, amount: int, currency: str, day: str) -> None:
    balance = child(parent, "Bal")
    child(child(child(balance, "Tp"), "CdOrPrtry"), "Cd", code)
    _amount(balance, amount, currency)
    child(child(balance, "Dt"), "Dt", day)


def _totals(parent: Element, statement: Statement) -> None:
    currency = statement.account.currency
    incoming = sum(entry.amount > 0 for entry in statement.entries)
    child(child(parent, "TtlNtries"), "NbOfNtries", str(len(statement.lines)))
    for name, count, total in (
        ("TtlCdtNtries", incoming, statement.total_in),
        ("TtlDbtNtries", len(statement.lines) - incoming, statement.total_out),
    ):
        totals = child(parent, name)
        child(totals, "NbOfNtries", str(count))
        child(totals, "Sum", money.text(total, currency))


def _entry(parent: Element, statement: Statement, line: Line, bank_name: str) -> None:
    entry, day = line.entry, statement.day(line.entry).isoformat()
    child(parent, "NtryRef", str(entry.seq))
    _amount(parent, entry.amount, entry.currency)
    if entry.type == "reversal":
        child(parent, "RvslInd", "true")
    child(child(parent, "Sts"), "Cd", "BOOK")
    child(child(parent, "BookgDt"), "Dt", day)
    child(child(parent, "ValDt"), "Dt", day)
    child(parent, "AcctSvcrRef", entry.transaction_id)
    _code(child(parent, "BkTxCd"), entry, bank_name)
    details = child(child(parent, "NtryDtls"), "TxDtls")
    references = child(details, "Refs")
    child(references, "AcctSvcrRef", entry.transaction_id)
    child(references, "EndToEndId", line.end_to_end_id or "NOTPROVIDED")
    if line.counterparty_iban:
        _counterparty(details, line, line.counterparty_iban)
    if line.memo:
        child(child(details, "RmtInf"), "Ustrd", line.memo[:140])


def _counterparty(details: Element, line: Line, iban: str) -> None:
    """Add who is on the other side, and the bank where that is another one."""
    side = "Dbtr" if line.entry.amount > 0 else "Cdtr"
    parties = child(details, "RltdPties")
    if line.is_between_banks and line.counterparty_name:
        child(child(child(parties, side), "Pty"), "Nm", line.counterparty_name[:140])
    child(child(child(parties, f"{side}Acct"), "Id"), "IBAN", iban)
    if line.is_between_banks:
        bank = child(child(child(details, "RltdAgts"), f"{side}Agt"), "FinInstnId")
        if line.counterparty_bic:
            child(bank, "BICFI", line.counterparty_bic)
        else:
            child(child(bank, "ClrSysMmbId"), "MmbId", line.counterparty_bank_code)


def _code(parent: Element, entry: Entry, bank_name: str) -> None:
    is_credit = entry.amount > 0
    domain, family, sub_family = CODES.get((entry.type, is_credit), _OTHER[is_credit])
    within = child(parent, "Domn")
    child(within, "Cd", domain)
    fine = child(within, "Fmly")
    child(fine, "Cd", family)
    child(fine, "SubFmlyCd", sub_family)
    own = child(parent, "Prtry")
    child(own, "Cd", entry.type)
    child(own, "Issr", bank_name[:35])


def _amount(parent: Element, amount: int, currency: str) -> None:
    child(parent, "Amt", money.text(abs(amount), currency)).set("Ccy", currency)
    child(parent, "CdtDbtInd", "CRDT" if amount >= 0 else "DBIT")


def _id(statement: Statement) -> str:
    """Return an id of at most 35 characters, as ISO requires.

    Statements that differ have different ids: importers skip an id that they know.
    """
    return f"{statement.account.account_number}-{statement.period.label}-{statement.last_seq}"


def _moment(statement: Statement) -> str:
    return statement.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
