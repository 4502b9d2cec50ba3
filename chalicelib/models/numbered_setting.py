"""Settings with a history: one current item, and an item for each time that the setting was set."""

from typing import Any, Self

from chalicelib.domain.permissions import Caller
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import Page, Paging, query_page


class NumberedSetting(BankItem):
    """`number` counts from 1. `updated_at` and `updated_by` say when the setting was set, and who set it."""

    number = IntegerAttribute()

    @classmethod
    def page_set(cls, partition: str, beginning: str, paging: Paging) -> Page[Self]:
        """Return a page of the items of a history, whose sort keys begin so, the latest first."""
        return query_page(
            cls,
            partition,
            limit=paging.limit,
            cursor=paging.cursor,
            between=cls.sk.startswith(beginning),
            consistent=True,
        )

    @classmethod
    def replace(
        cls,
        before: Self | None,
        keys: tuple[str, str, str],
        values: dict[str, Any],
        caller: Caller,
        at: str,
    ) -> list[Action]:
        """Return the actions that replace the current item, if it is as it was read, and add to the history.

        `keys` are the partition, the sort key of the current item, and the beginning of those of the history.
        """
        partition, current_key, beginning = keys
        values = {**values, "number": 1 if before is None else before.number + 1}
        history = cls(partition, f"{beginning}{values['number']:06d}", **values).stamp(caller, at)
        if before is None:
            current = cls(partition, current_key, **values).stamp(caller, at).put_if_absent()
        else:
            current = before.set_as_read(values, caller, at)
        return [current, history.put_if_absent()]
