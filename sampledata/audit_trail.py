"""The audit of what a bench has done: records that `services/audit_trail` puts one by one, put by the batch."""

from collections.abc import Iterable
from typing import Any

from chalicelib.domain.audit import record as audit_record
from chalicelib.domain.audit.stream_change import followed
from chalicelib.domain.audit.visible_fields import SKIPPED
from chalicelib.domain.ledger.hash_chain import GENESIS
from chalicelib.models.audit.audit_record import AuditRecord, find_all
from chalicelib.models.events.stream_record import change_of
from sampledata.loading import Loader


def write(batches: Iterable[list[dict[str, Any]]]) -> int:
    """Follow the stream of `bank` until it has nothing more; how many records that makes."""
    with Loader() as loader:
        for batch in batches:
            if not batch:
                break
            changes = [change for change in map(change_of, batch) if change.kind not in SKIPPED]
            known = {key: record.hash for key, record in find_all(followed(changes)).items()}
            for change in changes:
                record = audit_record.record_of(change, known[change.previous_key] if change.previous_key else GENESIS)
                known[record.key] = record.hash
                loader.put(AuditRecord.of(record))
            loader.flush()  # what comes next may follow these
    return loader.items
