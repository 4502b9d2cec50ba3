"""Labels: what one party wrote on its own side of a transaction. The ledger does not move for them."""

from typing import ClassVar, NamedTuple

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import OwnWordsAttribute
from chalicelib.models.item import Action, RawItem
from chalicelib.models.paging import ITEMS_AT_ONCE_MAX, Page, Paging, query_page, walk_keys, walk_pages
from chalicelib.models.personal import ErasableItem


class Categorized(NamedTuple):
    """The category that a version of a label gives; `updated_at` is a timestamp in UTC."""

    category: str | None
    version: int
    updated_at: str

    @classmethod
    def in_item(cls, item: RawItem) -> "Categorized":
        category = item.get("category", {}).get("S")
        return cls(category, int(item.get("version", {"N": "1"})["N"]), item.get("updated_at", {}).get("S", ""))


class Label(ErasableItem, discriminator="label"):
    """`labelled_at` is where the label stands in its category's list: the `listed_at` of its transaction."""

    also_erased: ClassVar[tuple[str, ...]] = ("tags", "gsi1pk", "gsi1sk")

    account_id = UnicodeAttribute()
    transaction_id = UnicodeAttribute()
    labelled_at = UnicodeAttribute()
    category = OwnWordsAttribute(null=True)
    tags: JSONAttribute = JSONAttribute(null=True)
    memo = OwnWordsAttribute(null=True)

    @staticmethod
    def key(account_id: str, transaction_id: str) -> tuple[str, str]:
        return keys.account(account_id), f"LABEL#{transaction_id}"

    @classmethod
    def new(
        cls,
        account_id: str,
        transaction_id: str,
        listed_at: str,
        category: str | None,
        tags: list[str],
        memo: str | None = None,
    ) -> "Label":
        """Return a new label.

        `listed_at` is that of the transaction, so that a category's list has the history's order and its dates.
        """
        pk, sk = cls.key(account_id, transaction_id)
        label = cls(pk, sk, account_id=account_id, transaction_id=transaction_id, labelled_at=listed_at)
        label.category, label.tags, label.memo = category, tags or None, memo
        label.gsi2pk, label.gsi2sk = _list_of(account_id), listed_at
        if category:
            label.gsi1pk, label.gsi1sk = _category_list(account_id, category), listed_at
        return label

    @classmethod
    def page_of_category(cls, account_id: str, category: str, since: str, until: str, paging: Paging) -> Page[str]:
        """Return ids of an account's transactions in a category, listed between two moments, newest first."""
        rows = query_page(
            cls,
            _category_list(account_id, category),
            limit=paging.limit,
            cursor=paging.cursor,
            index="gsi1",
            between=cls.gsi1sk.between(since, until),
        )
        return Page([keys.id_in(row.sk) for row in rows.items], rows.next_cursor)

    @classmethod
    def ids_between(cls, account_id: str, since: str, until: str) -> set[str]:
        """Return ids of an account's transactions that have a label, listed between two moments.

        The list may be a moment behind, and lacks labels that were last written by earlier versions.
        """
        listed = walk_keys(_list_of(account_id), "gsi2", cls.gsi2sk.between(since, until))
        return {keys.id_in(sk) for page in listed for _, sk in page}

    @classmethod
    def categories(cls, account_id: str) -> dict[str, "Categorized"]:
        """Return the categories of all labels of an account by the ids of their transactions, without PynamoDB."""
        pages = walk_pages(cls, keys.account(account_id), within=cls.sk.startswith("LABEL#"), at_once=ITEMS_AT_ONCE_MAX)
        return {item["transaction_id"]["S"]: Categorized.in_item(item) for page in pages for item in page}

    @classmethod
    def by_transaction(cls, account_id: str) -> dict[str, "Label"]:
        """Return all labels of an account by the ids of their transactions."""
        pages = walk_pages(cls, keys.account(account_id), within=cls.sk.startswith("LABEL#"))
        return {label.transaction_id: label for page in pages for label in map(cls.from_raw_data, page)}

    def become(self, other: "Label", caller: Caller, at: str) -> Action:
        """Take over what another label of the same side says, if this one is as it was read."""
        fields = ("category", "tags", "memo", "gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk")
        return self.set_as_read({name: getattr(other, name) for name in fields}, caller, at)

    def move_to(self, moment: str, caller: Caller) -> Action:
        """Return the action that moves the label to another moment in its list, if it is as it was read."""
        fields = ("labelled_at", "gsi2sk", "gsi1sk") if self.gsi1pk else ("labelled_at", "gsi2sk")
        values = dict.fromkeys(fields, moment) | {"gsi2pk": _list_of(self.account_id)}
        return self.set_as_read(values, caller, moment)

    @classmethod
    def absent(cls, account_id: str, transaction_id: str) -> Action:
        """Return the check that a side has no label."""
        pk, sk = cls.key(account_id, transaction_id)
        return {"ConditionCheck": cls.get_operation_kwargs_from_class(pk, sk, condition=cls.pk.does_not_exist())}


def _category_list(account_id: str, category: str) -> str:
    return f"{keys.account(account_id)}#{category}"


def _list_of(account_id: str) -> str:
    """Return the index partition that lists an account's labels in the order of its entries."""
    return f"LABELS#{account_id}"
