"""Proving the audit: its chains item by item, and the items of `bank` as their last records have them.

Proven are accounts with their holds, labels and PINs, transactions, and what is under branches, customers, users,
tickets and announcements. Guards and the keys of requests that move no money are on no list; their chains stand
unproven.
"""

from collections.abc import Iterable

from chalicelib import clock
from chalicelib.domain.audit.record import Record
from chalicelib.domain.audit.stream_change import record_key
from chalicelib.domain.audit.visible_fields import Image
from chalicelib.domain.verification.checks import AuditChain, require
from chalicelib.models.audit.audit_record import AuditRecord
from chalicelib.models.batch import batch_get_raw
from chalicelib.models.events.stream_record import image_of
from chalicelib.models.item import BankItem, Key, RawItem
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import walk_pages


def prove_partition(partition: str, cut: str) -> int:
    """Every item of a partition of `bank`, those that are gone too; how many records. Raises Broken.

    Records are read before the items, so that they may be behind what they tell of, but never ahead.
    """
    chains: dict[Key, AuditChain] = {}
    records = 0
    for page in walk_pages(AuditRecord, partition):
        _follow(chains, page)
        records += len(page)
    images = [image_of(item) for page in walk_pages(BankItem, partition) for item in page]
    _require_items(chains, images, cut)
    return records


def prove_transactions(transactions: Iterable[Transaction], cut: str) -> int:
    """Transactions by their keys, a hundred at a call: each has a few versions, and none after its last."""
    read = list(transactions)
    wanted = [(one.pk, record_key(one.sk, version)) for one in read for version in range(1, one.version + 2)]
    records = sorted(batch_get_raw("audit", wanted), key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
    chains: dict[Key, AuditChain] = {}
    _follow(chains, records)
    _require_items(chains, map(image_of, batch_get_raw("bank", [(one.pk, one.sk) for one in read])), cut)
    return len(records)


def _follow(chains: dict[Key, AuditChain], items: Iterable[RawItem]) -> None:
    for item in items:
        record = AuditRecord.from_raw_data(item).record()
        key = (record.pk, record.item_sk)
        chains.setdefault(key, AuditChain(*key)).follow(record)
        _require_listed(record, item)


def _require_listed(record: Record, item: RawItem) -> None:
    """The attributes by which a record is found in lists must follow from the record, or it could be hidden there."""
    expected = AuditRecord.of(record).serialize()
    for name in sorted(expected.keys() | item.keys()):
        require(f"audit of {record.pk}, {record.sk}: {name}", expected.get(name), item.get(name))


def _require_items(chains: dict[Key, AuditChain], images: Iterable[Image], cut: str) -> None:
    stored = {(image["pk"], image["sk"]): image for image in images}
    now_seconds = int(clock.now().timestamp())
    for key in sorted(chains.keys() | stored.keys()):
        chains.get(key, AuditChain(*key)).require_item(stored.get(key), cut, now_seconds)
