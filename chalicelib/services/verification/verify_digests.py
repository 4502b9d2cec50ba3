"""Verifies the digests: they are a signed chain, and every account's entries are what was sealed."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import timedelta
from functools import cached_property

from chalicelib import clock
from chalicelib.domain.events.counting import SealedEdition, find_required_from
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.ledger.hash_chain import GENESIS, compact
from chalicelib.domain.time import moment, timestamp
from chalicelib.domain.verification.checks import Broken, require
from chalicelib.domain.verification.digest import Digest, Leaf, Place, SignedDigest, entries_tree
from chalicelib.domain.verification.merkle import root_of_path
from chalicelib.models.item import RawItem, key_of
from chalicelib.models.verification import digest_archive
from chalicelib.models.verification.digest import DigestItem, LeafItem
from chalicelib.models.verification.sealed_digest import SealedDigest, figures_of
from chalicelib.services.crypto import digest_signing
from chalicelib.services.verification.unsealed_entries import LOOK_BACK

LISTED_AFTER = timedelta(hours=2)
"""A sealer that stops lists leaves, and not yet their digest, which then the next one does within the hour."""

SEALED_AFTER = timedelta(minutes=20)
"""A digest is listed so long after the moment up to which it seals: the delay, and as long as a sealer may run."""


class Seals:
    """The digests of a bank, each proven when it is first asked for, and how many leaves of each were found.

    `required_from` is known once the chain is proven: since when records are counted by each edition. `restored_to` is
    the moment to which the tables were restored, None if they are the bank's own.
    """

    def __init__(self, restored_to: str | None = None) -> None:
        self._restored_to = restored_to
        self._digests: dict[int, Digest] = {}
        self.required_from: tuple[str, ...] = ()
        self.found: Counter[int] = Counter()

    @cached_property
    def sealed_to(self) -> str:
        """Return up to which moment entries must be sealed; empty before the first digest."""
        latest = self._latest
        return timestamp(moment(latest.sealed_to) - LOOK_BACK) if latest else ""

    @cached_property
    def _latest(self) -> Digest | None:
        latest = DigestItem.latest()
        return latest.digest if latest else None

    @cached_property
    def _keys(self) -> list[dict[str, str]]:
        return digest_signing.published()

    def digest(self, number: int) -> Digest:
        if number not in self._digests:
            item = DigestItem.find(*DigestItem.key(number))
            if item is None:
                raise Broken(f"digest {number}", "a digest, for leaves name it", "nothing")
            self._accept(number, item.signed())
        return self._digests[number]

    def all_digests(self) -> list[Digest]:
        """Return the digests that were accepted so far, in their order."""
        return [self._digests[number] for number in sorted(self._digests)]

    def _accept(self, number: int, signed: SignedDigest) -> None:
        if not digest_signing.is_signed(signed, self._keys):
            raise Broken(f"digest {number}", "a signature of a published key", f"one that is none ({signed.key_id})")
        require(f"digest {number}: number", number, signed.digest.number)
        self._digests[number] = signed.digest

    def prove_chain(self, tell: Callable[[str], None], *, with_archive: bool) -> int:
        """Verify all digests from the first to the last, and return how many there are.

        Raises Broken. `with_archive`: compare them with the archive.
        """
        number, previous_hash, sealed_to = 0, GENESIS, ""
        editions: list[SealedEdition] = []
        told: dict[int, Digest] = {}
        kept = digest_archive.versions(digest_archive.DIGESTS) if with_archive else Counter[str]()
        for page in DigestItem.walk():
            for signed in [item.signed() for item in page]:
                number += 1
                self._accept(number, signed)
                digest = signed.digest
                require(f"digest {number}: previous_hash", previous_hash, digest.previous_hash)
                require(f"digest {number}: sealed_from", sealed_to or digest.sealed_from, digest.sealed_from)
                if with_archive:
                    _require_archived(number, signed, kept)
                previous_hash, sealed_to = digest.hash, digest.sealed_to
                editions.append(SealedEdition(digest.sealed_to, digest.event_edition or 0))
                told |= {number: digest} if digest.event_edition else {}
                tell(f"{number} digests hold")
        if with_archive and kept[digest_archive.digest_key(number + 1)]:
            self._require_next(number + 1, previous_hash)
        _require_told(told, number)
        self.required_from = find_required_from(editions)
        return number

    def _require_next(self, number: int, previous_hash: str) -> None:
        """Check that the archive has one more digest for a good reason: it was sealed after the moment of a restore.

        It also follows the last restored one. So nothing was restored that was not sealed, and no digest is missing.
        """
        if DigestItem.find(*DigestItem.key(number)) is not None:
            return
        if self._restored_to is None:
            found = "the archive's alone; if a sealer has just stopped half-way, `make seal` lists it"
            raise Broken(f"digest {number}", "a digest, for the archive keeps one", found)
        signed = SignedDigest(**json.loads(digest_archive.read(digest_archive.digest_key(number))))
        self._accept(number, signed)
        require(f"digest {number}: previous_hash, in the archive", previous_hash, signed.digest.previous_hash)
        if timestamp(moment(signed.digest.sealed_to) + SEALED_AFTER) < self._restored_to:
            found = f"the archive's alone, which seals up to {signed.digest.sealed_to}"
            raise Broken(f"digest {number}", f"a digest, for the tables are of {self._restored_to}", found)

    def of_account(self, account_id: str, tell: Callable[[str], None]) -> "AccountSeals":
        sealed_to = self.sealed_to  # read before the leaves
        leaves, numbers = list[Leaf](), list[int]()
        for page in LeafItem.walk_raw(account_id):
            for leaf, number in filter(None, map(self._listed, page)):
                leaves.append(leaf)
                numbers.append(number)
                tell(f"{account_id}: {len(leaves)} seals")
        return AccountSeals(account_id, leaves, sealed_to, numbers)

    def add(self, account: "AccountSeals") -> None:
        """Count what an account that holds had of each digest."""
        self.found.update(account.numbers)

    def _listed(self, raw: RawItem) -> tuple[Leaf, int] | None:
        """Return a verified leaf and its digest's number, or None while that digest is being listed."""
        try:
            item = LeafItem.from_raw_data(raw)
            return None if self._is_under_way(item) else (self._proven(item), item.number)
        except (LookupError, TypeError, ValueError) as error:
            raise Broken(f"{' '.join(key_of(raw))}: a seal", "a leaf", f"none: {error!r}") from error

    def _is_under_way(self, item: LeafItem) -> bool:
        """Return whether a leaf's digest is being listed at the moment."""
        number = self._latest.number if self._latest else 0
        return item.number > number and item.leaf.last_at > timestamp(clock.now() - LISTED_AFTER)

    def _proven(self, item: LeafItem) -> Leaf:
        """Return a leaf whose path leads to its digest."""
        digest, leaf = self.digest(item.number), item.leaf
        where = f"{leaf.account_id} entries {leaf.from_seq} to {leaf.to_seq}: their seal"
        require(f"{where}: key", LeafItem.key(leaf.account_id, leaf.to_seq), item.own_key)
        require(where, json.loads(item.partition_text)[1], _root(item.leaf_text, item.place_in_partition))
        require(where, digest.root, _root(item.partition_text, item.place_of_partition))
        return leaf

    def require_all_found(self, digests: int) -> None:
        """Check, after all accounts, that everything was found that the first digests have sealed. Raises Broken.

        Later digests are left out: their leaves may be of accounts that were verified before.
        """
        for number in range(1, digests + 1):
            require(f"digest {number}: leaves found in the bank", self.digest(number).leaves, self.found[number])


