"""Changes of items as the stream tells them, and their places in the chains of the audit."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.domain.audit.visible_fields import Image

VERSION_MAX = 10**12 - 1


@dataclass(frozen=True)
class Change:
    """One change of one item, as the stream tells it. `seen_at` is a timestamp in UTC, to the second."""

    pk: str
    sk: str
    before: Image | None
    after: Image | None
    seen_at: str
    sequence: str

    @property
    def kind(self) -> str | None:
        found = (self.after or self.before or {}).get("type")
        return found if isinstance(found, str) else None

    @property
    def version_before(self) -> int:
        """0 where there was no item."""
        return _version(self.before) if self.before is not None else 0

    @property
    def version(self) -> int:
        """The version that the change led to; removing an item is one more. 0 where it has none."""
        return _version(self.after) if self.after is not None else self.version_before + 1

    @property
    def is_regular(self) -> bool:
        """Whether it has a place in the item's chain. The bank makes an item at version 1, and never makes it again."""
        if self.before is None:
            return self.version == 1
        return 0 < self.version_before < self.version <= VERSION_MAX

    @property
    def previous_key(self) -> str | None:
        """The sort key of the record that this one's follows; None for an item's first, and beside the chain."""
        return record_key(self.sk, self.version_before) if self.is_regular and self.before is not None else None


def record_key(item_sk: str, version: int) -> str:
    return f"{item_sk}#{version:012d}"


def followed(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """Keys of the records that a batch of changes follows and does not itself make."""
    made: set[tuple[str, str]] = set()
    wanted = []
    for change in filter(lambda change: change.is_regular, changes):
        if change.previous_key and (change.pk, change.previous_key) not in made:
            wanted.append((change.pk, change.previous_key))
        made.add((change.pk, record_key(change.sk, change.version)))
    return wanted


def _version(image: Image | None) -> int:
    version = (image or {}).get("version")
    return version if type(version) is int and version > 0 else 0
