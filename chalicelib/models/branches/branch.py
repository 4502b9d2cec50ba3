"""Branches."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute

from chalicelib.models import keys
from chalicelib.models.attributes import CompactJSONAttribute
from chalicelib.models.item import Action, BankItem
from chalicelib.models.paging import Page, Paging, query_listed, walk_keys

ALL_BRANCHES = "BRANCHES"
"""The index partition in which branches are listed."""


class Branch(BankItem, discriminator="branch"):
    """`country` is ISO 3166-1 alpha-2; `code` is what staff call the branch, for good: a guard keeps it from another.

    `opening_hours` are `{"monday": ["09:00-12:30", "13:30-17:00"]}`; on a day that is not there it is closed.
    """

    id = UnicodeAttribute()
    name = UnicodeAttribute()
    code = UnicodeAttribute()
    city = UnicodeAttribute()
    country = UnicodeAttribute()
    opening_hours = CompactJSONAttribute(null=True)

    @staticmethod
    def key(branch_id: str) -> tuple[str, str]:
        return f"BRANCH#{branch_id}", "BRANCH"

    @classmethod
    def by_id(cls, branch_id: str) -> "Branch | None":
        return cls.find(*cls.key(branch_id))

    @classmethod
    def first_listed_at(cls) -> str | None:
        """Return when the oldest branch was opened (a timestamp in UTC): no account is older."""
        answer = cls.query_once(ALL_BRANCHES, index_name="gsi1", limit=1, scan_index_forward=True)
        return str(answer["Items"][0]["gsi1sk"]["S"]) if answer["Items"] else None

    @classmethod
    def page_of_all(cls, paging: Paging) -> Page["Branch"]:
        """Return a page of all branches, newest first."""
        return query_listed(cls, ALL_BRANCHES, paging)

    @classmethod
    def all_ids(cls) -> list[str]:
        """Return the ids of all branches, the oldest first."""
        return [keys.id_in(pk) for page in walk_keys(ALL_BRANCHES, "gsi1") for pk, _ in page]

    @classmethod
    def new(cls, branch_id: str, listed_at: str, **fields: Any) -> "Branch":
        pk, sk = cls.key(branch_id)
        return cls(pk, sk, id=branch_id, gsi1pk=ALL_BRANCHES, gsi1sk=listed_at, **fields)


def exists(branch_id: str) -> Action:
    """Make a transaction depend on a branch being there."""
    pk, sk = Branch.key(branch_id)
    return {"ConditionCheck": Branch.get_operation_kwargs_from_class(pk, sk, condition=Branch.pk.exists())}
