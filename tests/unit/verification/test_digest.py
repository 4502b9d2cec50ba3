"""What is bound together by a digest: entries in leaves, leaves in partitions, partitions under one root."""

import json
from collections import Counter
from dataclasses import replace

import pytest

from chalicelib.domain.ledger.balance import Position
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.ledger.hash_chain import GENESIS
from chalicelib.domain.verification import digest as verification_digest
from chalicelib.domain.verification.checks import Broken
from chalicelib.domain.verification.digest import (
    Digest,
    Forest,
    Leaf,
    Place,
    SignedDigest,
    entries_tree,
    leaves_of,
    partition_of,
)
from chalicelib.domain.verification.merkle import EMPTY, root_of_path


def written(count: int, account_id: str = "acc_1") -> list[Entry]:
    """Entries of one account as the ledger writes them."""
    position, entries = Position(account_id, "USD"), []
    for number in range(1, count + 1):
        at = f"2026-11-21T08:{number // 60:02d}:{number % 60:02d}.000000Z"
        position, entry = position.enter(f"txn_{number}", "deposit", number, at)
        entries.append(entry)
    return entries


def leaf(account_id: str, from_seq: int = 1) -> Leaf:
    return Leaf(account_id, from_seq, from_seq, "2026", "2026", GENESIS, "a" * 64, "b" * 64)


def root(text: str, place: Place) -> str:
    found = root_of_path(text.encode(), place.index, place.size, [bytes.fromhex(one) for one in place.path])
    assert found
    return found.hex()


def test_a_leaf_binds_an_accounts_entries_and_where_its_chain_was_before_and_is_now() -> None:
    entries = written(3)
    [one] = leaves_of(entries, None)
    hashes = [entry.hash for entry in entries]
    assert one == Leaf(
        "acc_1", 1, 3, entries[0].created_at, entries[2].created_at, GENESIS, hashes[2], entries_tree(hashes).root.hex()
    )
    assert one.entries == 3
    assert Leaf.parse(one.text) == one
    assert json.loads(one.text)[:3] == ["acc_1", 1, 3]


def test_leaves_continue_where_the_last_one_ended() -> None:
    entries = written(5)
    [first] = leaves_of(entries[:2], None)
    [second] = leaves_of(entries[2:], first)
    assert (second.from_seq, second.to_seq, second.previous_head) == (3, 5, first.head)
    assert list(leaves_of([], second)) == []


@pytest.mark.parametrize("count", [1, 3, 4, 8, 9])
def test_a_busy_account_has_several_leaves(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification_digest, "LEAF_ENTRIES_MAX", 4)
    leaves = list(leaves_of(written(count), None))
    covered = [seq for one in leaves for seq in range(one.from_seq, one.to_seq + 1)]
    assert covered == list(range(1, count + 1))
    assert all(one.entries == 4 for one in leaves[:-1])
    assert [one.previous_head for one in leaves[1:]] == [one.head for one in leaves[:-1]]


@pytest.mark.parametrize(
    ("altered", "where"),
    [
        ({"seq": 4}, "seq"),
        ({"prev_hash": "0" * 64}, "prev_hash"),
        ({"hash": "0" * 64}, "hash"),
        ({"amount": 1_000_000}, "hash"),
        ({"balance_after": 1}, "hash"),
        ({"created_at": "2026-11-21T08:00:09.000000Z"}, "hash"),
    ],
)
def test_entries_that_are_no_chain_get_no_leaf(altered: dict[str, object], where: str) -> None:
    entries = written(3)
    entries[2] = replace(entries[2], **altered)  # type: ignore[arg-type]
    with pytest.raises(Broken, match=f"^acc_1 entry 3: {where}: "):
        list(leaves_of(entries, None))


def test_entries_that_do_not_follow_what_is_sealed_get_no_leaf() -> None:
    entries = written(4)
    [sealed] = leaves_of(entries[:2], None)
    with pytest.raises(Broken, match=r"^acc_1 entry 3: seq: "):
        list(leaves_of(entries[3:], sealed))
    with pytest.raises(Broken, match=r"^acc_1 entry 3: prev_hash: "):
        list(leaves_of(entries[2:], replace(sealed, head="0" * 64)))
    with pytest.raises(Broken, match=r"^acc_1 entry 1: seq: "):
        list(leaves_of(entries[1:], None))


@pytest.mark.parametrize("leaves", [1, 2, 3, 8, 9, 100])
def test_every_place_leads_to_the_root(leaves: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification_digest, "PARTITION_LEAVES", 4)
    forest = Forest([leaf(f"acc_{number}") for number in range(leaves)])
    found = []
    for number, text in forest.partition_texts.items():
        told, inside = json.loads(text)
        assert told == number
        assert root(text, forest.place(number)) == forest.root
        for one, place in forest.places(number):
            assert root(one.text, place) == inside
            found.append(one.account_id)
    assert sorted(found) == sorted(f"acc_{number}" for number in range(leaves))
    assert (forest.size, forest.entries) == (leaves, leaves)


def test_partitions_are_as_many_as_leaves_need_and_hold_whole_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification_digest, "PARTITION_LEAVES", 10)
    forest = Forest([leaf(f"acc_{number}", seq) for seq in (2, 1) for number in range(80)])
    assert len(forest.partitions) == 16
    where = Counter(one.account_id for inside in forest.partitions.values() for one in inside)
    assert set(where.values()) == {2}
    for inside in forest.partitions.values():
        keys = [(one.account_id, one.from_seq) for one in inside]
        assert keys == sorted(keys)
        assert len(inside) < 40


def test_the_order_of_leaves_does_not_matter() -> None:
    leaves = [leaf(f"acc_{number}") for number in range(9)]
    assert Forest(leaves).root == Forest(leaves[::-1]).root
    assert Forest(leaves).root != Forest(leaves[1:]).root
    assert Forest([]).root == EMPTY.hex()


@pytest.mark.parametrize("bits", range(6))
def test_a_partition_is_known_from_the_account_alone(bits: int) -> None:
    found = {partition_of(f"acc_{number}", bits) for number in range(400)}
    assert found == set(range(2**bits))


def test_a_digest_is_read_back_from_its_text() -> None:
    period = ("2026-11-21T08:00", "2026-11-21T09:00")
    digest = Digest(7, *period, 2, 5, "a" * 64, "nodes/x.json", "b" * 64, event_edition=1, statements="c" * 64)
    signed = SignedDigest(digest.text, "signature", "key")
    assert signed.digest == digest
    assert Digest.parse(digest.text).hash == digest.hash
    assert json.loads(digest.text) == vars(digest)
    assert replace(digest, entries=6).hash != digest.hash
