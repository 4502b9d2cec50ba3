"""A statement as comma-separated values (RFC 4180), with a header line: an entry a row, the oldest first."""

import csv
import io

from chalicelib.domain import money
from chalicelib.domain.spreadsheet import harmless
from chalicelib.domain.statements.statement import Line, Statement

COLUMNS = (
    "date", "created_at", "seq", "transaction_id", "type", "amount", "balance_after", "currency", "counterparty",
    "counterparty_number", "memo",
)  # fmt: skip


def text(statement: Statement) -> str:
    """Return the CSV. Amounts are signed: what left the account is negative."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    rows.writerows(_row(statement, line) for line in statement.lines)
    return written.getvalue()


def _row(statement: Statement, line: Line) -> list[str]:
    entry = line.entry
    return [
        statement.day(entry).isoformat(),
        entry.created_at,
        str(entry.seq),
        entry.transaction_id,
        entry.type,
        money.text(entry.amount, entry.currency),
        money.text(entry.balance_after, entry.currency),
        entry.currency,
        line.counterparty_id or "",
        line.counterparty_number or "",
        harmless(line.memo),
    ]
