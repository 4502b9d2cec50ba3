"""A statement as ISO 20022 camt.053.001.08, BankToCustomerStatement.

Amounts are without a sign, their direction beside them. Accounts are named by their IBANs. An entry's bank transaction
code is ISO's, with the bank's own word for it under `Prtry`.
"""

from datetime import UTC

from chalicelib.domain import money
from chalicelib.domain.statements.booking import Booking, bookings
from chalicelib.domain.statements.camt053_entry import add_amount, add_entry
from chalicelib.domain.statements.statement import Statement
from chalicelib.domain.xml_builder import Element, child, document, render

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


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
    booked = bookings(statement)
    _totals(child(parent, "TxsSummry"), statement, booked)
    for booking in booked:
        add_entry(child(parent, "Ntry"), booking, currency, bank_name)


def _balance(parent: Element, code: str, amount: int, currency: str, day: str) -> None:
    balance = child(parent, "Bal")
    child(child(child(balance, "Tp"), "CdOrPrtry"), "Cd", code)
    add_amount(balance, amount, currency)
    child(child(balance, "Dt"), "Dt", day)


def _totals(parent: Element, statement: Statement, booked: list[Booking]) -> None:
    currency = statement.account.currency
    incoming = sum(one.amount > 0 for one in booked)
    child(child(parent, "TtlNtries"), "NbOfNtries", str(len(booked)))
    for name, count, total in (
        ("TtlCdtNtries", incoming, statement.total_in),
        ("TtlDbtNtries", len(booked) - incoming, statement.total_out),
    ):
        totals = child(parent, name)
        child(totals, "NbOfNtries", str(count))
        child(totals, "Sum", money.text(total, currency))


def _id(statement: Statement) -> str:
    """Return an id of at most 35 characters, as ISO requires.

    Statements that differ have different ids: importers skip an id that they know.
    """
    return f"{statement.account.account_number}-{statement.period.label}-{statement.last_seq}"


def _moment(statement: Statement) -> str:
    return statement.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
