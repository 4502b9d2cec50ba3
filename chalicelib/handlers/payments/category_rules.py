"""Rules by which new transactions get their categories."""

from typing import Annotated, ClassVar

from pydantic import Field as Described
from pydantic import StringConstraints

from chalicelib.domain.payments.category_rule import CategoryRule, Field
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Category, Listing, Printable, Schema, Timestamp, View
from chalicelib.handlers.payments.transaction_schemas import Tags
from chalicelib.services.payments import category_rules


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


@describe(
    "Add a category rule",
    status=201,
    body=AddRule,
    answer=RuleView,
    problems=("not_found", "conflict", "contention"),
    versioned="the rules",
)
def add_rule(request: Request[AddRule, None]) -> Answer:
    """From now on a matching transaction on any of your accounts gets this category and these tags, unless it has a
    label. The first matching rule applies, in the order of creation. You can have at most fifty.
    """
    body, tags = request.body, tuple(dict.fromkeys(request.body.tags))
    rule, replayed = category_rules.add(
        request.caller, request.idempotency_key, body.contains, body.field, body.category, tags, request.if_match
    )
    return Answer(RuleView.of(rule), replayed=replayed)


@describe("List category rules", answer=Listing[RuleView], problems=("not_found",), versioned="the rules")
def list_rules(request: Request[None, None]) -> Answer:
    """Lists your rules in the order in which they are applied."""
    rules, version = category_rules.with_version(request.caller)
    return Answer(Listing[RuleView].page([RuleView.of(rule) for rule in rules], None), version=version)


@describe("Delete a category rule", status=204, problems=("not_found", "contention"), versioned="the rules")
def delete_rule(request: Request[None, None], rule_id: str) -> None:
    """Existing labels stay."""
    category_rules.drop(request.caller, rule_id, request.if_match)
