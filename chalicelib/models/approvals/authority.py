"""The ceilings that were set: the current ones, under one key, and the history of all."""

from collections.abc import Iterator
from typing import Any

from chalicelib.domain.permissions import Caller
from chalicelib.models.attributes import CompactJSONAttribute
from chalicelib.models.batch import batch_get
from chalicelib.models.item import Action
from chalicelib.models.numbered_setting import NumberedSetting
from chalicelib.models.paging import Page, Paging, walk_pages

ALL_AUTHORITY = "AUTHORITY"
CURRENT = "CURRENT"
SET = "AUTHORITY#"


class RoleCeilings(NumberedSetting, discriminator="authority"):
    """The ceilings that were set at one time."""

    ceilings = CompactJSONAttribute()

    @classmethod
    def current(cls) -> "RoleCeilings | None":
        """Read the current ceilings, or return None if none were ever set."""
        found = batch_get([(ALL_AUTHORITY, CURRENT)])
        return next((item for item in found if isinstance(item, RoleCeilings)), None)

    @classmethod
    def walk_history(cls) -> "Iterator[RoleCeilings]":
        """Yield the ceilings as they were set, the oldest first."""
        for page in walk_pages(cls, ALL_AUTHORITY, within=cls.sk.startswith(SET)):
            yield from map(cls.from_raw_data, page)

    @classmethod
    def history(cls, paging: Paging) -> "Page[RoleCeilings]":
        """Return a page of the ceilings as they were set, the latest first."""
        return cls.page_set(ALL_AUTHORITY, SET, paging)


def replace_ceilings(before: RoleCeilings | None, ceilings: dict[str, Any], caller: Caller, at: str) -> list[Action]:
    """Return the actions that replace the current ceilings, if they are as they were read, and add to the history."""
    return RoleCeilings.replace(before, (ALL_AUTHORITY, CURRENT, SET), {"ceilings": ceilings}, caller, at)
