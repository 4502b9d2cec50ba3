"""Digests and the leaves they seal, in the table `audit`: put once, never updated, never deleted.

They follow from what the archive keeps, and are found here without reading it.
"""

from collections.abc import Iterator
from typing import Self

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib.domain.verification.digest import Leaf, Place, SignedDigest
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.audit.audit_record import AuditItem
from chalicelib.models.item import Key, RawItem
from chalicelib.models.paging import Page, Paging, query_page, walk_pages

DIGESTS = "DIGESTS"
HASH_BYTES = 32


class DigestItem(AuditItem):
    """A digest as it was signed. It is written after its leaves, so that it says that all of them are here."""

    text = UnicodeAttribute()
    signature = UnicodeAttribute()
    key_id = UnicodeAttribute()

    @staticmethod
    def key(number: int) -> tuple[str, str]:
        return DIGESTS, f"{number:012d}"

    @classmethod
    def of(cls, signed: SignedDigest) -> "DigestItem":
        pk, sk = cls.key(signed.digest.number)
        return cls(pk, sk, text=signed.text, signature=signed.signature, key_id=signed.key_id)

    def signed(self) -> SignedDigest:
        return SignedDigest(self.text, self.signature, self.key_id)

    @classmethod
    def page_of_all(cls, paging: Paging) -> Page["DigestItem"]:
        """Return a page of digests, the newest first."""
        return query_page(cls, DIGESTS, limit=paging.limit, cursor=paging.cursor, consistent=True)

    @classmethod
    def walk(cls) -> Iterator[list["DigestItem"]]:
        """Yield all digests, the first first, a page at a time."""
        for page in walk_pages(cls, DIGESTS):
            yield [cls.from_raw_data(item) for item in page]

    @classmethod
    def latest(cls) -> SignedDigest | None:
        page = query_page(cls, DIGESTS, limit=1, consistent=True)
        return page.items[0].signed() if page.items else None


class LeafItem(AuditItem):
    """A sealed leaf, found by its account and its last entry, with its place in its partition and that one's place."""

    leaf_text = UnicodeAttribute()
    number = IntegerAttribute()
    partition_text = UnicodeAttribute()
    places = CompactJSONAttribute()
    path_in_partition = BinaryAttribute(legacy_encoding=False)
    path_of_partition = BinaryAttribute(legacy_encoding=False)

    @staticmethod
    def partition(account_id: str) -> str:
        return f"SEAL#{account_id}"

    @classmethod
    def key(cls, account_id: str, to_seq: int) -> Key:
        """Return where the leaf is stored that ends with an entry."""
        return cls.partition(account_id), f"{to_seq:012d}"

    @classmethod
    def walk_raw(cls, account_id: str) -> Iterator[list[RawItem]]:
        """Yield an account's leaves, the first first, in DynamoDB's own notation, a page at a time."""
        return walk_pages(cls, cls.partition(account_id))

    @classmethod
    def of(cls, leaf: Leaf, number: int, partition_text: str, inside: Place, above: Place) -> "LeafItem":
        """Return the item. Paths are stored as 32 bytes a step: DynamoDB charges writes by the kilobyte."""
        return cls(
            *cls.key(leaf.account_id, leaf.to_seq),
            leaf_text=leaf.text,
            number=number,
            partition_text=partition_text,
            places=[inside.index, inside.size, above.index, above.size],
            path_in_partition=bytes.fromhex("".join(inside.path)),
            path_of_partition=bytes.fromhex("".join(above.path)),
        )

    @property
    def leaf(self) -> Leaf:
        return Leaf.parse(self.leaf_text)

    @property
    def place_in_partition(self) -> Place:
        index, size, *_ = self.places
        return Place(index, size, _steps(self.path_in_partition))

    @property
    def place_of_partition(self) -> Place:
        *_, index, size = self.places
        return Place(index, size, _steps(self.path_of_partition))

    @classmethod
    def last_of(cls, account_id: str) -> Leaf | None:
        """Read the last leaf of an account: up to where the account is sealed."""
        page = query_page(cls, cls.partition(account_id), limit=1, consistent=True)
        return page.items[0].leaf if page.items else None

    @classmethod
    def that_holds(cls, account_id: str, seq: int) -> Self | None:
        """Read the leaf that seals an entry."""
        answer = cls.query_once(
            cls.partition(account_id),
            range_key_condition=cls.sk >= f"{seq:012d}",
            consistent_read=True,
            limit=1,
            scan_index_forward=True,
        )
        return cls.from_raw_data(answer["Items"][0]) if answer["Items"] else None


def _steps(path: bytes) -> list[str]:
    return [path[start : start + HASH_BYTES].hex() for start in range(0, len(path), HASH_BYTES)]
