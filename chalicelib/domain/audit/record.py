"""The audit trail: a record for each version of each item of `bank`, chained per item.

Whatever the bank writes moves an item's version by exactly one, so the records of an item are numbered 1, 2, 3 …, each
naming the hash of the one before. What was written around the bank cannot break that, nor be left out:

- no type: its record stands in the chain, with a digest of the images instead of their fields
- versions left out: its record follows that of the version before it, and the gap shows
- no version, or one that has not moved forward: its record stands beside the chain, under the stream's own number
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from chalicelib.domain.audit import visible_fields
from chalicelib.domain.audit.stream_change import Change, record_key
from chalicelib.domain.audit.visible_fields import Image
from chalicelib.domain.ids import is_id
from chalicelib.domain.interest.rate import STANDARD_MILLIONTHS
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.ledger.hash_chain import digest
from chalicelib.domain.month import is_month
from chalicelib.domain.time import moment

DYNAMODB = "dynamodb"
"""The actor that clears what is marked to expire."""
UNKNOWN = "unknown"
_PARTITIONS: dict[Literal["acc", "usr", "cus", "txn", "brn", "tkt", "ann", "alr"], str] = {
    "acc": "ACCOUNT",
    "usr": "USER",
    "cus": "CUSTOMER",
    "txn": "TXN",
    "brn": "BRANCH",
    "tkt": "TICKET",
    "alr": "ALERT",
    "ann": "ANNOUNCEMENT",
}


_OF_THE_CHANGE = ("pk", "sk", "version", "event", "actor", "at", "request_id", "prev_hash")


@dataclass(frozen=True)
class Record:
    """What the audit says of a change.

    `before` and `after` are the changed fields that may be repeated, `changed` the names of the others. `sk` is the
    item's with the version. `image_digest` is None where the fields say it all.
    """

    pk: str
    sk: str
    version: int
    event: str
    actor: str
    at: str
    request_id: str
    before: dict[str, Any]
    after: dict[str, Any]
    changed: list[str]
    image_digest: str | None
    prev_hash: str
    hash: str = ""

    @property
    def item_sk(self) -> str:
        return self.sk.rpartition("#")[0]

    @property
    def kind(self) -> str:
        return self.event.partition(".")[0]

    @property
    def is_regular(self) -> bool:
        return self.sk == record_key(self.item_sk, self.version)

    @property
    def is_rightful(self) -> bool:
        """Whether the bank may have done it: it removes nothing, and DynamoDB only what had expired by then."""
        return not self.event.endswith(".removed") or _has_expired(self.before, self.at)

    @property
    def touched(self) -> set[str]:
        """Names of all fields that changed."""
        return {*self.before, *self.after, *self.changed}


def record_of(change: Change, prev_hash: str) -> Record:
    """The record of a change, after the record with that hash."""
    kind, fields = change.kind, visible_fields.changed(change.before or {}, change.after or {})
    before, after = (
        visible_fields.visible(kind or "", change.before or {}),
        visible_fields.visible(kind or "", change.after or {}),
    )
    told = kind is not None and change.is_regular
    signature = change.after or {} if change.is_regular else {}
    unchained = f"{change.sk}#irregular-{change.sequence}"
    record = Record(
        pk=change.pk,
        sk=record_key(change.sk, change.version) if change.is_regular else unchained,
        version=change.version,
        event=f"{kind or UNKNOWN}.{_what(change) if change.is_regular else 'irregular'}",
        actor=_text(signature.get("updated_by")) or _remover(change),
        at=_text(signature.get("updated_at")) or change.seen_at,
        request_id=_text(signature.get("request_id")),
        before={name: before[name] for name in sorted(fields & before.keys())},
        after={name: after[name] for name in sorted(fields & after.keys())},
        changed=sorted(fields - before.keys() - after.keys()),
        image_digest=None if told else digest([change.before, change.after]),
        prev_hash=prev_hash,
    )
    return replace(record, hash=record_hash(record))


def record_hash(record: Record) -> str:
    """SHA-256 over a compact JSON array of all that a record says, object keys sorted: anyone can compute it again."""
    return digest(
        [
            record.prev_hash,
            record.pk,
            record.sk,
            record.version,
            record.event,
            record.actor,
            record.at,
            record.request_id,
            record.before,
            record.after,
            record.changed,
            record.image_digest,
        ]
    )


def tells_the_same(existing: Record, record: Record) -> bool:
    """Whether a record that stands is of the change that the other one tells.

    It is true to its own hash and says who changed the same thing when. What it repeats of the item may differ: the
    release that wrote it may have allowed other fields than this one.
    """
    if existing == record:
        return True
    same = all(getattr(existing, name) == getattr(record, name) for name in _OF_THE_CHANGE)
    return same and existing.hash == record_hash(existing)


def edited_account(record: Record) -> str | None:
    """The account of which a record tells an edit, if it does."""
    if not visible_fields.is_edit(record.kind, record.touched):
        return None
    return record.pk.removeprefix("ACCOUNT#")


def partition_of(entity_id: str) -> str | None:
    """The partition in which all that happened to an entity is; None for what cannot be an id.

    Rates of interest are found by the type of account that earns them, runs by their period.
    """
    for prefix, name in _PARTITIONS.items():
        if is_id(prefix, entity_id):
            return f"{name}#{entity_id}"
    if entity_id in STANDARD_MILLIONTHS:
        return f"RATE#{entity_id}"
    if is_month(entity_id):
        return f"INTEREST#{entity_id}"
    return f"ACCOUNT#{entity_id}" if is_general_ledger(entity_id) else None


def _what(change: Change) -> str:
    """The last part of an event's name: a status or an outcome says more than that something changed."""
    if change.after is None:
        return "removed"
    if change.before is None:
        return _text(change.after.get("outcome")) or "created"
    status = _text(change.after.get("status"))
    return status if status and status != change.before.get("status") else "updated"


def _remover(change: Change) -> str:
    """Only DynamoDB itself removes items, and only those that have expired."""
    removed = change.after is None and change.before is not None
    return DYNAMODB if removed and _has_expired(change.before or {}, change.seen_at) else UNKNOWN


def _has_expired(image: Image, at: str) -> bool:
    expires_at = image.get("expires_at")
    return type(expires_at) is int and expires_at <= moment(at).timestamp()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
