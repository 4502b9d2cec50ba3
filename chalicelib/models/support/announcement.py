"""Announcements.

Those that are not withdrawn stand in a list of their own as well, ordered by when they are over: what is past costs
its readers nothing, however much of it there is.
"""

from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.domain.support.announcement import Audience, State, state
from chalicelib.models.attributes import ChoiceAttribute
from chalicelib.models.batch import get_all
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import Page, Paging, query_listed, walk_keys

ALL_ANNOUNCEMENTS = "ANNOUNCEMENTS"
"""The index partition in which every announcement is listed."""
NOT_WITHDRAWN = "ANNOUNCEMENTS_STANDING"
"""The index partition of those that are not withdrawn."""
NEVER = "9999-12-31T23:59:59.999999Z"


class Announcement(BankItem, discriminator="announcement"):
    """Seen from `published_from` on, and from `published_until` on no more. `is_withdrawn` is never taken back."""

    id = UnicodeAttribute()
    title = UnicodeAttribute()
    message = UnicodeAttribute()
    audience = ChoiceAttribute[Audience](default="everyone")
    published_from = UnicodeAttribute()
    published_until = UnicodeAttribute(null=True)
    is_withdrawn = BooleanAttribute(default=False)

    @staticmethod
    def key(announcement_id: str) -> tuple[str, str]:
        return f"ANNOUNCEMENT#{announcement_id}", "ANNOUNCEMENT"

    @classmethod
    def by_id(cls, announcement_id: str) -> "Announcement | None":
        return cls.find(*cls.key(announcement_id))

    @classmethod
    def page_of_all(cls, paging: Paging) -> Page["Announcement"]:
        """Return a page of all announcements, whatever their state, newest first."""
        return query_listed(cls, ALL_ANNOUNCEMENTS, paging)

    @classmethod
    def not_over(cls, now: str) -> list["Announcement"]:
        """Return those that are not withdrawn and not over, those to come too, in the order in which they end."""
        pages = walk_keys(NOT_WITHDRAWN, "gsi2", BankItem.gsi2sk > now)
        return get_all(cls, [key for page in pages for key in page])

    @classmethod
    def new(cls, announcement_id: str, listed_at: str, **fields: Any) -> "Announcement":
        announcement = cls(*cls.key(announcement_id), id=announcement_id, **fields)
        announcement.gsi1pk, announcement.gsi1sk = ALL_ANNOUNCEMENTS, listed_at
        announcement.gsi2pk, announcement.gsi2sk = NOT_WITHDRAWN, announcement.published_until or NEVER
        return announcement

    def state(self, at: str) -> State:
        return state(at, self.published_from, self.published_until, is_withdrawn=self.is_withdrawn)

    def change(self, changes: dict[str, object], caller: Caller, at: str) -> Action:
        """Set fields by name, if it is still just as it was read; its list follows."""
        wanted = dict(changes)
        if "published_until" in changes:
            wanted["gsi2sk"] = changes["published_until"] or NEVER
        if changes.get("is_withdrawn"):
            wanted |= {"gsi2pk": None, "gsi2sk": None}
        return self.set_as_read(wanted, caller, at)
