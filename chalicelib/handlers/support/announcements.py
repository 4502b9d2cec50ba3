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
    list_view,
)
from chalicelib.models.paging import Paging
from chalicelib.models.support.announcement import Announcement
from chalicelib.services.support import announcements


def answer(announcement: Announcement, *, replayed: bool = False) -> Answer:
    """Respond with an announcement and its version as ETag, to send back as If-Match."""
    view = AnnouncementView.of(announcement, timestamp(clock.now()))
    return Answer(view, version=announcement.version, replayed=replayed)


@describe(
    "List public announcements",
    query=PageQuery,
    answer=Listing[AnnouncementView],
    problems=("invalid_cursor",),
    cache_scope="public",
)
def list_announcements(request: Request[None, PageQuery]) -> Listing[AnnouncementView]:
    """Lists the announcements published now, last published first. No token is needed."""
    return list_view(announcements.page_of_published(PUBLIC, Paging(request.query.limit, request.query.cursor)))


@describe(
    "List announcements for you",
    query=PageQuery,
    answer=Listing[AnnouncementView],
    problems=("invalid_cursor",),
    cache_scope="private",
)
def list_own_announcements(request: Request[None, PageQuery]) -> Listing[AnnouncementView]:
    """Lists the public announcements and those for customers; for staff and auditors, also those for staff."""
    seen = audiences(request.caller.user_role)
    return list_view(announcements.page_of_published(seen, Paging(request.query.limit, request.query.cursor)))


@describe("List all announcements", query=PageQuery, answer=Listing[AnnouncementView], problems=("invalid_cursor",))
def list_all_announcements(request: Request[None, PageQuery]) -> Listing[AnnouncementView]:
    """Lists scheduled, ended and withdrawn ones too, newest first."""
    return list_view(announcements.page(Paging(request.query.limit, request.query.cursor)))


@describe(
    "Publish an announcement",
    status=201,
    body=PublishAnnouncement,
    answer=AnnouncementView,
    action="announcement",
)
def publish_announcement(request: Request[PublishAnnouncement, None]) -> Answer:
    """Publishes at once and without end, unless you send `published_from` or `published_until`.

    An announcement to customers may wait for a second person; one to staff does not.
    """
    announcement, replayed = announcements.publish(
        request.caller, request.idempotency_key, announcements.New(**request.body.model_dump())
    )
    return answer(announcement, replayed=replayed)


@describe("Get an announcement", answer=AnnouncementView, problems=("not_found",), versioned="the announcement")
def get_announcement(request: Request[None, None], announcement_id: str) -> Answer:
    """Returns an announcement in any state. For staff and auditors."""
    return answer(announcements.get(announcement_id))


@describe(
    "Edit an announcement",
    body=EditAnnouncement,
    answer=AnnouncementView,
    action="announcement",
    versioned="the announcement",
    problems=("not_found", "conflict", "contention"),
)
def edit_announcement(request: Request[EditAnnouncement, None], announcement_id: str) -> Answer:
    """Readers see the change within the cache time. What customers read may wait for a second person."""
    edits = request.body.model_dump(exclude_unset=True)
    return answer(announcements.edit(request.caller, announcement_id, edits, request.if_match))


@describe(
    "Withdraw an announcement",
    answer=AnnouncementView,
    problems=("not_found", "contention"),
    versioned="the announcement",
)
def withdraw_announcement(request: Request[None, None], announcement_id: str) -> Answer:
    """Withdraws the announcement permanently, without a second person. It stays in the list of all announcements."""
    return answer(announcements.withdraw(request.caller, announcement_id, request.if_match))
