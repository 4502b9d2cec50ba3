"""The list of all transactions by UTC day; each day is spread over shards, which a page merges."""

from collections.abc import Iterator
from datetime import date, timedelta

from chalicelib.domain.errors import InvalidCursor
from chalicelib.models import keys
from chalicelib.models.item import BankItem
from chalicelib.models.ledger.transaction import DAY_SHARDS, Transaction, day_list
from chalicelib.models.paging import REFUSED, Page, Position, decode_cursor, encode_cursor, walk_pages

INDEX = "gsi1"


def page(since: str, until: str, limit: int, cursor: str | None, asked: str) -> Page[str]:
    """Return ids of transactions created between two timestamps, newest first: one query for each shard of one day.

    A page ends with its day, so it may be short with more to come. `asked` is the range in the client's words: what
    today is called tomorrow must not make a cursor invalid, so the cursor carries where its list ends. Raises
    InvalidCursor.
    """
    scope = f"DAYS {asked}"
    start = _open_cursor(cursor, scope, until) if cursor is not None else {"day": until[:10], "since": since}
    day, since = start["day"], start["since"]
    before = (start["at"], start["pk"]) if "at" in start else (f"{until}~", "")
    found = [row for shard in range(DAY_SHARDS) for row in _shard(day, shard, since, before[0], limit)]
    rows = sorted((row for row in found if (row.gsi1sk, row.pk) < before), key=_order, reverse=True)
    if len(rows) > limit:
        last = rows[limit - 1]
        following: Position | None = start | {"at": last.gsi1sk, "pk": last.pk}
    else:
        following = {"day": _day_before(day), "since": since} if day > since[:10] else None
    return Page([keys.id_in(row.pk) for row in rows[:limit]], encode_cursor(following, scope) if following else None)


def walk_shard(day: str, shard: int, since: str, until: str) -> Iterator[list[tuple[str, str]]]:
    """Yield when each transaction of one shard of a UTC day was created, and its id, a page at a time, oldest first."""
    within = BankItem.gsi1sk.between(since, until)
    for page in walk_pages(BankItem, day_list(day, shard), within=within, index=INDEX):
        yield [(row["gsi1sk"]["S"], keys.id_in(row["pk"]["S"])) for row in page]


def _open_cursor(cursor: str, scope: str, until: str) -> Position:
    start = decode_cursor(cursor, scope)
    try:
        day, since = start["day"], start["since"]
        first, _ = date.fromisoformat(since[:10]), date.fromisoformat(day)
        well_formed = start.keys() in ({"day", "since"}, {"day", "since", "at", "pk"})
        at = start.get("at", start["since"])
        # DynamoDB takes no range that is backwards, and there is no day before the first.
        if not (well_formed and first.isoformat() <= day <= until[:10] and since <= at <= until):
            raise ValueError("not what a cursor of days says")
    except (KeyError, ValueError) as error:
        raise InvalidCursor(REFUSED) from error
    return start


def _shard(day: str, shard: int, since: str, until: str, limit: int) -> list[BankItem]:
    answer = Transaction.query_once(
        day_list(day, shard),
        range_key_condition=BankItem.gsi1sk.between(since, until),
        index_name=INDEX,
        limit=limit + 2,
        scan_index_forward=False,
    )
    return [BankItem.from_raw_data(item) for item in answer["Items"]]


def _order(row: BankItem) -> tuple[str, str]:
    return str(row.gsi1sk), str(row.pk)


def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
