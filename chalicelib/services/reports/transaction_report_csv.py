"""Lines of a report as CSV."""

from collections.abc import Iterable

from chalicelib.domain import money, spreadsheet
from chalicelib.domain.spreadsheet import Cell
from chalicelib.services.payments.transaction_views import VisibleTransaction

COLUMNS = (
    "id", "type", "status", "amount", "currency", "from_account_id", "to_account_id", "branch_id", "category", "tags",
    "memo", "reverses", "reversed_by", "created_at", "posted_at",
)  # fmt: skip


def header(*, with_bom: bool) -> str:
    return spreadsheet.header(COLUMNS, with_bom=with_bom)


def lines(found: Iterable[VisibleTransaction]) -> str:
    return spreadsheet.lines(_cells(one) for one in found)


def _cells(line: VisibleTransaction) -> tuple[Cell, ...]:
    one, label = line.transaction, line.label
    return (
        one.id,
        one.transaction_type,
        one.status,
        money.decimal(one.amount, one.currency),
        one.currency,
        one.from_account_id,
        one.to_account_id,
        one.branch_id,
        label.category if label else None,
        spreadsheet.list_cell((label.tags if label else None) or []),
        (label.memo if label else None) or one.memo,
        one.reverses,
        one.reversed_by,
        one.created_at,
        one.posted_at,
    )
