"""Reads what a request that waits for a group must know: its record, its intent and the account's lease."""

from dataclasses import dataclass

from chalicelib.models.batch import Wanted, batch_get_of
from chalicelib.models.item import key_of
from chalicelib.models.ledger.hot_account import HotAccount
from chalicelib.models.ledger.intent import Intent
from chalicelib.models.ledger.transaction import IdempotencyRecord, record_from_item


@dataclass(frozen=True)
class Progress:
    """How far a group is with a request. `is_waiting`: its intent is still there."""

    record: IdempotencyRecord | None
    is_waiting: bool
    lease: HotAccount | None


def read_progress(account_id: str, transaction_id: str, intent: Intent) -> Progress:
    """Return how far a group is with a request, in one call.

    Only the record is read consistently. A lease or an intent as it was a moment ago costs half as much, and misleads
    nobody: a lease is taken on a condition, and a request without an intent is decided alone.
    """
    lease_key = HotAccount.key(account_id)
    records = Wanted("bank", [IdempotencyRecord.key(transaction_id)])
    beside = Wanted(Intent.Meta.table_name, [intent.own_key, lease_key], consistent=False)
    read = batch_get_of([records, beside])
    found = {key_of(item): item for item in read[beside.table]}
    return Progress(
        record=next(map(record_from_item, read[records.table]), None),
        is_waiting=intent.own_key in found,
        lease=HotAccount.from_raw_data(found[lease_key]) if lease_key in found else None,
    )
