"""The audit of what a bench has done: records and events that `services/audit` writes one by one, put by the batch."""

from collections.abc import Iterable
from typing import Any

from chalicelib.domain.audit import record as audit_record
from chalicelib.domain.audit.stream_change import preceding_keys
from chalicelib.domain.audit.visible_fields import SKIPPED
from chalicelib.domain.events.counting import count_event
from chalicelib.domain.ledger.hash_chain import GENESIS
from chalicelib.models.audit.audit_pages import find_all
from chalicelib.models.audit.audit_record import AuditRecord
from chalicelib.models.events.stream_record import change_of
from chalicelib.services.audit.event_writer import rows_of
from sampledata.loading import Loader


def write(batches: Iterable[list[dict[str, Any]]]) -> int:
    """Follow the stream of `bank` until it has nothing more; how many items that makes."""
    with Loader() as loader:
        for batch in batches:
            if not batch:
                break
            changes = [change for change in map(change_of, batch) if change.kind not in SKIPPED]
            known = find_all(preceding_keys(changes))
            for change in changes:
                before = known[change.previous_key] if change.previous_key else None
                record = audit_record.record_of(change, before.hash if before else GENESIS)
                record = count_event(record, before.event_count if before else None)
                known[record.key] = record
                loader.put(AuditRecord.of(record))
                loader.put_all(rows_of(record, change, is_wanted=False))
            loader.flush()  # what comes next may follow these
    return loader.items
