"""Lines of a report as CSV (RFC 4180)."""

import csv
import io
from collections.abc import Iterable

from chalicelib.domain import money
from chalicelib.domain.spreadsheet import harmless
from chalicelib.services.payments.transaction_views import VisibleTransaction

COLUMNS = (
    "id", "type", "status", "amount", "currency", "from_account_id", "to_account_id", "branch_id", "category", "tags",
    "memo", "reverses", "reversed_by", "created_at", "posted_at",
)  # fmt: skip


def header() -> str:
    return _written([COLUMNS])


def lines(found: Iterable[VisibleTransaction]) -> str:
    return _written(_cells(one) for one in found)


def _cells(line: VisibleTransaction) -> tuple[str, ...]:
    one, label = line.transaction, line.label
    return (
        one.id,
        one.transaction_type,
        one.status,
        money.text(one.amount, one.currency),
        one.currency,
        one.from_account_id or "",
        one.to_account_id or "",
        one.branch_id or "",
        harmless(label.category if label else None),
        harmless(" ".join((label.tags if label else None) or [])),
        harmless((label.memo if label else None) or one.memo),
        one.reverses or "",
        one.reversed_by or "",
        one.created_at or "",
        one.posted_at or "",
    )


def _written(rows: Iterable[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
