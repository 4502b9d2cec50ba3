"""The script for strangers: what it must not accept, and that it says so in words whatever it is given."""

import base64
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from chalicelib.domain.ledger.balance import Position
from chalicelib.domain.ledger.hash_chain import entry_text
from chalicelib.domain.verification.digest import Digest, Forest, Leaf, Place, entries_tree, leaves_of
from tests.verifier import SCRIPT, reason, run

Json = dict[str, Any]
KEY, STRANGERS_KEY = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


def pem(key: Any) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    text: bytes = key.public_key().public_bytes(encoding, form)
    return text.decode()


def signed(digest: Digest, key: ec.EllipticCurvePrivateKey = KEY) -> Json:
    signature = base64.b64encode(key.sign(digest.text.encode(), ec.ECDSA(SHA256()))).decode()
    return {"text": digest.text, "signature": signature, "number": digest.number}


class Sealed:
    """One account's three entries, under a digest of a few leaves."""

    def __init__(self, *amounts: int, number: int = 2, previous_hash: str = "b" * 64):
        position, self.entries = Position("acc_1", "USD"), []
        for seq, amount in enumerate(amounts or (500, -20, 7), 1):
            position, entry = position.enter(f"txn_{seq}", "deposit", amount, f"2026-11-21T08:00:0{seq}.000000Z")
            self.entries.append(entry)
        [self.leaf] = leaves_of(self.entries, None)
        others = [Leaf(f"acc_{name}", 1, 1, "2026", "2026", "0" * 64, "a" * 64, "c" * 64) for name in "xyz"]
        forest = Forest([self.leaf, *others])
        [(self.partition, self.partition_text)] = forest.partition_texts.items()
        self.place = next(place for leaf, place in forest.places(self.partition) if leaf == self.leaf)
        self.top = forest.place(self.partition)
        self.digest = Digest(number, "2026", "2027", 4, 6, forest.root, "nodes/x.json", previous_hash)

    def proof(self, seq: int, key: ec.EllipticCurvePrivateKey = KEY) -> Json:
        place = Place.of(entries_tree([entry.hash for entry in self.entries]), seq - 1, len(self.entries))
        return {
            "account_id": "acc_1",
            "seq": seq,
            "entry": {"text": entry_text(self.entries[seq - 1]), **asdict(place)},
            "leaf": {"text": self.leaf.text, **asdict(self.place)},
            "partition": {"text": self.partition_text, **asdict(self.top)},
            "digest": signed(self.digest, key),
        }


def altered(seq: int, change: Callable[[Json], object]) -> Json:
    proof = deepcopy(Sealed().proof(seq))
    change(proof)
    return proof


def entry_with(**values: object) -> str:
    return entry_text(replace(Sealed().entries[1], **values))  # type: ignore[arg-type]


def test_it_is_short_and_shares_nothing_with_the_bank() -> None:
    text = SCRIPT.read_text()
    assert len(text.splitlines()) < 100
    assert "chalicelib" not in text


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_it_accepts_what_is_sealed(seq: int, tmp_path: Path) -> None:
    assert reason(tmp_path, Sealed().proof(seq), pem(KEY)) is None


FORGERIES: dict[str, Callable[[Json], object]] = {
    "the entry is not in the leaf": lambda proof: proof["entry"].update(text=entry_with(amount=-2)),
    "the leaf is not in the partition": lambda proof: proof["leaf"].update(
        text=replace(Sealed().leaf, entries_root="d" * 64).text
    ),
    "the partition is not under the digest": lambda proof: proof["partition"].update(text='[0,"' + "d" * 64 + '"]'),
    "a digest is not signed with this key": lambda proof: proof["digest"].update(
        text=replace(Sealed().digest, root="d" * 64).text
    ),
    "it proves another entry": lambda proof: proof.update(seq=3),
    "it proves another entry ": lambda proof: proof.update(account_id="acc_2"),
    "the place is outside its tree": lambda proof: proof["entry"].update(index=3),
    "the place is outside its tree ": lambda proof: proof["entry"].update(index=-1),
    "the place is outside its tree  ": lambda proof: proof["leaf"].update(size=float("inf")),
    "the place is outside its tree   ": lambda proof: proof["leaf"].update(index=0.0),
    "the path is too short": lambda proof: proof["entry"].update(path=[]),
    "the path is too long": lambda proof: proof["entry"]["path"].append("a" * 64),
}


