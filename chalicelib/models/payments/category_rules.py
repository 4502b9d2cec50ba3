"""All rules of a customer, in one item: their order and their number are decided with each write, and read at once."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, ClassVar

from chalicelib.domain.payments.category_rule import CategoryRule
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import CompactJSONAttribute
from chalicelib.models.batch import get_all
from chalicelib.models.item import Action
from chalicelib.models.personal import ErasableItem


class CategoryRules(ErasableItem, discriminator="category_rules"):
    """`rules` in the order in which they are asked; none are left of a customer who was erased."""

    also_erased: ClassVar[tuple[str, ...]] = ("rules",)

    rules = CompactJSONAttribute(null=True)

    @staticmethod
    def key(customer_id: str) -> tuple[str, str]:
        return keys.customer(customer_id), "CATEGORY_RULES"

    @classmethod
    def of(cls, customer_id: str) -> "CategoryRules | None":
        return cls.find(*cls.key(customer_id))

    @classmethod
    def of_customers(cls, customer_ids: Iterable[str]) -> dict[str, "CategoryRules"]:
        """Return the rules of customers by their ids, of those that have any."""
        return {keys.id_in(item.pk): item for item in get_all(cls, set(map(cls.key, customer_ids)))}

    def parse(self) -> list[CategoryRule]:
        stored: list[dict[str, Any]] = self.rules or []
        return list(map(CategoryRule.parse, stored))


def replace(
    customer_id: str, existing: CategoryRules | None, rules: list[CategoryRule], caller: Caller, at: str
) -> Action:
    """Return the action that replaces the rules, if nobody has changed them since they were read."""
    as_json = [asdict(rule) for rule in rules]
    if existing is None:
        return CategoryRules(*CategoryRules.key(customer_id), rules=as_json).stamp(caller, at).put_if_absent()
    unchanged = CategoryRules.version == existing.version
    return existing.update_if(unchanged, [CategoryRules.rules.set(as_json)], caller, at)
