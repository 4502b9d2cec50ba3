"""Seals entries: makes a signed digest of all entries since the last one, where nobody can replace it.

```
find what moved ─► leaves ─► nodes to the archive ─► sign ─► digest to the archive ─► leaves and digest to `audit`,
                             (of no effect yet)              (now it is sealed)       and an item of `bank` that tells
                                                                                      (follow from the archive)
```

The digest's own put is the one step that counts. A sealer that ends before it has left nothing that anybody refers to.
What one that ends after it has not listed, the next one lists before it does anything else. Of two at once, one puts
the digest, and both list that one.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import timedelta

from chalicelib import clock, config
from chalicelib.domain.events.catalogue import EDITION
from chalicelib.domain.ledger.entry import Entry
from chalicelib.domain.ledger.hash_chain import compact
from chalicelib.domain.permissions import system
from chalicelib.domain.time import moment, timestamp
from chalicelib.domain.verification.checks import Broken, require
from chalicelib.domain.verification.digest import Digest, Forest, Leaf, SignedDigest, leaves_of
from chalicelib.models import transact
from chalicelib.models.audit.audit_record import AuditItem
from chalicelib.models.branches.branch import Branch
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.verification import digest_archive
from chalicelib.models.verification.digest import DigestItem, LeafItem
from chalicelib.models.verification.sealed_digest import SealedDigest
from chalicelib.observability import count, logger
from chalicelib.services.crypto import digest_signing
from chalicelib.services.verification import sealed_statements, unsealed_entries
from chalicelib.services.verification.unsealed_entries import WORKERS

REQUEST_ID = "sealer"
QUIET = timedelta(days=1)
"""A bank in which nothing moves still gets a digest as often as this, so that its silence is sealed, too."""
BEGUN_SECONDS_MAX = 300
"""No digest is begun later than this after the first, so that its function's 900 s suffice for the last."""


@dataclass(frozen=True)
class _Before:
    """What the digest before leaves behind: its number, its hash, up to when it sealed, and what was pending then."""

    number: int
    hash: str
    sealed_to: str
    pending: tuple[str, ...]


def seal() -> list[SignedDigest]:
    """Seal everything that is old enough; the digests made, or found unlisted, in their order.

    Raises Broken, and seals nothing more, where the ledger is not what it was when it was sealed.
    """
    until = timestamp(clock.now() - timedelta(seconds=config.digest_delay_seconds()))
    made: list[SignedDigest] = []
    deadline = time.monotonic() + BEGUN_SECONDS_MAX
    while (signed := _next(until)) is not None:
        made.append(signed)
        if time.monotonic() >= deadline:
            break
    count("SealRuns")
    logger.info("sealed", digests=len(made), until=until)
    return made


def _next(until: str) -> SignedDigest | None:
    """Make one more digest, unless there is nothing left to seal."""
    last = DigestItem.latest()
    number = last.digest.number + 1 if last else 1
    kept = digest_archive.find(digest_archive.digest_key(number))
    if kept:
        return _listed(SignedDigest(**json.loads(kept)))
    before = _before(last)
    if before is None or before.sealed_to >= until:
        return None
    found = unsealed_entries.find(before.sealed_to, until, before.pending)
    leaves = _leaves(found)
    if not leaves and found.until == until and moment(until) - moment(before.sealed_to) < QUIET:
        return None
    return _sealed(before, found, Forest(leaves))


def _before(last: SignedDigest | None) -> _Before | None:
    """Return the last digest, or for the first one the beginning of the bank; None if there is no bank yet.

    A bank with books from before its deployment, such as generated ones, has a branch as old as they are.
    """
    if last:
        digest = last.digest
        node = json.loads(digest_archive.read_node(digest.node))
        return _Before(digest.number, digest.hash, digest.sealed_to, tuple(node["pending"]))
    begun_at = Branch.first_listed_at()
    return _Before(0, Digest.previous_hash, begun_at, ()) if begun_at else None


