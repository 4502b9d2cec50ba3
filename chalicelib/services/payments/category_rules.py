"""Rules by which a customer's new transactions get their categories: made, listed, dropped, and applied.

They are applied from the stream, never on the way of the money: a label is put on each side that has none. Whatever
somebody has labelled, also while this goes on, stays as it is.
"""

from chalicelib import aws, clock
from chalicelib.domain import errors, ids, permissions
from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.payments.category_rule import RULES_MAX, CategoryRule, Field, first_match
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments import category_rules as model
from chalicelib.models.payments.category_rules import CategoryRules
from chalicelib.models.payments.label import Label
from chalicelib.services import idempotency
from chalicelib.services.customers import customers
from chalicelib.services.payments import labels


def all_of(caller: Caller) -> list[CategoryRule]:
    """List the caller's rules, in the order in which they are applied."""
    return with_version(caller)[0]


def with_version(caller: Caller) -> tuple[list[CategoryRule], int]:
    """List the caller's rules with the version of the list, which is 0 before the first rule."""
    return _as_read(CategoryRules.of(_customer_id(caller)))


@transact.until_committed
def add(
    caller: Caller,
    idempotency_key: IdempotencyKey | None,
    contains: str,
    field: Field,
    category: str,
    tags: tuple[str, ...],
    matching: IfMatch = ANY_VERSION,
) -> tuple[CategoryRule, bool]:
    """Add a rule after all others, and return whether an earlier request under the same key had added it.

    Raises Conflict at the maximum number, or when `matching` (If-Match, with the ETag of the list) is outdated.
    """
    customer_id = _customer_id(caller)
    if (made := idempotency.find_earlier(idempotency_key)) is not None:
        return _get(caller, made), True
    existing, now = CategoryRules.of(customer_id), clock.now()
    rules, version = _as_read(existing)
    matching.require(version)
    if len(rules) >= RULES_MAX:
        raise Conflict(f"There are {RULES_MAX} rules already. Delete one that is no longer needed.")
    at = timestamp(now)
    rule = CategoryRule(ids.new_id("rul", now), contains, field, category, tags, at)
    action = model.replace(customer_id, existing, [*rules, rule], caller, at)
    rule_id, replayed = idempotency.commit_once(
        caller, idempotency_key, rule.id, [action, customers.unless_erased(customer_id)], at
    )
    with aws.unknown_outcome_on_error():
        return (_get(caller, rule_id), True) if replayed else (rule, False)


@transact.until_committed
def drop(caller: Caller, rule_id: str, matching: IfMatch = ANY_VERSION) -> None:
    """Delete a rule; labels that it has set stay.

    Raises NotFound for a rule that is not the caller's, Conflict when `matching` (If-Match, with the ETag of the list)
    is outdated.
    """
    customer_id = _customer_id(caller)
    existing = CategoryRules.of(customer_id)
    rules, version = _as_read(existing)
    left = [rule for rule in rules if rule.id != rule_id]
    if len(left) == len(rules):
        raise errors.unknown("rule", rule_id)
    matching.require(version)
    action = model.replace(customer_id, existing, left, caller, timestamp(clock.now()))
    return transact.commit([action, customers.unless_erased(customer_id)], caller.request_id)


def apply(posted: tuple[Transaction, ...], memo: str | None = None) -> int:
    """Label the sides of new transactions that nobody has labelled, by their customers' rules; how many.

    `memo` is text that stands for the memo where that is stored elsewhere, encrypted.
    """
    sides = [(one, side) for one in posted for side in one.sides()]
    found = CategoryRules.of_customers(side.customer_id for _, side in sides)
    put = 0
    for one, side in sides:
        existing = found.get(side.customer_id)
        counterparty = next(iter(one.account_ids() - {side.account_id}), None)
        rule = first_match(existing.parse(), counterparty, memo or one.memo) if existing else None
        if rule:
            label = Label.new(side.account_id, one.id, one.listed_at, rule.category, list(rule.tags))
            caller, at = permissions.system(f"{rule.id}-{one.id}"), timestamp(clock.now())
            put += labels.put_once(label.stamp(caller, at), side.customer_id, caller)
    return put


def _as_read(existing: CategoryRules | None) -> tuple[list[CategoryRule], int]:
    return (existing.parse(), existing.version) if existing else ([], 0)


def _get(caller: Caller, rule_id: str) -> CategoryRule:
    found = next((rule for rule in all_of(caller) if rule.id == rule_id), None)
    if found is None:
        raise errors.unknown("rule", rule_id)
    return found


def _customer_id(caller: Caller) -> str:
    if caller.customer_id is None:
        raise NotFound("Only customers have category rules.")
    return caller.customer_id
