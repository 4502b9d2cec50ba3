"""The transactions of several accounts as one list, newest first."""

from chalicelib.domain.errors import InvalidCursor
from chalicelib.models import keys
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.paging import REFUSED, Page, decode_cursor, encode_cursor

Place = tuple[str, str]
"""In the list: when it was posted, and the transaction's id."""


def page(account_ids: list[str], since: str, until: str, limit: int, cursor: str | None, whose: str) -> Page[str]:
    """List the ids of transactions posted between two timestamps, with one query per account.

    `whose` list it is, in the client's words: a cursor holds on when an account is opened, or no longer held. Raises
    InvalidCursor.
    """
    scope = f"ENTRIES {since} {until} {whose}"
    before = (f"{until}~", "") if cursor is None else _opened(cursor, scope, since, until)
    places = {place for account_id in account_ids for place in _of(account_id, since, before[0][: len(until)], limit)}
    found = sorted((place for place in places if place < before), reverse=True)
    ids = [transaction_id for _, transaction_id in found[:limit]]
    if len(found) <= limit:
        return Page(ids)
    at, last = found[limit - 1]
    return Page(ids, encode_cursor({"at": at, "id": last}, scope))


def _of(account_id: str, since: str, until: str, limit: int) -> list[Place]:
    """One more than the page has, and one that an earlier page may have had: an account moves once at a moment."""
    answer = LedgerEntry.query_once(
        keys.account(account_id),
        range_key_condition=LedgerEntry.sk.between(since, f"{until}#~"),
        consistent_read=True,
        limit=limit + 2,
        scan_index_forward=False,
    )
    return [(item["created_at"]["S"], item["transaction_id"]["S"]) for item in answer["Items"]]


def _opened(cursor: str, scope: str, since: str, until: str) -> Place:
    start = decode_cursor(cursor, scope)
    if start.keys() != {"at", "id"} or not since <= start["at"] <= until:
        raise InvalidCursor(REFUSED)
    return start["at"], start["id"]
