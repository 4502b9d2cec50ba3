"""A customer's category rules, which set the category of a transaction that has none."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from chalicelib.domain.text import fold_for_search

Field = Literal["counterparty", "memo"]
RULES_MAX = 50


@dataclass(frozen=True)
class CategoryRule:
    """Text in a field of a transaction, whatever its case, leads to a category and tags."""

    id: str
    contains: str
    field: Field
    category: str
    tags: tuple[str, ...]
    created_at: str

    @classmethod
    def parse(cls, told: dict[str, Any]) -> "CategoryRule":
        return cls(**told | {"tags": tuple(told["tags"])})

    def matches(self, counterparty: str | None, memo: str | None) -> bool:
        return first_match([self], counterparty, memo) is self


def first_match(rules: Iterable[CategoryRule], counterparty: str | None, memo: str | None) -> CategoryRule | None:
    """Return the first rule whose text is in its field, in the order in which the rules were added.

    A text of which nothing counts is in no field.
    """
    texts = {"counterparty": fold_for_search(counterparty or ""), "memo": fold_for_search(memo or "")}
    for rule in rules:
        contained = fold_for_search(rule.contains)
        if contained and contained in texts[rule.field]:
            return rule
    return None
