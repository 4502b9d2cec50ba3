"""Sealed digests as items of `bank`: by them the audit, and so the events, tell of each digest.

The digests themselves are in `audit`, whose own writes no stream tells of.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.domain.verification.digest import Digest
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.item import BankItem, Key
from chalicelib.models.paging import ITEMS_AT_ONCE_MAX, walk_pages

SEALED_DIGESTS = "SEALED"


class SealedDigest(BankItem, discriminator="digest"):
    """The figures of a digest, and its hash, which the next one contains. Put once, before the digest is listed."""

    number = IntegerAttribute()
    sealed_from = UnicodeAttribute()
    sealed_to = UnicodeAttribute()
    leaves = IntegerAttribute()
    entries = IntegerAttribute()
    root = UnicodeAttribute()
    digest_hash = UnicodeAttribute()

    @staticmethod
    def key(number: int) -> Key:
        return SEALED_DIGESTS, f"DIGEST#{number}"

    @classmethod
    def of(cls, digest: Digest, caller: Caller, at: datetime) -> "SealedDigest":
        """Return the item, signed and not stored yet."""
        return cls(*cls.key(digest.number), **figures_of(digest)).stamp(caller, at)

    def figures(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _FIGURES}

    @classmethod
    def walk(cls) -> "Iterator[SealedDigest]":
        """Yield all of them, in no order."""
        for page in walk_pages(cls, SEALED_DIGESTS, at_once=ITEMS_AT_ONCE_MAX):
            yield from map(cls.from_raw_data, page)


_FIGURES = ("number", "sealed_from", "sealed_to", "leaves", "entries", "root", "digest_hash")


def figures_of(digest: Digest) -> dict[str, Any]:
    """Return what an item says of a digest."""
    return {name: getattr(digest, name) for name in _FIGURES if name != "digest_hash"} | {"digest_hash": digest.hash}
