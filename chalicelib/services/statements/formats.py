"""The formats of statements: JSON, CSV, PDF and ISO 20022 camt.053."""

from typing import Literal

from chalicelib import config
from chalicelib.domain.statements import camt053, csv_format, json_format
from chalicelib.domain.statements.statement import Statement

TextFormat = Literal["json", "csv", "csv_without_bom", "camt053"]
Format = Literal[TextFormat, "pdf"]
EXTENSIONS: dict[Format, str] = {"json": "json", "csv": "csv", "csv_without_bom": "csv", "pdf": "pdf", "camt053": "xml"}
MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "csv_without_bom": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "camt053": "application/xml; charset=utf-8",
}
LAYOUT = "8"
"""Of all formats. A change of what a document says or looks like needs another one: documents are then stored anew."""


def layout(form: Format) -> str:
    """Return what distinguishes documents with the same entries and the same extension."""
    return f"{LAYOUT}-plain" if form == "csv_without_bom" else LAYOUT


def render(statement: Statement, form: Format) -> bytes:
    """Return the document. A PDF takes the addressee's personal data, and ReportLab, which is loaded here only."""
    if form != "pdf":
        return text(statement, form).encode()
    from chalicelib.services.statements import letter, pdf

    return pdf.render(statement, letter.letterhead(), letter.addressee(statement.account))


def text(statement: Statement, form: TextFormat) -> str:
    """Return the statement in a format that is text."""
    if form == "json":
        return json_format.text(statement)
    if form == "camt053":
        return camt053.text(statement, config.bank_name())
    return csv_format.text(statement, with_bom=form == "csv")
