"""The ceilings that were set: the current ones, under one key, and the history of all."""

from typing import Any

from chalicelib.domain.permissions import Caller
from chalicelib.models.attributes import CompactJSONAttribute, IntegerAttribute
from chalicelib.models.batch import batch_get
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import Page, Paging, query_page

ALL_AUTHORITY = "AUTHORITY"
CURRENT = "CURRENT"
SET = "AUTHORITY#"


class RoleCeilings(BankItem, discriminator="authority"):
    """`number` counts from 1; `updated_at` and `updated_by` say when and who."""

    number = IntegerAttribute()
    ceilings = CompactJSONAttribute()

    @classmethod
    def current(cls) -> "RoleCeilings | None":
        """Read the current ceilings, or return None if none were ever set."""
        found = batch_get([(ALL_AUTHORITY, CURRENT)])
        return next((item for item in found if isinstance(item, RoleCeilings)), None)

    @classmethod
    def history(cls, paging: Paging) -> "Page[RoleCeilings]":
        """Return a page of the ceilings as they were set, the latest first."""
        return query_page(
            cls,
            ALL_AUTHORITY,
            limit=paging.limit,
            cursor=paging.cursor,
            between=cls.sk.startswith(SET),
            consistent=True,
        )


def replace_ceilings(before: RoleCeilings | None, ceilings: dict[str, Any], caller: Caller, at: str) -> list[Action]:
    """Return the actions that replace the current ceilings, if they are as they were read, and add to the history."""
    number = (before.number if before else 0) + 1

    def at_key(sk: str) -> RoleCeilings:
        return RoleCeilings(ALL_AUTHORITY, sk, number=number, ceilings=ceilings).stamp(caller, at)

    if before is None:
        current = at_key(CURRENT).put_if_absent()
    else:
        current = before.set_as_read({"number": number, "ceilings": ceilings}, caller, at)
    return [current, at_key(f"{SET}{number:06d}").put_if_absent()]
