"""Changes of items as the stream tells them, and their places in the chains of the audit.

An item is named by the keys under which the bank stores it, `pk` and `sk`. Those names are part of every record and of
its hash, and published with it: they are the one part of storage that the domain knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.domain.audit.visible_fields import Image

VERSION_MAX = 10**12 - 1


ItemKey = tuple[str, str]
"""An item's `pk` and `sk`."""


@dataclass(frozen=True)
class Change:
    """A change of one item, as a stream record describes it.

    `before` and `after` omit the keys and index keys. `seen_at` is a timestamp in UTC, to the second. `images_digest`
    covers both complete images.
    """

    pk: str
    sk: str
    before: Image | None
    after: Image | None
    seen_at: str
    sequence: str
    images_digest: str = ""

    @property
    def kind(self) -> str | None:
        found = (self.after or self.before or {}).get("type")
        return found if isinstance(found, str) else None

    @property
    def version_before(self) -> int:
        """Return the version before the change, or 0 if the item is new."""
        return _version(self.before) if self.before is not None else 0

    @property
    def version(self) -> int:
        """Return the version after the change. A removal is one more; 0 for an item without versions."""
        return _version(self.after) if self.after is not None else self.version_before + 1

    @property
    def is_regular(self) -> bool:
        """Return whether the record belongs to the item's chain.

        The bank creates an item at version 1, and never creates it twice.
        """
        if self.before is None:
            return self.version == 1
        return 0 < self.version_before < self.version <= VERSION_MAX

    @property
    def key(self) -> ItemKey:
        """Return the key of the item."""
        return self.pk, self.sk

    @property
    def record_key(self) -> ItemKey:
        """Return the key of the record of a regular change."""
        return record_key(self.key, self.version)

    @property
    def previous_key(self) -> ItemKey | None:
        """Return the key of the record that this one's follows; None for an item's first, and beside the chain."""
        is_first = not self.is_regular or self.before is None
        return None if is_first else record_key(self.key, self.version_before)


def record_key(item: ItemKey, version: int) -> ItemKey:
    """Return the key of the record of a version of an item."""
    pk, sk = item
    return pk, f"{sk}#{version:012d}"


def preceding_keys(changes: Sequence[Change]) -> list[ItemKey]:
    """Return the keys of the records that a batch of changes follows and does not create itself."""
    made: set[ItemKey] = set()
    wanted = []
    for change in filter(lambda change: change.is_regular, changes):
        if change.previous_key and change.previous_key not in made:
            wanted.append(change.previous_key)
        made.add(change.record_key)
    return wanted


def _version(image: Image | None) -> int:
    version = (image or {}).get("version")
    return version if type(version) is int and version > 0 else 0
