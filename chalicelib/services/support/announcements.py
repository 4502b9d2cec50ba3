"""Announcements: what the bank says to everyone, to its customers or to its staff, and when.

What customers read in the bank's name is an action that may wait for a second person (`announcement`): one member of
staff alone could send all of them to a thief. To withdraw one needs nobody else, nor does what staff alone read.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from chalicelib import aws, clock
from chalicelib.domain import errors, ids
from chalicelib.domain.errors import Conflict
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.support import announcement as domain
from chalicelib.domain.support.announcement import Audience
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.item import Action
from chalicelib.models.paging import Page, Paging, decode_cursor, encode_cursor
from chalicelib.models.support.announcement import Announcement
from chalicelib.models.transact import Extra
from chalicelib.services import date_ranges, idempotency, reference_cache
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest

Decide = Callable[[Announcement], dict[str, Any]]
MOMENTS = ("published_from", "published_until")


@dataclass(frozen=True)
class New:
    """`published_from` and `published_until` as clients write them; from now on and for good, unless given."""

    title: str
    message: str
    audience: Audience = "everyone"
    published_from: str | None = None
    published_until: str | None = None


def page_of_published(audiences: frozenset[Audience], paging: Paging) -> Page[Announcement]:
    """List the announcements that these audiences see now, the last published first. Usually served from the cache."""
    at = timestamp(clock.now())
    scope = f"ANNOUNCED {sorted(audiences)}"
    before = _position(paging.cursor, scope)
    seen = sorted(
        (one for one in _standing() if one.audience in audiences and one.state(at) == "published"),
        key=_order,
        reverse=True,
    )
    left = [one for one in seen if before is None or _order(one) < before]
    found = left[: paging.limit]
    if len(left) <= paging.limit:
        return Page(found)
    published_from, last_id = _order(found[-1])
    return Page(found, encode_cursor({"from": published_from, "id": last_id}, scope))


def page(paging: Paging) -> Page[Announcement]:
    """List every announcement in any state, newest first: a query, and a read to fill the page."""
    return Announcement.page_of_all(paging)


def get(announcement_id: str) -> Announcement:
    """Read an announcement. Raises NotFound."""
    announcement = Announcement.by_id(announcement_id) if ids.is_id("ann", announcement_id) else None
    if announcement is None:
        raise errors.unknown("announcement", announcement_id)
    return announcement


def publish(
    caller: Caller, idempotency_key: IdempotencyKey | None, new: New, approved_id: str | None = None
) -> tuple[Announcement, bool]:
    """Publish an announcement, and return whether an earlier request under the same key had published it.

    `approved_id` is the id that an approval names.
    """
    earlier = idempotency.find_earlier(idempotency_key)
    if earlier:
        return get(earlier), True
    now = clock.now()
    at = timestamp(now)
    times = _moments({"published_from": new.published_from, "published_until": new.published_until})
    times["published_from"] = times["published_from"] or at
    domain.require_in_order(times["published_from"], times["published_until"])
    announcement = Announcement.new(
        approved_id or ids.new_id("ann", now), at, title=new.title, message=new.message, audience=new.audience, **times
    ).stamp(caller, at)
    approved = _require_second(caller, announcement.id, new.audience, asdict(new), idempotency_key)
    actions: list[Action | Extra] = [announcement.put_if_absent(), *approved]
    announcement_id, replayed = idempotency.commit_once(caller, idempotency_key, announcement.id, actions, at)
    reference_cache.forget()
    if not replayed:
        return announcement, False
    with aws.unknown_outcome_on_error():
        return get(announcement_id), True


def edit(caller: Caller, announcement_id: str, edits: dict[str, Any], matching: IfMatch) -> Announcement:
    """Edit an announcement. Raises Conflict if it is withdrawn, or `matching` (If-Match) is outdated."""
    changes = edits | _moments({name: edits[name] for name in MOMENTS if name in edits})

    def decide(existing: Announcement) -> dict[str, Any]:
        if existing.is_withdrawn:
            raise Conflict("The announcement is withdrawn. Publish another one.")
        domain.require_in_order(
            changes.get("published_from", existing.published_from),
            changes.get("published_until", existing.published_until),
        )
        return changes

    return _change(caller, announcement_id, decide, matching, is_edit=True)


def withdraw(caller: Caller, announcement_id: str, matching: IfMatch) -> Announcement:
    """Withdraw an announcement: only staff and auditors see it afterwards. Withdrawing it again changes nothing."""
    return _change(caller, announcement_id, lambda one: {} if one.is_withdrawn else {"is_withdrawn": True}, matching)


def execute(maker: Caller, approval: Approval) -> None:
    """Publish or edit an announcement as it was approved."""
    payload = dict(approval.payload)
    if approval.resource_version:
        edit(maker, str(approval.resource_id), payload, ANY_VERSION)
    else:
        publish(maker, None, New(**payload), str(approval.resource_id))


@transact.until_committed
def _change(
    caller: Caller, announcement_id: str, decide: Decide, matching: IfMatch, *, is_edit: bool = False
) -> Announcement:
    """Change an announcement as `decide` says. If customers read it then, a second person sees the whole of it: what
    staff alone have read was shown to nobody before.
    """
    announcement = get(announcement_id)
    matching.require(announcement.version)
    changes = decide(announcement)
    if not changes:
        return announcement
    approved: tuple[Extra, ...] = ()
    if is_edit:
        wanted = {name: changes.get(name, getattr(announcement, name)) for name in New.__dataclass_fields__}
        audience = wanted["audience"]
        approved = _require_second(caller, announcement_id, audience, wanted, version=announcement.version)
    at = timestamp(clock.now())
    transact.commit([announcement.change(changes, caller, at), *approved], caller.request_id)
    reference_cache.forget()
    with aws.unknown_outcome_on_error():
        return get(announcement_id)


def _require_second(
    caller: Caller,
    announcement_id: str,
    audience: Audience,
    payload: dict[str, Any],
    idempotency_key: IdempotencyKey | None = None,
    version: int | None = None,
) -> tuple[Extra, ...]:
    """Ask whether one person may tell customers this; `version` is None for a new announcement."""
    if audience == "staff":
        return ()
    verb = "Publish" if version is None else "Change"
    request = HeldRequest(
        "announcement",
        f"{verb} announcement {announcement_id} for {audience}.",
        resource_id=announcement_id,
        version=version,
        payload=payload,
    )
    return gate.require(caller, request, idempotency_key)


@reference_cache.kept
def _standing() -> list[Announcement]:
    """Return the announcements that are neither over nor withdrawn, also future ones.

    This takes a query, and a read per hundred.
    """
    return Announcement.not_over(timestamp(clock.now()))


def _order(announcement: Announcement) -> tuple[str, str]:
    return announcement.published_from, announcement.id


def _position(cursor: str | None, scope: str) -> tuple[str, str] | None:
    """Return the position after which the page begins. Raises InvalidCursor unless the cursor is one of `published`."""
    if cursor is None:
        return None
    position = decode_cursor(cursor, scope)
    return position.get("from", ""), position.get("id", "")


def _moments(given: dict[str, str | None]) -> dict[str, Any]:
    return {name: date_ranges.moment(name, text) if text is not None else None for name, text in given.items()}
