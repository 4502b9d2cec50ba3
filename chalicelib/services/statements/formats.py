"""The formats of statements: JSON, CSV, PDF and ISO 20022 camt.053."""

from typing import Literal

from chalicelib import config
from chalicelib.domain.statements import camt053, csv_format, json_format
from chalicelib.domain.statements.statement import Statement

Format = Literal["json", "csv", "pdf", "camt053"]
TextFormat = Literal["json", "csv", "camt053"]
EXTENSIONS: dict[Format, str] = {"json": "json", "csv": "csv", "pdf": "pdf", "camt053": "xml"}
MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "camt053": "application/xml; charset=utf-8",
}
LAYOUT = "2"
"""Of all formats. A change of what a document says or looks like needs another one: documents are then stored anew."""


def render(statement: Statement, form: Format) -> bytes:
    """Return the document. A PDF takes the addressee's personal data, and ReportLab, which is loaded here only."""
    if form != "pdf":
        return text(statement, form).encode()
    from chalicelib.services.statements import letter, pdf

    return pdf.render(statement, letter.letterhead(), letter.addressee(statement.account.customer_id))


def text(statement: Statement, form: TextFormat) -> str:
    """Return the statement in a format that is text."""
    if form == "csv":
        return csv_format.text(statement)
    if form == "json":
        return json_format.text(statement)
    return camt053.text(statement, config.bank_name())
