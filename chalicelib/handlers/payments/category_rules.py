"""Rules by which new transactions get their categories."""

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import Listing
from chalicelib.handlers.payments.category_rule_schemas import AddRule, RuleView
from chalicelib.services.payments import category_rules


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