def _require_told(expected: dict[int, Digest], last: int) -> None:
    """Check that audit and events tell of each digest that names an edition, and of no other. Raises Broken.

    The digests right after the last one may have been listed since.
    """
    found = {item.number: item for item in SealedDigest.walk()}
    while last + 1 in found:
        last += 1
        del found[last]
    for number in sorted(expected.keys() | found.keys()):
        there, digest = found.get(number), expected.get(number)
        where = f"{' '.join(SealedDigest.key(number))}: what tells of digest {number}"
        require(where, figures_of(digest) if digest else None, there.figures() if there else None)


def _require_archived(number: int, signed: SignedDigest, kept: Counter[str]) -> None:
    """Check that a digest equals the archive's, and that the archive has its first version."""
    name = digest_archive.digest_key(number)
    require(f"digest {number}: as the archive keeps it", compact(asdict(signed)), digest_archive.find(name))
    require(f"digest {number}: versions in the archive", 1, kept[name])


def _root(text: str, place: Place) -> str | None:
    path = [bytes.fromhex(one) for one in place.path]
    root = root_of_path(text.encode(), place.index, place.size, path)
    return root.hex() if root else None


class AccountSeals:
    """An account's leaves, compared with its entries as these are followed from the first."""

    def __init__(self, account_id: str, leaves: Iterable[Leaf] = (), sealed_to: str = "", numbers: Iterable[int] = ()):
        self.numbers = list(numbers)
        self._account_id, self._leaves, self._sealed_to = account_id, iter(leaves), sealed_to
        self._leaf = next(self._leaves, None)
        self._hashes: list[str] = []

    def follow(self, entry: Entry) -> None:
        """Check that this is the entry that was sealed. Raises Broken."""
        leaf, where = self._leaf, f"{self._account_id} entry {entry.seq}"
        if leaf is None:
            if entry.created_at <= self._sealed_to:
                raise Broken(f"{where}: its seal", f"one, for digests reach beyond {self._sealed_to}", "none")
            return
        if not self._hashes:
            require(f"{where}: its leaf begins", entry.seq, leaf.from_seq)
            require(f"{where}: prev_hash, as sealed", leaf.previous_head, entry.prev_hash)
        self._hashes.append(entry.hash)
        if entry.seq == leaf.to_seq:
            require(f"{where}: hash, as sealed", leaf.head, entry.hash)
            where = f"{self._account_id} entries {leaf.from_seq} to {leaf.to_seq}: root, as sealed"
            require(where, leaf.entries_root, entries_tree(self._hashes).root.hex())
            self._leaf, self._hashes = next(self._leaves, None), []

    def require_end(self) -> None:
        """Check, after the last entry, that no sealed entry is missing. Raises Broken."""
        if self._leaf:
            where = f"{self._account_id} entry {self._leaf.from_seq + len(self._hashes)}"
            raise Broken(where, f"an entry, for it is sealed up to seq {self._leaf.to_seq}", "nothing")
