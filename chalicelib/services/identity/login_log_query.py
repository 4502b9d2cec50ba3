"""Log-ins of all users. The audit keeps them for good, their origin only for a while."""

from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta

from chalicelib import clock
from chalicelib.domain import errors, ids
from chalicelib.domain.errors import InvalidCursor, ValidationFailed
from chalicelib.domain.time import moment, timestamp
from chalicelib.models.audit import audit_pages
from chalicelib.models.audit.audit_record import AuditRecord
from chalicelib.models.batch import get_all
from chalicelib.models.identity.login import Login
from chalicelib.models.paging import Page, Paging, decode_cursor, encode_cursor
from chalicelib.services import date_ranges
from chalicelib.services.crypto import personal_fields

BACK = timedelta(days=30)
RANGE_MAX = timedelta(days=366)


@dataclass(frozen=True)
class LoginQuery:
    """`from_` and `to` are dates of the bank or timestamps, both inclusive."""

    user_id: str | None = None
    from_: str | None = None
    to: str | None = None


@dataclass(frozen=True)
class LoggedIn:
    """An attempt as audited, and where it came from, which the bank itself knows for a while."""

    record: AuditRecord
    origin: personal_fields.Fields = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class _Start:
    """Where a page starts. The range is part of it, because one that ends now would be another at the next page."""

    since: str
    until: str
    month: str
    cursor: str = ""

    def __post_init__(self) -> None:
        date.fromisoformat(self.since[:10])
        date.fromisoformat(f"{self.month}-01")
        if self.since > self.until or not self.since[:7] <= self.month <= self.until[:7]:
            raise ValueError("a backwards range, or a month that is not in it")

    def month_before(self) -> "_Start | None":
        if self.month <= self.since[:7]:
            return None
        before = date.fromisoformat(f"{self.month}-01") - timedelta(days=1)
        return replace(self, month=before.isoformat()[:7], cursor="")


def page(asked: LoginQuery, paging: Paging) -> Page[LoggedIn]:
    """List attempts, by default of the last 30 days, newest first, in two calls, or three for keys.

    Attempts are listed by month and a page ends with its month, so it may be short or empty while there are more.
    """
    if asked.user_id is not None and not ids.is_id("usr", asked.user_id):
        raise errors.unknown("user", asked.user_id)
    scope = f"LOGINS {asked.user_id} {asked.from_} {asked.to}"
    start = _open_cursor(paging.cursor, scope) if paging.cursor is not None else _first(asked)
    within = Paging(paging.limit, start.cursor or None)
    if asked.user_id:
        found = audit_pages.page_of_logins_of(asked.user_id, start.since, start.until, within)
    else:
        found = audit_pages.page_of_logins(start.month, start.since, start.until, within)
    if found.next_cursor:
        following: _Start | None = replace(start, cursor=found.next_cursor)
    else:
        following = None if asked.user_id else start.month_before()
    return Page(_with_origin(found.items), _seal_cursor(following, scope) if following else None)


def _first(asked: LoginQuery) -> _Start:
    now = clock.now()
    since, until = date_ranges.parse(timestamp(now - BACK) if asked.from_ is None else asked.from_, asked.to)
    until = min(until, timestamp(now))
    if since > until:
        raise ValidationFailed.of("from", "must not be in the future, nor after to")
    if moment(until) - moment(since) > RANGE_MAX:
        raise ValidationFailed.of("from", f"must be within {RANGE_MAX.days} days of to")
    return _Start(since, until, until[:7])


def _with_origin(records: list[AuditRecord]) -> list[LoggedIn]:
    keys = [record.record().item_key for record in records]
    now = clock.now()
    logins = [login for login in get_all(Login, keys, consistent=False) if not login.has_expired(now)]
    origins = dict(zip((login.own_key for login in logins), personal_fields.reveal(logins), strict=True))
    return [LoggedIn(record, origins.get(key, {})) for record, key in zip(records, keys, strict=True)]


def _seal_cursor(start: _Start, scope: str) -> str:
    return encode_cursor(asdict(start), scope)


def _open_cursor(cursor: str, scope: str) -> _Start:
    position = decode_cursor(cursor, scope)
    try:
        return _Start(**position)
    except (TypeError, ValueError) as error:
        raise InvalidCursor("Send the next_cursor of the page before.") from error
