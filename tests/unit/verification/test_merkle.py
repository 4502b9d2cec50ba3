"""Merkle trees: as Certificate Transparency publishes them, and as the script for strangers follows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.domain.verification.merkle import EMPTY, Tree, leaf_hash, root_of_path
from tests.verifier import verify_proof

INPUTS = [
    bytes.fromhex(one)
    for one in "|00|10|2021|3031|40414243|5051525354555657|606162636465666768696a6b6c6d6e6f".split("|")
]
ROOTS = """
6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125
aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77
d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7
4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4
76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef
ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c
5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328
""".split()
"""The roots over the first 1 to 8 inputs (github.com/transparency-dev/merkle, testonly)."""

Place = tuple[int, int]
places = some.integers(1, 70).flatmap(lambda size: some.tuples(some.integers(0, size - 1), some.just(size)))


def tree(size: int) -> Tree:
    return Tree([bytes([number]) for number in range(size)])


def both(data: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root that a path leads to, by the bank's code and by the script's, which must agree."""
    found = root_of_path(data, index, size, path)
    try:
        by_the_script = verify_proof.root(data, index, size, [one.hex() for one in path])
    except SystemExit:
        assert found is None
    else:
        assert found is not None
        assert by_the_script == found.hex()
    return found


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert Tree(INPUTS[:size]).root.hex() == ROOTS[size - 1]


def test_a_tree_without_leaves_and_one_with_a_single_leaf() -> None:
    assert Tree([]).root == EMPTY
    assert EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert (Tree([b"x"]).root, Tree([b"x"]).path(0)) == (leaf_hash(b"x"), [])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_path_from_outside(index: int, size: int) -> None:
    with pytest.raises(IndexError):
        tree(size).path(index)
    assert both(b"\x00", index, size, []) is None


@given(places)
def test_every_path_leads_to_the_root(place: Place) -> None:
    index, size = place
    path = tree(size).path(index)
    assert both(bytes([index]), index, size, path) == tree(size).root
    assert len(path) <= (size - 1).bit_length()


@given(places, some.data())
def test_any_changed_bit_leads_elsewhere(place: Place, data: some.DataObject) -> None:
    index, size = place
    path = tree(size).path(index)
    texts = [bytes([index]), *path]
    which = data.draw(some.integers(0, len(texts) - 1))
    bit = data.draw(some.integers(0, len(texts[which]) * 8 - 1))
    texts[which] = (int.from_bytes(texts[which]) ^ 1 << bit).to_bytes(len(texts[which]))
    assert both(texts[0], index, size, texts[1:]) != tree(size).root


@given(places, some.integers(-1, 80))
def test_another_index_leads_elsewhere(place: Place, other: int) -> None:
    index, size = place
    if other != index:
        assert both(bytes([index]), other, size, tree(size).path(index)) != tree(size).root


@given(places, some.integers(-1, 80))
def test_another_size_leads_elsewhere_or_means_the_same_way(place: Place, other: int) -> None:
    """Trees of many sizes have the same way up from a leaf: left, left, right. Any other way leads elsewhere."""
    index, size = place
    if _way(index, other) != _way(index, size):
        assert both(bytes([index]), index, other, tree(size).path(index)) != tree(size).root


@given(places, some.data())
def test_a_longer_or_shorter_path_leads_nowhere(place: Place, data: some.DataObject) -> None:
    index, size = place
    path = tree(size).path(index)
    where = data.draw(some.integers(0, len(path)))
    longer, shorter = [*path[:where], EMPTY, *path[where:]], path[:where] + path[where + 1 :]
    assert both(bytes([index]), index, size, longer) is None
    if where < len(path):
        assert both(bytes([index]), index, size, shorter) is None


@given(places)
def test_no_node_passes_for_a_leaf(place: Place) -> None:
    """Were leaves and nodes hashed alike, two neighbours together would be a leaf of the tree of half the size."""
    index, size = place
    path = tree(size).path(index)
    if path and index ^ 1 < size:
        pair = sorted([index, index ^ 1])
        together = leaf_hash(bytes([pair[0]])) + leaf_hash(bytes([pair[1]]))
        assert both(together, index // 2, (size + 1) // 2, path[1:]) != tree(size).root


def _way(index: int, size: int) -> list[str] | None:
    """On which side the neighbours are, lowest first; None for a place that is not in the tree."""
    if not 0 <= index < size:
        return None
    way, last = [], size - 1
    while last:
        if index ^ 1 <= last:
            way.append("left" if index & 1 else "right")
        index, last = index // 2, last // 2
    return way