@pytest.mark.parametrize("why", FORGERIES)
def test_it_says_which_step_does_not_hold(why: str, tmp_path: Path) -> None:
    assert reason(tmp_path, altered(2, FORGERIES[why]), pem(KEY)) == why.strip()


def test_neither_another_key_nor_another_format_will_do(tmp_path: Path) -> None:
    proof = Sealed().proof(1, STRANGERS_KEY)
    assert reason(tmp_path, proof, pem(KEY)) == "a digest is not signed with this key"
    assert reason(tmp_path, proof, pem(STRANGERS_KEY)) is None
    other = Sealed()
    other.digest = replace(other.digest, format="florin-digest-2")
    assert reason(tmp_path, other.proof(1), pem(KEY)) == "the digest is of another format"


def test_levels_cannot_be_mistaken_for_one_another(tmp_path: Path) -> None:
    """A leaf's text in the partition's place, an entry's in the leaf's: all genuine, and none where it belongs."""
    good = Sealed().proof(2)
    for upper, lower in (("partition", "leaf"), ("leaf", "entry"), ("entry", "leaf"), ("entry", "partition")):
        assert reason(tmp_path, {**good, upper: good[lower]}, pem(KEY))


def test_what_was_kept_must_not_contradict(tmp_path: Path) -> None:
    now, then = Sealed(500, -20, 7), Sealed(500, -2000, 7)
    first = Digest(1, "2025", "2026", 0, 0, "a" * 64, "n")
    after = Sealed(number=2, previous_hash=first.hash)
    third = Digest(3, "2027", "2028", 0, 0, "a" * 64, "n", after.digest.hash)

    def against(*kept: Json) -> str | None:
        return reason(tmp_path, after.proof(2), pem(KEY), *kept)

    assert against(signed(first), {"data": [signed(third), signed(after.digest)]}, after.proof(1)) is None
    assert against({"data": []}) is None
    assert reason(tmp_path, now.proof(2), pem(KEY), then.proof(2)) == "it was another entry once"
    assert reason(tmp_path, now.proof(2), pem(KEY), then.proof(1)) == "there are two digests 2"
    assert against(signed(replace(first, entries=1))) == "digest 2 does not follow 1"
    assert against(signed(replace(third, previous_hash="0" * 64))) == "digest 3 does not follow 2"
    assert against(signed(first, STRANGERS_KEY)) == "a digest is not signed with this key"


def test_it_says_when_there_is_no_chain_to_what_was_kept(tmp_path: Path) -> None:
    ran = run(tmp_path, Sealed().proof(1), pem(KEY), signed(Digest(7, "", "", 0, 0, "", "")))
    assert ran.stdout.startswith("PROVEN: entry 1 of acc_1: deposit txn_1")
    assert "no chain to all you kept" in ran.stdout


def test_whatever_it_is_given_it_ends_in_words(tmp_path: Path) -> None:
    good = Sealed().proof(2)
    nothings: list[Any] = [None, [], {}, "x", 1.5, True]
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    odd: list[Any] = ["", "x", "null", "[]", "3", '"entry"', "[" * 100_000, "{}", '{"entry":{}}', "9" * 5000]
    for step in ("entry", "leaf", "partition", "digest"):
        odd += [{**good, step: value} for value in nothings]
        fields = good[step].keys() - {"number"} - ({"path"} if step == "partition" else set())  # these may be anything
        odd += [{**good, step: {**good[step], name: value}} for name in fields for value in nothings]
        odd += [{**good, step: {**good[step], "text": text}} for text in ("", "{", "[]", "\ud800", "null", "[1,2]")]
    odd += [{**good, "entry": {**good["entry"], "path": path}} for path in (["x"], [1], "ab", ["ab"], [None] * 2)]
    odd += [{**good, "digest": {**good["digest"], "signature": one}} for one in ("=", "é", "AAAA", "x" * 10_000)]
    for proof in odd:
        assert reason(tmp_path, proof, pem(KEY)), json.dumps(proof)[:2000]
    for key in ("", "x", pem(rsa_key), "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"):
        assert reason(tmp_path, good, key)
    keepsakes: list[Any] = [[], "x", "3", {"data": None}, {"data": [1]}, {"entry": 1}]
    for kept in keepsakes:
        assert reason(tmp_path, good, pem(KEY), kept)
    ran = run(tmp_path, good, "no key")
    assert (ran.returncode, ran.stdout, ran.stderr.startswith("NOT PROVEN: ")) == (1, "", True)
