"""Reports as files: small ones at once, large ones by a job that writes them part by part.

The item of an export is its job: through the stream it starts its state machine (`services/long_jobs.py`), so no crash
can leave one alone. Each invocation goes on from the last part that was written.
"""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from chalicelib import clock
from chalicelib.domain import errors, ids
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.reports import export_bucket
from chalicelib.models.reports.report_export import Export
from chalicelib.observability import logger
from chalicelib.services.customers import customers
from chalicelib.services.reports import transaction_report, transaction_report_csv
from chalicelib.services.reports.transaction_report import ReportQuery

ROWS_AT_ONCE_MAX = 1_000
SECONDS_AT_ONCE_MAX = 5
SAME_SECONDS = 600
"""Who asks for the same again within a window of so long is told of the export that there is."""


def at_once(caller: Caller, asked: ReportQuery) -> str | None:
    """Return the whole report as CSV, if it is short and quickly read, else None."""
    deadline, rows = time.monotonic() + SECONDS_AT_ONCE_MAX, 0
    text = transaction_report_csv.header(with_bom=asked.bom)
    for page in transaction_report.all_pages(caller, asked):
        text += transaction_report_csv.lines(page.items)
        rows += len(page.items)
        if page.next_cursor is not None and (rows >= ROWS_AT_ONCE_MAX or time.monotonic() > deadline):
            return None
    return text


def ask(caller: Caller, asked: ReportQuery) -> Export:
    """Return the export of this request, new or existing; after a failed one, a new one."""
    now, days = clock.now(), transaction_report.days(asked)
    asked = replace(asked, start_date=days.start.isoformat(), end_date=days.last.isoformat())
    window = int(now.timestamp()) // SAME_SECONDS
    began, failed = now.fromtimestamp(window * SAME_SECONDS, now.tzinfo), list[str]()
    while True:
        text = json.dumps([caller.user_id, caller.role, window, asdict(asked), *failed])
        randomness = int.from_bytes(hashlib.sha256(text.encode()).digest()[:10], "big")
        export = _store(Export.new(ids.id_of("exp", began, randomness), asdict(asked), caller, now), caller)
        if export.status != "failed":
            return export
        failed.append(export.id)


def _store(export: Export, caller: Caller) -> Export:
    """Store a new export, and return the one that is stored under its id. Raises Conflict for an erased customer."""
    checks = [customers.unless_erased(caller.customer_id)] if caller.customer_id else []
    try:
        transact.commit([*checks, export.put_if_absent()], caller.request_id)
    except transact.Cancelled as cancelled:
        existing = cancelled.reasons[-1].found(Export)
        if existing is None:
            raise
        return existing
    return export


def get(caller: Caller, export_id: str) -> Export:
    """Read one of the caller's exports. Raises NotFound for any other, and for one that has expired or is erased."""
    export = Export.by_id(caller.user_id, export_id) if ids.is_id("exp", export_id) else None
    if export is None or export.is_erased or export.has_expired(clock.now()):
        raise errors.unknown("export", export_id)
    return export


def work(user_id: str, export_id: str, has_time: Callable[[], bool]) -> str:
    """Write the file, or as much as there is time for: `done`, or `more`. What is repeated writes the same parts.

    Raises transact.Cancelled for an export that is erased meanwhile. The next invocation then deletes what this one may
    have written after the erasure had deleted the files.
    """
    export = Export.by_id(user_id, export_id)
    if export and export.is_erased:
        export_bucket.destroy(export.file_name)
        return "done"
    if export is None or export.status != "pending" or export.has_expired(clock.now()):
        return "done"
    if not export.upload_id:
        export = _advance(export, upload_id=export_bucket.begin(export.file_name))
    while not export.is_written:
        export = _one_part(export, has_time)
        if not export.is_written and not has_time():
            return "more"
    export_bucket.complete(export.file_name, str(export.upload_id))
    _advance(export, status="done")
    logger.info("report exported", rows=export.row_count, parts=export.parts)
    return "done"


def give_up(user_id: str, export_id: str) -> None:
    """Say that it will not be made."""
    export = Export.by_id(user_id, export_id)
    if export and export.status == "pending":
        _advance(export, status="failed")


def _one_part(export: Export, has_time: Callable[[], bool]) -> Export:
    """Read on until there is enough for a part, nothing more, or no time left; memory holds no more than a part.

    S3 takes no small part but the last. Where time ends before there is enough, as it does in a large bank with a
    filter that hardly ever lets anything through, what was found is set aside for the next invocation.
    """
    asked = ReportQuery(**export.asked)
    content, rows, cursor = _unwritten(export, asked), export.row_count, None
    for page in transaction_report.all_pages(_caller(export), asked, export.cursor):
        content += transaction_report_csv.lines(page.items).encode()
        rows += len(page.items)
        cursor = page.next_cursor
        if len(content) >= export_bucket.PART_BYTES_MIN or not has_time():
            break
    if cursor and len(content) < export_bucket.PART_BYTES_MIN:
        aside = export_bucket.set_aside(export.file_name, bytes(content))
        return _advance(export, row_count=rows, cursor=cursor, set_aside=aside)
    export_bucket.put_part(export.file_name, str(export.upload_id), export.parts + 1, bytes(content))
    progress: dict[str, Any] = {"row_count": rows, "parts": export.parts + 1, "set_aside": None}
    return _advance(export, **progress, **({"cursor": cursor} if cursor else {"is_written": 1}))


def _unwritten(export: Export, asked: ReportQuery) -> bytearray:
    """Return what earlier invocations have found but not written, or the beginning of the file."""
    if export.set_aside:
        return bytearray(export_bucket.fetch(export.set_aside))
    header = transaction_report_csv.header(with_bom=asked.bom) if export.parts == 0 else ""
    return bytearray(header.encode())


def _advance(export: Export, **fields: Any) -> Export:
    """Write down how far it is. Raises transact.Cancelled when somebody else has gone on from there."""
    caller = _caller(export)
    transact.commit([export.advance(caller, clock.now(), **fields)], caller.request_id)
    for name, value in fields.items():
        setattr(export, name, value)
    export.version += 1
    return export


def _caller(export: Export) -> Caller:
    return Caller(export.user_id, export.role, f"export-{export.id}", customer_id=export.customer_id)
