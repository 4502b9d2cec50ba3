"""Proofs for third parties: the path from an entry to a signed digest, each step of which they can check.

Nothing is checked here: what does not hold must be seen to fail by whoever checks it.
"""

from dataclasses import dataclass

from chalicelib import config
from chalicelib.domain.errors import NotFound
from chalicelib.domain.ledger.hash_chain import entry_text
from chalicelib.domain.permissions import Caller
from chalicelib.domain.verification.digest import Leaf, Place, SignedDigest, entries_tree
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.paging import Page, Paging
from chalicelib.models.verification.digest import DigestItem, LeafItem
from chalicelib.services.accounts import accounts


@dataclass(frozen=True)
class Step:
    """A text, and where its hash stands in a Merkle tree whose root the next step's text names."""

    text: str
    place: Place


@dataclass(frozen=True)
class Proof:
    """From an entry over its leaf and its partition to the first digest after it."""

    entry: Step
    leaf: Step
    partition: Step
    digest: SignedDigest


def of_entry(caller: Caller, account_id: str, seq: int) -> Proof:
    """Return the proof of an entry, in four reads, whatever the size of the bank.

    Raises NotFound, also if it is not sealed yet.
    """
    account = accounts.get(caller, account_id)
    if not 1 <= seq <= account.last_seq:
        raise NotFound(f"The account has no entry {seq}; its last one is {account.last_seq}.")
    sealed = LeafItem.that_holds(account.id, seq)
    digest = DigestItem.find(*DigestItem.key(sealed.number)) if sealed else None
    if sealed is None or digest is None:
        delay = config.digest_delay_seconds()
        raise NotFound(f"Entry {seq} is not in a digest yet. Digests include entries after {delay} s; retry later.")
    entry = _entry_in(sealed.leaf, seq)
    leaf, partition = (
        Step(sealed.leaf_text, sealed.place_in_partition),
        Step(sealed.partition_text, sealed.place_of_partition),
    )
    return Proof(entry, leaf, partition, digest.signed())


def _entry_in(leaf: Leaf, seq: int) -> Step:
    pages = LedgerEntry.pages_between(leaf.account_id, leaf.first_at, leaf.last_at)
    entries = [item.entry() for page in pages for item in page]
    index = next((index for index, entry in enumerate(entries) if entry.seq == seq), None)
    if index is None:
        raise NotFound(f"Entry {seq} is in a digest but missing from the ledger. Tell the bank's auditor.")
    tree = entries_tree([entry.hash for entry in entries])
    return Step(entry_text(entries[index]), Place.of(tree, index, len(entries)))


def digests(paging: Paging) -> Page[DigestItem]:
    """List digests, the newest first."""
    return DigestItem.page_of_all(paging)
