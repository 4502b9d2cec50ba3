"""The transactions of several accounts as one list, newest first.

Sources are lists in the same order: an account's entries, the holds on an owner's accounts, what a user requested. A
page takes what it needs from each of them and merges it.
"""

from collections.abc import Callable, Iterable

from pynamodb.expressions.condition import Condition

from chalicelib.domain.errors import InvalidCursor
from chalicelib.models import keys
from chalicelib.models.item import Item, RawItem
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.ledger.hold import Hold, owner_list
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import REFUSED, Page, Paging, decode_cursor, encode_cursor, walk_pages

Place = tuple[str, str]
"""In the list: the moment under which a transaction is listed, and its id."""
Source = Callable[[str, Place, int], list[Place]]
"""Returns, newest first, more than so many places from a moment on that come before a place, or all there are."""


def entries_of(account_id: str) -> Source:
    """Return what was posted on an account."""

    def read(since: str, before: Place, limit: int) -> list[Place]:
        within = LedgerEntry.sk.between(since, f"{before[0]}#~")
        return _places(LedgerEntry, keys.account(account_id), None, within, before, limit, _of_entry)

    return read


def holds_of(owner_id: str, account_ids: Iterable[str]) -> Source:
    """Return what some accounts of an owner were to pay and have not paid: pending, voided and expired transactions."""
    partitions = set(map(keys.account, account_ids))

    def place(item: RawItem) -> Place | None:
        return (item["gsi2sk"]["S"], keys.id_in(item["sk"]["S"])) if item["pk"]["S"] in partitions else None

    def read(since: str, before: Place, limit: int) -> list[Place]:
        within = Hold.gsi2sk.between(since, before[0])
        return _places(Hold, owner_list(owner_id), "gsi2", within, before, limit, place)

    return read


def requests_of(user_id: str) -> Source:
    """Return the transactions that a user requested, refused ones too."""

    def read(since: str, before: Place, limit: int) -> list[Place]:
        within = Transaction.gsi2sk.between(since, before[0])
        return _places(Transaction, keys.user(user_id), "gsi2", within, before, limit, _of_request)

    return read


def page(sources: Iterable[Source], since: str, until: str, paging: Paging, whose: str) -> Page[Place]:
    """List what the sources have between two timestamps, with one query for each, each transaction once.

    `whose` list it is, in the client's words: a cursor holds on when an account is opened, or no longer held. Raises
    InvalidCursor.
    """
    scope = f"TRANSACTIONS {since} {until} {whose}"
    before = (until, "~") if paging.cursor is None else _open_cursor(paging.cursor, scope, since, until)
    found = sorted({place for read in sources for place in read(since, before, paging.limit)}, reverse=True)
    places = found[: paging.limit]
    if len(found) <= paging.limit:
        return Page(places)
    at, last = places[-1]
    return Page(places, encode_cursor({"at": at, "id": last}, scope))


def _places(
    model: type[Item],
    partition: str,
    index: str | None,
    within: Condition,
    before: Place,
    limit: int,
    place_of: Callable[[RawItem], Place | None],
) -> list[Place]:
    """Return the places of a partition, in whole moments: those of one moment come in any order from an index.

    A query reads the page, one more, the moment that an earlier page may have begun, and one that may go on.
    """
    found: list[Place] = []
    for items in walk_pages(model, partition, within=within, index=index, at_once=limit + 3, newest_first=True):
        found += [place for item in items if (place := place_of(item)) and place < before]
        whole = [place for place in found if place[0] > found[-1][0]]
        if len(whole) > limit:
            return whole
    return found


def _of_entry(item: RawItem) -> Place:
    return item["created_at"]["S"], item["transaction_id"]["S"]


def _of_request(item: RawItem) -> Place:
    return item["gsi2sk"]["S"], keys.id_in(item["pk"]["S"])


def _open_cursor(cursor: str, scope: str, since: str, until: str) -> Place:
    start = decode_cursor(cursor, scope)
    if start.keys() != {"at", "id"} or not since <= start["at"] <= until:
        raise InvalidCursor(REFUSED)
    return start["at"], start["id"]
