"""Check offline that an entry is sealed: python verify_proof.py proof.json public_key.pem [kept.json …]

`proof.json` is the response of GET /v1/accounts/{id}/proof?seq=, `public_key.pem` the bank's key as you got it before.
`kept.json` is what you kept earlier: proofs, digests, or lists of them from GET /v1/audit/digests. The proof must not
contradict any of it. Shares no code with the bank. Needs `pip install cryptography`.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def root(data: bytes, index: int, size: int, path: list[str]) -> str:
    """Return the root of the Merkle tree in which `data` is leaf `index` of `size` (RFC 9162, section 2.1.3.2)."""
    require(type(index) is type(size) is int and 0 <= index < size, "the place is outside its tree")
    node, last, neighbours = sha256(b"\x00" + data), size - 1, [bytes.fromhex(one) for one in path]
    while last:
        if index % 2 or index < last:
            require(bool(neighbours), "the path is too short")
            neighbour = neighbours.pop(0)
            node = sha256(b"\x01" + (neighbour + node if index % 2 else node + neighbour))
        index, last = index // 2, last // 2
    require(not neighbours, "the path is too long")
    return node.hex()


def require(holds: bool, reason: str) -> None:
    if not holds:
        raise SystemExit(f"NOT PROVEN: {reason}")


def signed(digest: dict[str, Any], key: Any) -> dict[str, Any]:
    """Return the content of a digest. Ends the program unless the key has signed it."""
    try:
        key.verify(base64.b64decode(digest["signature"]), digest["text"].encode(), ECDSA(SHA256()))
    except InvalidSignature:
        require(False, "a digest is not signed with this key")
    return {**json.loads(digest["text"]), "hash": sha256(digest["text"].encode()).hex()}


def verify(proof: dict[str, Any], key: Any) -> tuple[list[Any], dict[str, Any]]:
    """Return the proven entry and its digest. Ends the program if the proof is wrong."""
    steps = {name: proof[name] for name in ("entry", "leaf", "partition")}
    entry, leaf, partition = (json.loads(step["text"]) for step in steps.values())
    texts = {name: step["text"].encode() for name, step in steps.items()}
    texts["entry"] = sha256(texts["entry"])  # the tree of entries is made of the hashes that the account's chain has
    roots = {name: root(texts[name], step["index"], step["size"], step["path"]) for name, step in steps.items()}
    digest = signed(proof["digest"], key)
    require(digest["format"] == "florin-digest-1", "the digest is of another format")
    require(roots["partition"] == digest["root"], "the partition is not under the digest")
    require(roots["leaf"] == partition[1], "the leaf is not in the partition")
    require(roots["entry"] == leaf[7], "the entry is not in the leaf")
    require(entry[1] == leaf[0] == proof["account_id"] and entry[2] == proof["seq"], "it proves another entry")
    require(leaf[1] + steps["entry"]["index"] == entry[2] <= leaf[2], "the entry is out of its place")
    return entry, digest


def consistent(digests: list[dict[str, Any]]) -> bool:
    """Check that digests of one number are equal and name the hash before. Return whether none between is missing."""
    known = {digest["number"]: digest for digest in digests}
    for digest in digests:
        number, before = digest["number"], known.get(digest["number"] - 1, {"hash": digest["previous_hash"]})
        require(known[number] == digest, f"there are two digests {number}")
        require(before["hash"] == digest["previous_hash"], f"digest {number} does not follow {number - 1}")
    return bool(max(known) - min(known) < len(known))


def main(proof_file: str, key_file: str, *kept_files: str) -> None:
    key = load_pem_public_key(Path(key_file).read_bytes())
    proof, *kept = [json.loads(Path(name).read_text()) for name in (proof_file, *kept_files)]
    entry, digest = verify(proof, key)
    proven = [verify(one, key) for one in kept if "entry" in one]
    require(all(one == entry for one, _ in proven if one[1:3] == entry[1:3]), "it was another entry once")
    digests = [digest, *(sealed for _, sealed in proven)]
    digests += [signed(each, key) for one in kept if "entry" not in one for each in one.get("data", [one])]
    gap = "" if consistent(digests) else "\n        (no chain to all you kept: name the digests between, too)"
    _, account_id, seq, transaction_id, kind, amount, currency, balance, created_at = entry
    print(f"PROVEN: entry {seq} of {account_id}: {kind} {transaction_id} at {created_at}")
    print(f"        {amount:+d} and then {balance} (minor units, {currency})")
    print(f"        sealed in digest {digest['number']}, which reaches up to {digest['sealed_to']}{gap}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:]) if len(sys.argv) > 2 else sys.exit(__doc__)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OSError) as error:
        sys.exit(f"NOT PROVEN: something given is not what it should be: {error!r}")
