"""Payments to other banks by their state: a page of several partitions of an index, one after the other."""

from collections.abc import Sequence

from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.states import State
from chalicelib.domain.errors import InvalidCursor
from chalicelib.models.batch import get_all
from chalicelib.models.clearing.payment import LIST_SHARDS, ClearingPayment, list_of
from chalicelib.models.item import BankItem, Key
from chalicelib.models.paging import REFUSED, Page, Paging, decode_cursor, encode_cursor, query_page


def page_with_state(state: State, rails: Sequence[Rail], paging: Paging) -> Page[ClearingPayment]:
    """Return a page of the payments in a state, of each partition the longest due first. Raises InvalidCursor.

    A page that one partition fills is one query. There are LIST_SHARDS partitions of each rail.
    """
    places = [list_of(state, rail, shard) for rail in rails for shard in range(LIST_SHARDS)]
    scope = f"payments {state} {' '.join(rails)}"
    number, cursor = _start(paging.cursor, scope, len(places))
    keys: list[Key] = []
    while number < len(places) and len(keys) < paging.limit:
        wanted = paging.limit - len(keys)
        rows = query_page(BankItem, places[number], limit=wanted, cursor=cursor, index="gsi1", oldest_first=True)
        keys += [row.own_key for row in rows.items]
        cursor = rows.next_cursor
        if cursor is None:
            number += 1
    more = encode_cursor({"place": str(number), "cursor": cursor or ""}, scope) if number < len(places) else None
    # The index may be a moment behind: a payment that has moved on is listed under its new state.
    return Page([one for one in get_all(ClearingPayment, keys) if one.status == state], more)


def _start(cursor: str | None, scope: str, places: int) -> tuple[int, str | None]:
    """Return the number of the partition where a page starts, and the cursor in it."""
    if cursor is None:
        return 0, None
    position = decode_cursor(cursor, scope)
    number = position.get("place", "")
    if not (number.isascii() and number.isdecimal() and len(number) <= len(str(places)) and int(number) < places):
        raise InvalidCursor(REFUSED)
    return int(number), position.get("cursor") or None
