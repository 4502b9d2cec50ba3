"""What became of the payments of a file, read anew each time: from the ledger, the clearing's states and the file."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from chalicelib import clock, config
from chalicelib.domain import errors
from chalicelib.domain.clearing import file_outcome, pain002, reasons
from chalicelib.domain.clearing.fields import Reason
from chalicelib.domain.clearing.file_outcome import FileOutcome
from chalicelib.domain.clearing.file_payment import RefusedPayment
from chalicelib.domain.clearing.identity import reference_of
from chalicelib.domain.clearing.pain002 import FileReport, ReportedGroup, ReportedPayment
from chalicelib.domain.errors import InvalidCursor
from chalicelib.domain.permissions import Caller
from chalicelib.models.batch import batch_get
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.clearing.payment_file import FilePaymentRefusal, PaymentFile
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import REFUSED, Page, Paging, decode_cursor, encode_cursor
from chalicelib.services.clearing import file_content, payment_files
from chalicelib.services.clearing.file_content import FileEntry, slot_of

AT_ONCE = 100


@dataclass(frozen=True)
class ToldPayment:
    """A payment of a file with what became of it. Its texts are in clear: never log them."""

    entry: FileEntry
    outcome: FileOutcome


def page_of_payments(caller: Caller, file_id: str, paging: Paging) -> Page[ToldPayment]:
    """List the payments of a file in its order. Raises NotFound, InvalidCursor."""
    file = payment_files.get(caller, file_id).item
    entries, scope = _entries(file), f"PAYMENT_FILE {file.id}"
    start = _open_cursor(paging.cursor, scope, len(entries)) if paging.cursor is not None else 0
    found = entries[start : start + paging.limit]
    told = [ToldPayment(*one) for one in zip(found, _outcomes(file, found), strict=True)]
    end = start + len(found)
    return Page(told, encode_cursor({"after": str(end)}, scope) if end < len(entries) else None)


def _open_cursor(cursor: str, scope: str, count: int) -> int:
    """Return how many payments come before a page. Raises InvalidCursor."""
    after = decode_cursor(cursor, scope).get("after", "")
    # More digits than the count has are no number of a payment; int() would take long for thousands.
    if not (after.isascii() and after.isdecimal() and len(after) <= len(str(count)) and int(after) < count):
        raise InvalidCursor(REFUSED)
    return int(after)


def status_report(caller: Caller, file_id: str) -> str:
    """Return the pain.002 about a file as it is now. Raises NotFound."""
    revealed = payment_files.get(caller, file_id)
    file, now = revealed.item, clock.now()
    refused = Reason(str(file.code), str(revealed.personal["detail"])) if file.status == "rejected" else None
    entries = _entries(file)
    outcomes = iter(_outcomes(file, entries))
    groups = tuple(
        ReportedGroup(group_id, tuple(_to_report(one, next(outcomes)) for one in listed))
        for group_id, listed in groupby(entries, key=lambda one: one.group.id)
    )
    report = FileReport(
        message_id=f"{reference_of(file.id).removeprefix('pfl-')}-{int(now.timestamp()):x}",
        file_message_id=str(revealed.personal["message_id"]),
        groups=groups,
        reason=refused,
        path=file.path,
        sender_bic=config.bank_bic(),
    )
    return pain002.build(report, now)


def _entries(file: PaymentFile) -> list[FileEntry]:
    """Return the payments of a file, none of one that was refused whole. Raises NotFound for one that is erased."""
    entries = file_content.read_entries(file)
    if entries is None and file.status != "rejected":
        raise errors.unknown("payment file", file.id)
    return entries or []


def _outcomes(file: PaymentFile, entries: Sequence[FileEntry]) -> list[FileOutcome]:
    """Return what became of payments, with three reads for a hundred of them."""
    found: list[FileOutcome] = []
    for start in range(0, len(entries), AT_ONCE):
        part = entries[start : start + AT_ONCE]
        names = {one.number: slot_of(file.id, one.number).transaction_id for one in part}
        keys = [
            *map(Transaction.key, names.values()),
            *map(ClearingPayment.key, names.values()),
            *(FilePaymentRefusal.key(file.id, number) for number in names),
        ]
        stored = {item.own_key: item for item in batch_get(keys)}
        for one in part:
            name = names[one.number]
            found.append(
                _outcome(
                    one,
                    stored.get(Transaction.key(name)),
                    stored.get(ClearingPayment.key(name)),
                    stored.get(FilePaymentRefusal.key(file.id, one.number)),
                )
            )
    return found


def _outcome(entry: FileEntry, transaction: object, payment: object, refusal: object) -> FileOutcome:
    if isinstance(entry.payment, RefusedPayment):
        return FileOutcome("refused", entry.payment.code, entry.payment.detail, entry.payment.path)
    if isinstance(refusal, FilePaymentRefusal):
        return _refusal_outcome(entry, refusal.code)
    if not isinstance(transaction, Transaction):
        return FileOutcome("planned")
    if transaction.status == "failed":
        failure = transaction.failure or {}
        return _refusal_outcome(entry, str(failure.get("code")), transaction.id)
    if isinstance(payment, ClearingPayment):
        code = payment.reason_code
        detail = reasons.detail_of(code) if code else None
        return FileOutcome(payment.status, code, detail, None, transaction.id, payment.uetr)
    if transaction.status == "posted":
        return FileOutcome("settled", transaction_id=transaction.id)
    if transaction.status == "pending":
        return FileOutcome("waiting", transaction_id=transaction.id)
    code = reasons.NOT_SPECIFIED
    return FileOutcome("rejected", code, reasons.detail_of(code), transaction_id=transaction.id)


def _refusal_outcome(entry: FileEntry, refusal: str, transaction_id: str | None = None) -> FileOutcome:
    code = file_outcome.code_of(refusal)
    path = entry.payment.path
    return FileOutcome("refused", code, reasons.detail_of(code), path, transaction_id)


def _to_report(entry: FileEntry, outcome: FileOutcome) -> ReportedPayment:
    return ReportedPayment(
        entry.payment.end_to_end_id,
        outcome.status,
        Reason(outcome.code, outcome.detail) if outcome.code else None,
        outcome.path,
        outcome.uetr,
    )