def _leaves(found: unsealed_entries.Unsealed) -> list[Leaf]:
    def of_account(account_id: str) -> list[Leaf]:
        last = LeafItem.last_of(account_id)
        if last and last.to_seq >= found.moved[account_id]:
            return []
        leaves = list(leaves_of(_entries(account_id, last, found.until), last))
        seq = leaves[-1].to_seq if leaves else last.to_seq if last else 0
        if seq < found.moved[account_id]:
            raise Broken(f"{account_id} entry {seq + 1}", "an entry, for a transaction lists it", "nothing")
        return leaves

    with ThreadPoolExecutor(WORKERS) as pool:
        return [leaf for leaves in pool.map(of_account, sorted(found.moved)) for leaf in leaves]


def _entries(account_id: str, last: Leaf | None, until: str) -> Iterator[Entry]:
    """Yield an account's entries after its last leaf, up to a moment; each later entry has a later moment."""
    for page in LedgerEntry.pages_after(account_id, last.last_at if last else None, until):
        yield from (item.entry() for item in page)


def _sealed(before: _Before, found: unsealed_entries.Unsealed, forest: Forest) -> SignedDigest:
    statements = sealed_statements.texts_of_period(before.sealed_to, found.until)
    digest = Digest(
        number=before.number + 1,
        sealed_from=before.sealed_to,
        sealed_to=found.until,
        leaves=forest.size,
        entries=forest.entries,
        root=forest.root,
        node=_keep_nodes(forest, found.pending, statements),
        previous_hash=before.hash,
        event_edition=EDITION,
        statements=sealed_statements.hash_of(statements),
    )
    signed = digest_signing.sign(digest.text)
    kept = digest_archive.keep_once(digest_archive.digest_key(digest.number), compact(asdict(signed)))
    count("SealedEntries", digest.entries)
    return _listed(SignedDigest(**json.loads(kept)), forest if kept == compact(asdict(signed)) else None)


def _keep_nodes(forest: Forest, pending: list[str], statements: list[str]) -> str:
    """Archive the nodes of a digest, and return the name of the node that leads to all others."""
    with ThreadPoolExecutor(WORKERS) as pool:
        texts = [compact([leaf.text for leaf in leaves]) for leaves in forest.partitions.values()]
        names = list(pool.map(digest_archive.keep_node, texts))
    return digest_archive.keep_node(compact({"partitions": names, "pending": pending, "statements": statements}))


def _listed(signed: SignedDigest, forest: Forest | None = None) -> SignedDigest:
    """Put what a digest seals, and at last the digest itself, where it is found without reading the archive.

    Raises Broken where something else stands in their place, which only somebody else can have put there.
    """
    digest, forest = signed.digest, forest or archived_forest(signed.digest)
    with ThreadPoolExecutor(WORKERS) as pool:
        for number, text in forest.partition_texts.items():
            place = forest.place(number)
            items = [LeafItem.of(leaf, digest.number, text, inside, place) for leaf, inside in forest.places(number)]
            for item, stored in zip(items, pool.map(LeafItem.put, items), strict=True):
                _require_same(item, stored)
    _tell(digest)
    made = DigestItem.of(signed)
    _require_same(made, made.put())
    return signed


def _tell(digest: Digest) -> None:
    """Put the item of `bank` by which audit and events tell of a digest, before the digest is listed."""
    caller = system(REQUEST_ID)
    told = SealedDigest.of(digest, caller, clock.now())
    try:
        transact.commit([told.put_if_absent()], REQUEST_ID)
    except transact.Cancelled as cancelled:
        there = cancelled.reasons[0].found(SealedDigest)
        require(f"{', '.join(told.own_key)}", told.figures(), there.figures() if there else None)


def _require_same(item: AuditItem, stored: AuditItem) -> None:
    require(f"audit of {', '.join(item.own_key)}", item.serialize(), stored.serialize())


def archived_forest(digest: Digest) -> Forest:
    """Read a digest's leaves from the archive. Raises Broken if they are not those that the digest was made of."""
    names = json.loads(digest_archive.read_node(digest.node))["partitions"]
    leaves = [Leaf.parse(text) for name in names for text in json.loads(digest_archive.read_node(name))]
    forest = Forest(leaves)
    require(f"digest {digest.number}: root of what is archived", digest.root, forest.root)
    return forest
