"""The structure of a digest: entries in leaves, leaves in partitions, partitions in one signed digest.

```
digest ── root ─┬─ [partition, root] ─┬─ leaf: consecutive entries of an account ─┬─ entry's hash
                ├─ …                  ├─ …                                        ├─ …
```

Every level is a Merkle tree (`merkle.py`). What is hashed is compact JSON, kept as the text that it was, so that nobody
who checks it must guess how it was written.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass

from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.ledger.hash_chain import GENESIS, compact, entry_hash, text_hash
from chalicelib.domain.verification.checks import require
from chalicelib.domain.verification.merkle import Tree

FORMAT = "florin-digest-1"
LEAF_ENTRIES_MAX = 256
"""A busy account has several leaves in a digest, so that a proof never reads more entries than this."""
PARTITION_LEAVES = 512
"""About as many leaves share a partition; there are as many partitions, a power of two, as that takes."""


@dataclass(frozen=True)
class Leaf:
    """Consecutive entries of one account. `previous_head` is the hash of the entry before them, `head` of the last."""

    account_id: str
    from_seq: int
    to_seq: int
    first_at: str
    last_at: str
    previous_head: str
    head: str
    entries_root: str

    @property
    def text(self) -> str:
        return compact(astuple(self))

    @classmethod
    def parse(cls, text: str) -> "Leaf":
        return cls(*json.loads(text))

    @property
    def entries(self) -> int:
        return self.to_seq - self.from_seq + 1


def leaves_of(entries: Iterable[Entry], last: Leaf | None) -> Iterator[Leaf]:
    """Yield the leaves that seal an account's entries after its last leaf.

    Raises Broken if the entries are no chain, or do not follow the last leaf: a broken ledger must not be sealed.
    """
    seq, head = (last.to_seq, last.head) if last else (0, GENESIS)
    together: list[Entry] = []
    for entry in entries:
        where = f"{entry.account_id} entry {seq + 1}"
        require(f"{where}: seq", seq + 1, entry.seq)
        require(f"{where}: prev_hash", head, entry.prev_hash)
        require(f"{where}: hash", entry_hash(entry), entry.hash)
        seq, head = entry.seq, entry.hash
        together.append(entry)
        if len(together) == LEAF_ENTRIES_MAX:
            yield _leaf(together)
            together = []
    if together:
        yield _leaf(together)


def _leaf(entries: Sequence[Entry]) -> Leaf:
    first, last = entries[0], entries[-1]
    return Leaf(
        account_id=first.account_id,
        from_seq=first.seq,
        to_seq=last.seq,
        first_at=first.created_at,
        last_at=last.created_at,
        previous_head=first.prev_hash,
        head=last.hash,
        entries_root=entries_tree([entry.hash for entry in entries]).root.hex(),
    )


def entries_tree(hashes: Sequence[str]) -> Tree:
    return Tree([bytes.fromhex(one) for one in hashes])


@dataclass(frozen=True)
class Place:
    """Where one thing stands in a tree of `size`, and the path from there to the root, in hexadecimal."""

    index: int
    size: int
    path: list[str]

    @classmethod
    def of(cls, tree: Tree, index: int, size: int) -> "Place":
        return cls(index, size, [one.hex() for one in tree.path(index)])


class Forest:
    """All leaves of a digest, in their partitions."""

    def __init__(self, leaves: Sequence[Leaf]):
        bits = max(0, (len(leaves) - 1) // PARTITION_LEAVES).bit_length()
        self.size, self.entries = len(leaves), sum(leaf.entries for leaf in leaves)
        self.partitions: dict[int, list[Leaf]] = {}
        for leaf in sorted(leaves, key=lambda leaf: (leaf.account_id, leaf.from_seq)):
            self.partitions.setdefault(partition_of(leaf.account_id, bits), []).append(leaf)
        self.partitions = dict(sorted(self.partitions.items()))
        self._trees = {
            number: Tree([leaf.text.encode() for leaf in inside]) for number, inside in self.partitions.items()
        }
        self.partition_texts = {number: compact([number, tree.root.hex()]) for number, tree in self._trees.items()}
        self._top = Tree([text.encode() for text in self.partition_texts.values()])
        self._order = {number: index for index, number in enumerate(self.partitions)}

    @property
    def root(self) -> str:
        return self._top.root.hex()

    def places(self, number: int) -> list[tuple[Leaf, Place]]:
        """Return the leaves of a partition, each with its place in the tree."""
        inside, tree = self.partitions[number], self._trees[number]
        return [(leaf, Place.of(tree, index, len(inside))) for index, leaf in enumerate(inside)]

    def place(self, number: int) -> Place:
        """Return the place of a partition in the tree of partitions."""
        return Place.of(self._top, self._order[number], len(self.partitions))


def partition_of(account_id: str, bits: int) -> int:
    """Return the partition of an account: the first bits of the SHA-256 of its id."""
    return int.from_bytes(hashlib.sha256(account_id.encode()).digest()[:4], "big") >> (32 - bits)


@dataclass(frozen=True)
class Digest:
    """The seal over all entries since the digest before, up to a moment. Timestamps in UTC.

    `previous_hash` is the hash of the digest before, so that digests are a chain too. `node` is the name under which
    the archive keeps what the root was made of. `event_edition` is the edition of the catalogue of events by which the
    audit counts, and `statements` the hash of the clearing's statements that came in the same period; the digests of
    earlier releases name none.
    """

    number: int
    sealed_from: str
    sealed_to: str
    leaves: int
    entries: int
    root: str
    node: str
    previous_hash: str = GENESIS
    format: str = FORMAT
    event_edition: int | None = None
    statements: str | None = None

    @property
    def text(self) -> str:
        """Return the text that is signed."""
        return compact({name: value for name, value in vars(self).items() if value is not None})

    @property
    def hash(self) -> str:
        return text_hash(self.text)

    @classmethod
    def parse(cls, text: str) -> "Digest":
        return cls(**json.loads(text))


@dataclass(frozen=True)
class SignedDigest:
    """A digest as it was signed: ECDSA over P-256 with SHA-256, the signature in DER and base64 (FIPS 186-5)."""

    text: str
    signature: str
    key_id: str

    @property
    def digest(self) -> Digest:
        return Digest.parse(self.text)
