"""Verifies the audit: its chains item by item, and the items of `bank` against their last records.

Proven are accounts with their holds, labels and PINs, transactions with their payments to other banks, and what is
under branches, customers, users, tickets and announcements. Guards and the keys of requests that move no
money are on no list; their chains stand unproven.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from chalicelib import clock
from chalicelib.domain.audit.record import Documents, Record
from chalicelib.domain.audit.visible_fields import SKIPPED, Image
from chalicelib.domain.verification.checks import AuditChain, require
from chalicelib.domain.verification.four_eyes import FourEyes
from chalicelib.models.audit import audit_pages
from chalicelib.models.audit.audit_record import AuditRecord
from chalicelib.models.events.stream_record import image_of, images_in, images_of
from chalicelib.models.item import Key, RawItem
from chalicelib.models.ledger.transaction_facts import TransactionFacts
from chalicelib.services.verification.verify_events import EventRules, EventTotals, ExpectedEvents


class Follower(Protocol):
    """Takes the records of a partition as they are followed, then its items that are at their last record."""

    def follow(self, record: Record, state: Mapping[str, Any], /) -> None:
        """Take the next record, with the fields of its item after it. Raises Broken."""

    def see(self, key: Key, image: Image, /) -> None:
        """Take an item that its last record describes. Raises Broken."""


def prove_partition(
    partition: str, rules: EventRules, eyes: FourEyes, events: EventTotals, follower: Follower | None = None
) -> int:
    """Verify the audit and the events of every item of a partition of `bank`, also of removed ones. Raises Broken.

    Return how many records there are. Records are read before the items, so they may be behind the items, but never
    ahead. `eyes` collects what needed approval, and what was approved.
    """
    chains: dict[Key, AuditChain] = {}
    expected = ExpectedEvents(rules)
    records = 0
    for page in audit_pages.walk_raw(partition):
        _follow(chains, page, eyes, expected, follower)
        records += len(page)
    images = images_in(partition)
    _require_items(chains, images, rules.cut)
    if follower:
        for key in sorted(images.keys() & chains.keys()):
            if images[key].get("version") == chains[key].version:
                follower.see(key, images[key])
    expected.require_rows()
    expected.add_to(events, partition)
    return records


def prove_transactions(
    transactions: Iterable[TransactionFacts],
    rules: EventRules,
    eyes: FourEyes,
    events: EventTotals,
    *,
    is_close: bool = False,
) -> int:
    """Verify the audit and the events of transactions by their keys, a hundred per call.

    Each has a few versions, and none after its last. `is_close`: read them again after the records, which may be ahead
    of what was read before.
    """
    read = list(transactions)
    records = audit_pages.raw_of((one.own_key, one.version) for one in read)
    chains: dict[Key, AuditChain] = {}
    expected = ExpectedEvents(rules)
    _follow(chains, records, eyes, expected)
    images = images_of(one.own_key for one in read) if is_close else {one.own_key: image_of(one.raw) for one in read}
    _require_items(chains, images, rules.cut)
    expected.require_rows()
    expected.add_to(events)
    return len(records)


def _follow(
    chains: dict[Key, AuditChain],
    items: Iterable[RawItem],
    eyes: FourEyes,
    expected: ExpectedEvents,
    follower: Follower | None = None,
) -> None:
    for item in items:
        record = AuditRecord.record_in(item)
        key, documents = record.item_key, Documents.of(record)
        chain = chains.get(key)
        if chain is None:
            chain = chains[key] = _chain_of(key)
        chain.follow(record, documents)
        eyes.follow(record, chain.state)
        expected.follow(record, chain.state)
        if follower:
            follower.follow(record, chain.state)
        if not AuditRecord.is_item_of(record, documents, item):
            _require_listed(record, item)


def _require_listed(record: Record, item: RawItem) -> None:
    """Check that a record's index attributes follow from the record: otherwise it could be hidden from lists."""
    expected = AuditRecord.item_of(record, item)
    if expected == item:
        return
    for name in sorted(expected.keys() | item.keys()):
        require(f"audit of {', '.join(record.key)}: {name}", expected.get(name), item.get(name))


def _require_items(chains: dict[Key, AuditChain], images: dict[Key, Image], cut: str) -> None:
    now_seconds = int(clock.now().timestamp())
    audited = {key for key, image in images.items() if image.get("type") not in SKIPPED}
    for key in sorted(chains.keys() | audited):
        chain = chains.get(key) or _chain_of(key)
        chain.require_item(images.get(key), cut, now_seconds)


def _chain_of(key: Key) -> AuditChain:
    return AuditChain(" ".join(key))
