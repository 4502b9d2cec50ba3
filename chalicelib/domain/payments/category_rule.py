"""A customer's category rules, which set the category of a transaction that has none."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

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
        text = counterparty if self.field == "counterparty" else memo
        return text is not None and _folded(self.contains) in _folded(text)


def _folded(text: str) -> str:
    """Return text for comparison without case or encoding of accents (Unicode 3.13, canonical caseless)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def first_match(rules: Iterable[CategoryRule], counterparty: str | None, memo: str | None) -> CategoryRule | None:
    """Return the first rule that matches, in the order in which the rules were added."""
    return next((rule for rule in rules if rule.matches(counterparty, memo)), None)
