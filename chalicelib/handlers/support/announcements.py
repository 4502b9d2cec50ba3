"""Announcements."""

from chalicelib import clock
from chalicelib.domain.support.announcement import PUBLIC, audiences
from chalicelib.domain.time import timestamp
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing, PageQuery
from chalicelib.handlers.support.announcement_schemas import (
    AnnouncementView,
    EditAnnouncement,
    PublishAnnouncement,
    listed,
)
from chalicelib.models.paging import Paging
from chalicelib.models.support.announcement import Announcement
from chalicelib.services.support import announcements


def answer(announcement: Announcement, *, replayed: bool = False) -> Answer:
    """An announcement with its version as ETag, to send back as If-Match."""
    view = AnnouncementView.of(announcement, timestamp(clock.now()))
    return Answer(view, version=announcement.version, replayed=replayed)


@describe(
    "Announcements to everyone",
    query=PageQuery,
    answer=Listing[AnnouncementView],
    problems=("invalid_cursor",),
    cache_scope="public",
)
def list_announcements(request: Request[None, PageQuery]) -> Listing[AnnouncementView]:
    """Those published now and not over, what was published last first. No token needed."""
    return listed(announcements.published(PUBLIC, Paging(request.query.limit, request.query.cursor)))


@describe(
    "Announcements to whoever is signed in",
    query=PageQuery,
    answer=Listing[AnnouncementView],
    problems=("invalid_cursor",),
    cache_scope="private",
)
def list_own_announcements(request: Request[None, PageQuery]) -> Listing[AnnouncementView]:
    """As the public list, with what is for customers, and for staff and auditors what is for staff too."""
    seen = audiences(request.caller.role)
    return listed(announcements.published(seen, Paging(request.query.limit, request.query.cursor)))


@describe("All announcements", query=PageQuery, answer=Listing[AnnouncementView], problems=("invalid_cursor",))
def list_all_announcements(request: Request[None, PageQuery]) -> Listing[AnnouncementView]:
    """Scheduled, over and withdrawn ones too; newest first."""
    return listed(announcements.page(Paging(request.query.limit, request.query.cursor)))


@describe("Publish an announcement", status=201, body=PublishAnnouncement, answer=AnnouncementView)
def publish_announcement(request: Request[PublishAnnouncement, None]) -> Answer:
    """At once and for good, unless told from when and until when."""
    announcement, replayed = announcements.publish(
        request.caller, request.idempotency_key, announcements.New(**request.body.model_dump())
    )
    return answer(announcement, replayed=replayed)


@describe("Get an announcement", answer=AnnouncementView, problems=("not_found",))
def get_announcement(request: Request[None, None], announcement_id: str) -> Answer:
    """In whatever state, for staff and auditors."""
    return answer(announcements.get(announcement_id))


@describe(
    "Edit an announcement",
    body=EditAnnouncement,
    answer=AnnouncementView,
    problems=("not_found", "conflict", "contention"),
)
def edit_announcement(request: Request[EditAnnouncement, None], announcement_id: str) -> Answer:
    """Seen by everybody within the cache time. Honours If-Match with the ETag of the announcement as read."""
    edits = request.body.model_dump(exclude_unset=True)
    return answer(announcements.edit(request.caller, announcement_id, edits, request.if_match))


@describe("Withdraw an announcement", answer=AnnouncementView, problems=("not_found", "contention"))
def withdraw_announcement(request: Request[None, None], announcement_id: str) -> Answer:
    """For good. It stays on the list of all."""
    return answer(announcements.withdraw(request.caller, announcement_id))
