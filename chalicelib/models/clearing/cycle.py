"""Cycles of the clearing: what was queued at a cut-off, sent and answered together."""

from typing import Literal, Self

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.models.attributes import ChoiceAttribute, IntegerAttribute
from chalicelib.models.clearing.message import partition_of
from chalicelib.models.item import Action, BankItem, Key
from chalicelib.models.paging import Page, Paging, query_listed

CycleStatus = Literal["collecting", "waiting", "closed"]
ALL_CYCLES = "CLEARING_CYCLES"


class Cycle(BankItem, discriminator="clearing_cycle"):
    """A cycle. `id` is its day and its number on that day, `cut_off` the moment (UTC) until which it collects.

    `task_token` is the workflow's, which waits with it for the answers. `unanswered` counts payments that had no final
    answer when it was closed.
    """

    id = UnicodeAttribute()
    day = UnicodeAttribute()
    cut_off = UnicodeAttribute()
    status = ChoiceAttribute[CycleStatus](default="collecting")
    task_token = UnicodeAttribute(null=True)
    messages = IntegerAttribute(null=True)
    payments = IntegerAttribute(null=True)
    unanswered = IntegerAttribute(null=True)
    closed_at = UnicodeAttribute(null=True)

    @staticmethod
    def key(cycle_id: str) -> Key:
        return partition_of(cycle_id), "CYCLE"

    @classmethod
    def by_id(cls, cycle_id: str) -> Self | None:
        return cls.find(*cls.key(cycle_id))

    @classmethod
    def new(cls, cycle_id: str, day: str, cut_off: str) -> Self:
        return cls(*cls.key(cycle_id), id=cycle_id, day=day, cut_off=cut_off, gsi1pk=ALL_CYCLES, gsi1sk=cycle_id)

    @classmethod
    def page(cls, paging: Paging) -> Page[Self]:
        """Return a page of all cycles, newest first."""
        return query_listed(cls, ALL_CYCLES, paging)

    def change(self, caller: Caller, at: str, **values: object) -> Action:
        """Return the action that sets fields by name, if it is still just as it was read."""
        return self.set_as_read(values, caller, at)
