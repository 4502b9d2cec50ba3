"""Merkle trees of RFC 9162, section 2.1: many things bound by one hash, and a short path from each of them to it.

Leaves and inner nodes are hashed apart (a leading 0 or 1), so that no node can pass for a leaf.
"""

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256().digest()
"""The root of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def _node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree over data in order. A level's last node goes up alone where it has no neighbour, which gives the trees of
    the RFC, whose left part is the largest power of two."""

    def __init__(self, data: Sequence[bytes]):
        level = [leaf_hash(one) for one in data]
        self._levels = [level]
        while len(level) > 1:
            pairs = [_node_hash(*level[left : left + 2]) for left in range(0, len(level) - 1, 2)]
            level = pairs + level[len(pairs) * 2 :]
            self._levels.append(level)

    @property
    def root(self) -> bytes:
        return self._levels[-1][0] if self._levels[0] else EMPTY

    def path(self, index: int) -> list[bytes]:
        """Return the neighbours on the way from a leaf to the root, lowest first.

        Raises IndexError for an unknown leaf.
        """
        if not 0 <= index < len(self._levels[0]):
            raise IndexError(f"no leaf {index} of {len(self._levels[0])}")
        neighbours = []
        for level in self._levels[:-1]:
            if index ^ 1 < len(level):
                neighbours.append(level[index ^ 1])
            index >>= 1
        return neighbours


def root_of_path(data: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a path leads to from a leaf (section 2.1.3.2), or None for a path of wrong length."""
    if not 0 <= index < size:
        return None
    found, last, neighbours = leaf_hash(data), size - 1, list(path)
    while last:
        if index ^ 1 <= last:
            if not neighbours:
                return None
            neighbour = neighbours.pop(0)
            found = _node_hash(neighbour, found) if index & 1 else _node_hash(found, neighbour)
        index, last = index >> 1, last >> 1
    return None if neighbours else found
