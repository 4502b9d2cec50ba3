"""A statement as comma-separated values, with a header line: an entry a row, the oldest first."""

from chalicelib.domain import money, spreadsheet
from chalicelib.domain.spreadsheet import Cell
from chalicelib.domain.statements.statement import Line, Statement

COLUMNS = (
    "date", "created_at", "seq", "transaction_id", "type", "amount", "balance_after", "currency", "counterparty",
    "counterparty_number", "memo", "counterparty_name", "counterparty_iban", "counterparty_bic", "payment_file_id",
    "payment_information_id",
)  # fmt: skip


def text(statement: Statement, *, with_bom: bool) -> str:
    """Return the CSV. Amounts are signed: what left the account is negative."""
    rows = (_row(statement, line) for line in statement.lines)
    return spreadsheet.header(COLUMNS, with_bom=with_bom) + spreadsheet.lines(rows)


def _row(statement: Statement, line: Line) -> tuple[Cell, ...]:
    entry = line.entry
    return (
        statement.day(entry).isoformat(),
        entry.created_at,
        entry.seq,
        entry.transaction_id,
        entry.type,
        money.decimal(entry.amount, entry.currency),
        money.decimal(entry.balance_after, entry.currency),
        entry.currency,
        line.counterparty_id,
        line.counterparty_number,
        line.memo,
        line.counterparty_name,
        line.counterparty_iban,
        line.counterparty_bic,
        line.batch.file_id if line.batch else None,
        line.batch.payment_information_id if line.batch else None,
    )
