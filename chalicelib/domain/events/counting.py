"""The count of an item's events, which each of its audit records has, and its hash covers.

The catalogue grows, and an event is counted by the edition in which its record was written. So a bank that is verified
by a later edition lacks no event of a type that did not exist yet.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from chalicelib.domain.audit.record import Record, record_hash
from chalicelib.domain.events.catalogue import EDITION, kinds_of, type_by
from chalicelib.domain.time import moment, timestamp

SETTLED_AFTER = timedelta(hours=1)
"""A deployment replaces the sealer and the function that counts one after the other, within this time."""


def count_event(record: Record, before: int | None, edition: int = EDITION) -> Record:
    """Return a record with the count of its item's events, and the hash that covers it.

    `before` is how many there were, None if they were not counted. A kind of item that makes no event is not counted.
    """
    if before is None and record.kind not in kinds_of(edition):
        return record
    record = replace(record, event_edition=edition, event_count=next_count(record, before, edition))
    return replace(record, hash=record_hash(record))


def next_count(record: Record, before: int | None, edition: int) -> int:
    """Return how many events an item has made after a record, by an edition."""
    return (before or 0) + (type_by(record, edition) is not None)


@dataclass(frozen=True)
class SealedEdition:
    """The edition of the catalogue that a signed digest names; 0 if it names none. `sealed_to` is a timestamp."""

    sealed_to: str
    edition: int


def find_required_from(sealed: Iterable[SealedEdition]) -> tuple[str, ...]:
    """Return since when records must be counted by each edition, the first one first.

    That is an hour after the first digest that names it, or a later edition. A digest with an earlier one, after a
    release was taken back, begins anew.
    """
    firsts: list[str] = []
    for digest in sealed:
        firsts = firsts[: digest.edition] + [digest.sealed_to] * (min(digest.edition, EDITION) - len(firsts))
    return tuple(timestamp(moment(one) + SETTLED_AFTER) for one in firsts)
