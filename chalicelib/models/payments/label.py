"""Labels: what one party wrote on its own side of a transaction. The ledger does not move for them."""

from typing import ClassVar

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from chalicelib.models import keys
from chalicelib.models.attributes import OwnWordsAttribute
from chalicelib.models.personal import ErasableItem


class Label(ErasableItem, discriminator="label"):
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
        labelled_at: str,
        category: str | None,
        tags: list[str],
        memo: str | None = None,
    ) -> "Label":
        """`labelled_at` is the transaction's creation, by which a category's list is in the order of the history."""
        pk, sk = cls.key(account_id, transaction_id)
        label = cls(pk, sk, account_id=account_id, transaction_id=transaction_id, labelled_at=labelled_at)
        label.category, label.tags, label.memo = category, tags or None, memo
        if category:
            label.gsi1pk, label.gsi1sk = category_key(account_id, category), labelled_at
        return label


def category_key(account_id: str, category: str) -> str:
    return f"ACCOUNT#{account_id}#{category}"
