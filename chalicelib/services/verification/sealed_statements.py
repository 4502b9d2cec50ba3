"""Seals the clearing's statements with the signed digests, and verifies that each page is still what was sealed.

The ledger alone cannot show that a statement was edited or deleted: it is the other bank's word. A digest has the hash
of the pages that came in its period, and the archive keeps their texts.
"""

import json
from collections.abc import Iterable, Iterator

from chalicelib.domain.ledger.hash_chain import compact, text_hash
from chalicelib.domain.verification.checks import Broken
from chalicelib.domain.verification.digest import Digest
from chalicelib.models.clearing.nostro_statement import StatementPage
from chalicelib.models.verification import digest_archive


def texts_of_period(after: str, until: str) -> list[str]:
    """Return the texts that seal the pages of a period: those that came after a moment and until another (UTC)."""
    return sorted(page.text for page in StatementPage.walk_received(after, until))


def hash_of(texts: Iterable[str]) -> str:
    """Return the hash that a digest has of the pages of its period."""
    return text_hash(compact(sorted(texts)))


def prove(digests: Iterable[Digest], *, with_archive: bool) -> None:
    """Verify the pages of all periods that were sealed. Raises Broken at the first one that differs.

    With the archive, the page is named, otherwise the digest.
    """
    texts, read = sorted(_texts()), 0
    for digest in digests:
        begin = read
        while read < len(texts) and _came_at(texts[read]) <= digest.sealed_to:
            read += 1
        inside = [text for text in texts[begin:read] if _came_at(text) > digest.sealed_from]
        if digest.statements is None or digest.statements == hash_of(inside):
            continue
        if with_archive:
            _name_page(digest, inside)
        where = f"digest {digest.number}: the clearing's statements of {digest.sealed_from} to {digest.sealed_to}"
        raise Broken(where, f"pages with the hash {digest.statements}", f"{len(inside)} others")


def _texts() -> Iterator[str]:
    """Yield the texts of all pages, also of statements that are not whole."""
    for currency, day in StatementPage.walk_days():
        yield from (page.text for page in StatementPage.of_day(currency, day))


def _came_at(text: str) -> str:
    return str(json.loads(text)[0])


def _name_page(digest: Digest, present: list[str]) -> None:
    """Raise Broken for the first page that is not as the archive has it, or that it has not."""
    sealed = json.loads(digest_archive.read_node(digest.node)).get("statements", [])
    for text in sorted({*sealed} ^ {*present}):
        _, partition, place, *_ = json.loads(text)
        found = [one for one in present if json.loads(one)[1:3] == [partition, place]]
        wanted = [one for one in sealed if json.loads(one)[1:3] == [partition, place]]
        where = f"{partition} {place}: page of the clearing's statement, as digest {digest.number} sealed it"
        raise Broken(where, wanted[0] if wanted else "nothing", found[0] if found else "nothing")
