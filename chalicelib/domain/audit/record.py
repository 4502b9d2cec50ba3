"""The audit trail: a record for each version of each item of `bank`, chained per item.

Whatever the bank writes moves an item's version by exactly one, so the records of an item are numbered 1, 2, 3 …, each
naming the hash of the one before. What was written around the bank cannot break that, nor be left out:

- no type: its record stands in the chain, with a digest of the images instead of their fields
- versions left out: its record follows that of the version before it, and the gap shows
- no version, or one that has not moved forward: its record stands beside the chain, under the stream's own number
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

from chalicelib.domain.audit import visible_fields
from chalicelib.domain.audit.stream_change import Change, ItemKey, record_key
from chalicelib.domain.audit.visible_fields import Image
from chalicelib.domain.ledger.hash_chain import compact, text_hash
from chalicelib.domain.permissions import SYSTEM_ID
from chalicelib.domain.time import moment

DYNAMODB = "dynamodb"
"""The actor that clears what is marked to expire."""
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Record:
    """An audit record of one change.

    `before` and `after` have the changed fields whose values may be recorded, `changed` the names of the others. `sk`
    is the item's, with the version. `image_digest` is None if the other fields describe the change fully.
    `event_count` is how many events the item has made, `event_edition` the edition of the catalogue that says so; both
    are None if they are not counted.
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
    event_count: int | None = None
    event_edition: int | None = None

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> "Record":
        """Return the record with these fields, all of them. Sets them at once: a call for each takes five times as
        long."""
        record = object.__new__(cls)
        vars(record).update(fields)
        return record

    @property
    def key(self) -> ItemKey:
        """Return where the record is stored."""
        return self.pk, self.sk

    @property
    def item_key(self) -> ItemKey:
        """Return where the item is stored that the record is about."""
        return self.pk, self.sk.rpartition("#")[0]

    @property
    def entity_id(self) -> str:
        """Return the id of the user, account or other thing that the item belongs to."""
        return self.pk.partition("#")[2]

    @property
    def kind(self) -> str:
        return self.event.partition(".")[0]

    @property
    def is_regular(self) -> bool:
        return self.key == record_key(self.item_key, self.version)

    @property
    def is_rightful(self) -> bool:
        """Return whether the bank may make this change: it removes no item, and DynamoDB removes only expired ones."""
        return not self.event.endswith(".removed") or _has_expired(self.before, self.at)

    @property
    def touched(self) -> set[str]:
        """Return the names of all fields that changed."""
        return {*self.before, *self.after, *self.changed}


def record_of(change: Change, prev_hash: str) -> Record:
    """Return the record of a change, chained to the record with that hash."""
    kind, fields = change.kind, visible_fields.find_differences(change.before or {}, change.after or {})
    before, after = (
        visible_fields.visible(kind or "", change.before or {}),
        visible_fields.visible(kind or "", change.after or {}),
    )
    told = kind is not None and change.is_regular
    signature = change.after or {} if change.is_regular else {}
    unchained = change.pk, f"{change.sk}#irregular-{change.sequence}"
    pk, sk = change.record_key if change.is_regular else unchained
    record = Record(
        pk=pk,
        sk=sk,
        version=change.version,
        event=f"{kind or UNKNOWN}.{_what(change) if change.is_regular else 'irregular'}",
        actor=_text(signature.get("updated_by")) or _remover(change),
        at=_text(signature.get("updated_at")) or change.seen_at,
        request_id=_text(signature.get("request_id")),
        before={name: before[name] for name in sorted(fields & before.keys())},
        after={name: after[name] for name in sorted(fields & after.keys())},
        changed=sorted(fields - before.keys() - after.keys()),
        image_digest=None if told else change.images_digest,
        prev_hash=prev_hash,
    )
    return replace(record, hash=record_hash(record))


class Documents(NamedTuple):
    """The documents of a record as its hash has them: compact JSON, object keys sorted."""

    before: str
    after: str
    changed: str

    @classmethod
    def of(cls, record: Record) -> Self:
        changed = "[]" if record.changed == [] else compact(record.changed)
        return cls(_object_text(record.before), _object_text(record.after), changed)


def record_hash(record: Record, documents: Documents | None = None) -> str:
    """Return the SHA-256 of a compact JSON array of all fields, object keys sorted: anyone can compute it again.

    Where events are not counted, the array ends before their count. `documents` are those of the record, if they are
    known.
    """
    texts = compact(
        [
            record.prev_hash,
            record.pk,
            record.sk,
            record.version,
            record.event,
            record.actor,
            record.at,
            record.request_id,
        ]
    )
    counts = [record.event_count, record.event_edition]
    rest = compact([record.image_digest, *(counts if counts != [None, None] else ())])
    return text_hash(f"{texts[:-1]},{','.join(documents or Documents.of(record))},{rest[1:]}")


def _object_text(fields: dict[str, Any]) -> str:
    return "{}" if fields == {} else compact(fields)


def tells_the_same(existing: Record, record: Record) -> bool:
    """Return whether a stored record is about the same change as the new one.

    The stored record must match its own hash and name the same actor, time and change. The fields that it repeats may
    differ: the release that wrote it may have allowed other fields.
    """
    if existing == record:
        return True
    return _of_the_change(existing) == _of_the_change(record) and existing.hash == record_hash(existing)


def _of_the_change(record: Record) -> tuple[object, ...]:
    return (
        record.pk,
        record.sk,
        record.version,
        record.event,
        record.actor,
        record.at,
        record.request_id,
        record.prev_hash,
    )


def tells_edit(record: Record) -> bool:
    """Return whether somebody has edited an account or its PIN, as opposed to moved its money."""
    return visible_fields.is_edit(record.kind, record.touched)


CLEARING_KINDS = frozenset({"clearing_message", "clearing_payment"})
"""Items that change with each step of a payment."""


def is_found_by_another(record: Record) -> bool:
    """Return whether a record needs no place in the list of its actor's: the record of a transaction or payment, which
    was written with it, says the same.

    That is an account that has moved, money that is held or released, a UETR that is taken, and each step of a payment
    that the bank itself takes it through.
    """
    if record.kind == "hold":
        return record.event != "hold.removed"
    if record.kind in CLEARING_KINDS:
        return record.actor == SYSTEM_ID
    is_of_uetr = record.event == "guard.created" and record.pk.startswith("UETR#")
    return is_of_uetr or (record.event == "account.updated" and not tells_edit(record))


def _what(change: Change) -> str:
    """Return the last part of an event's name: a new status or an outcome if there is one, since it says more."""
    if change.after is None:
        return "removed"
    if change.before is None:
        return _text(change.after.get("outcome")) or "created"
    status = _text(change.after.get("status"))
    return status if status and status != change.before.get("status") else "updated"


def _remover(change: Change) -> str:
    """Return the actor of a removal: only DynamoDB removes items, and only expired ones."""
    removed = change.after is None and change.before is not None
    return DYNAMODB if removed and _has_expired(change.before or {}, change.seen_at) else UNKNOWN


def _has_expired(image: Image, at: str) -> bool:
    expires_at = image.get("expires_at")
    return type(expires_at) is int and expires_at <= moment(at).timestamp()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
