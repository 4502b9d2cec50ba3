"""A statement as JSON: what `GET …/statements/{month}` answers, and what is stored of a long one."""

import json
from typing import Any

from chalicelib.domain import money
from chalicelib.domain.statements.statement import Line, PaymentBatch, Statement


def text(statement: Statement) -> str:
    """Return compact JSON, with the fields in the order of the API's schema."""
    return json.dumps(_statement(statement), ensure_ascii=False, separators=(",", ":"))


def _statement(statement: Statement) -> dict[str, Any]:
    account, period = statement.account, statement.period

    def amount(minor: int) -> str:
        return money.text(minor, account.currency)

    return {
        "account_id": account.account_id,
        "account_number": account.account_number,
        "iban": account.iban,
        "period": str(period.month),
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "is_final": period.is_over,
        "currency": account.currency,
        "opening_balance": amount(statement.opening_balance),
        "closing_balance": amount(statement.closing_balance),
        "total_in": amount(statement.total_in),
        "total_out": amount(statement.total_out),
        "interest": amount(statement.interest),
        "entries": [_entry(line, statement.day(line.entry).isoformat()) for line in statement.lines],
    }


def _entry(line: Line, day: str) -> dict[str, Any]:
    entry = line.entry
    return {
        "id": f"{entry.account_id}-{entry.seq}",
        "transaction_id": entry.transaction_id,
        "seq": entry.seq,
        "date": day,
        "type": entry.type,
        "direction": "in" if entry.amount > 0 else "out",
        "amount": money.text(abs(entry.amount), entry.currency),
        "balance_after": money.text(entry.balance_after, entry.currency),
        "currency": entry.currency,
        "counterparty": line.counterparty_id,
        "counterparty_number": line.counterparty_number,
        "counterparty_iban": line.counterparty_iban,
        "counterparty_name": line.counterparty_name,
        "counterparty_bic": line.counterparty_bic,
        "counterparty_bank_code": line.counterparty_bank_code,
        "memo": line.memo,
        "batch": _batch(line.batch) if line.batch else None,
        "created_at": entry.created_at,
    }


def _batch(batch: PaymentBatch) -> dict[str, str | None]:
    return {
        "payment_file_id": batch.file_id,
        "message_id": batch.message_id,
        "payment_information_id": batch.payment_information_id,
    }
