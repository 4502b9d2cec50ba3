"""Schemas of requests and responses about announcements."""

from pydantic import Field

from chalicelib import clock
from chalicelib.domain.support.announcement import Audience, State
from chalicelib.domain.time import timestamp
from chalicelib.handlers.accounts.account_schemas import Moment
from chalicelib.handlers.http.schemas import Line, Listing, Schema, Text, Timestamp, View
from chalicelib.models.paging import Page
from chalicelib.models.support.announcement import Announcement

AUDIENCE = "Announcements for customers or staff need a signed-in user; staff see all"


class PublishAnnouncement(Schema):
    title: Line
    message: Text
    audience: Audience = Field(default="everyone", description=AUDIENCE)
    published_from: Moment | None = Field(default=None, description="RFC 3339; by default now")
    published_until: Moment | None = Field(default=None, description="RFC 3339; by default without end")


class EditAnnouncement(Schema):
    """Edits of an announcement. Omitted fields stay as they are; null removes the end."""

    title: Line = Field(default_factory=str)
    message: Text = Field(default_factory=str)
    audience: Audience = Field(default_factory=lambda: "everyone", description=AUDIENCE)
    published_from: Moment = Field(default_factory=str)
    published_until: Moment | None = None


class AnnouncementView(View):
    id: str = Field(examples=["ann_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    title: str
    message: str
    audience: Audience
    status: State = Field(description="The present status; `scheduled` and `over` follow from the times")
    published_from: Timestamp
    published_until: Timestamp | None
    created_at: Timestamp
    updated_at: Timestamp
    version: int

    @classmethod
    def of(cls, announcement: Announcement, at: str) -> "AnnouncementView":
        names = "id title message audience published_from published_until created_at updated_at version"
        told = {name: getattr(announcement, name) for name in names.split()}
        return cls.model_construct(**told, status=announcement.state(at))


def list_view(page: Page[Announcement]) -> Listing[AnnouncementView]:
    at = timestamp(clock.now())
    return Listing[AnnouncementView].page([AnnouncementView.of(one, at) for one in page.items], page.next_cursor)
