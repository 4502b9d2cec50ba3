"""Schemas of category rules."""

from typing import Annotated, ClassVar

from pydantic import Field as Described
from pydantic import StringConstraints

from chalicelib.domain.payments.category_rule import CategoryRule, Field
from chalicelib.handlers.http.schemas import Category, Printable, Schema, Timestamp, View
from chalicelib.handlers.payments.payment_request_schemas import Tags


class AddRule(Schema):
    erasable_fields: ClassVar[frozenset[str]] = frozenset({"category", "tags"})

    contains: Annotated[str, StringConstraints(min_length=1, max_length=64), Printable] = Described(
        description="The text to find; case is ignored", examples=["rent"]
    )
    field: Field = Described(
        description="Where to look: the memo, or the id of the account on the other side", examples=["memo"]
    )
    category: Category
    tags: Tags = Described(default_factory=list)


class RuleView(View):
    id: str = Described(examples=["rul_01KAK4XJ7M4Q9V0C2T5R8W3Y6Z"])
    contains: str = Described(examples=["rent"])
    field: Field = Described(examples=["memo"])
    category: str
    tags: list[str]
    created_at: Timestamp

    @classmethod
    def of(cls, rule: CategoryRule) -> "RuleView":
        return cls.model_construct(**vars(rule) | {"tags": list(rule.tags)})
