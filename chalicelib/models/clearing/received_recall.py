"""Recalls by other banks of payments that came in: until people have decided, and their answer was sent."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Self

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain import ids
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys
from chalicelib.models.attributes import ChoiceAttribute, IntegerAttribute
from chalicelib.models.batch import get_all
from chalicelib.models.item import Action, BankItem, Key
from chalicelib.models.paging import Page, Paging, query_listed, walk_keys

RecallStatus = Literal["open", "answering", "returned", "refused"]
"""`answering`: decided, and the answer is on its way."""


LISTED = "RECALL#"
"""Begins sort keys in a customer's list of recalls."""


class ReceivedRecall(BankItem, discriminator="clearing_recall"):
    """A recall of a payment that came in: one for each payment, with an id of the same characters.

    `recall_id` is the other bank's name for it, `original_id` the message that the payment came in,
    and `original_transaction_id` what it is called there. `amount` in minor
    units. `return_id` is the transaction that gave the money back, `refusal_code` of ISO why it was not.
    """

    id = UnicodeAttribute()
    transaction_id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    rail = ChoiceAttribute[Rail]()
    recall_id = UnicodeAttribute()
    original_id = UnicodeAttribute()
    original_transaction_id = UnicodeAttribute(null=True)
    end_to_end_id = UnicodeAttribute()
    uetr = UnicodeAttribute()
    amount = IntegerAttribute()
    currency = UnicodeAttribute()
    reason_code = UnicodeAttribute()
    answer_by = UnicodeAttribute()
    status = ChoiceAttribute[RecallStatus](default="open")
    return_id = UnicodeAttribute(null=True)
    refusal_code = UnicodeAttribute(null=True)

    @staticmethod
    def key(recall_id: str) -> Key:
        return f"RECALL#{recall_id}", "RECALL"

    @staticmethod
    def id_for(transaction_id: str) -> str:
        """Return the only id that a recall of a payment can have."""
        return ids.with_prefix("rcl", transaction_id)

    @classmethod
    def by_id(cls, recall_id: str) -> Self | None:
        return cls.find(*cls.key(recall_id))

    @classmethod
    def of_payments(cls, transaction_ids: Sequence[str]) -> "list[ReceivedRecall]":
        """Return the recalls of payments that came in, a hundred per call."""
        return get_all(cls, (cls.key(cls.id_for(one)) for one in transaction_ids))

    @classmethod
    def new(cls, transaction_id: str, customer_id: str, at: str, **fields: Any) -> Self:
        """Return an open recall, listed by its status and under the customer who was paid."""
        recall_id = cls.id_for(transaction_id)
        return cls(
            *cls.key(recall_id),
            id=recall_id,
            transaction_id=transaction_id,
            gsi1pk=list_of(status="open"),
            gsi1sk=at,
            gsi2pk=keys.customer(customer_id),
            gsi2sk=f"{LISTED}{at}",
            customer_id=customer_id,
            **fields,
        )

    @classmethod
    def has_open_of_customer(cls, customer_id: str) -> bool:
        """Return whether a recall of a payment to a customer is open: one query, and one read for each hundred recalls.

        The index may be a moment behind.
        """
        pages = walk_keys(keys.customer(customer_id), "gsi2", cls.gsi2sk.startswith(LISTED))
        return any(one.status == "open" for page in pages for one in get_all(cls, page))

    def step_to(self, status: RecallStatus, caller: Caller, at: str, **values: Any) -> Action:
        """Return the action that takes it to a status, if it is still just as it was read."""
        return self.set_as_read({"status": status, "gsi1pk": list_of(status), **values}, caller, at)

    @classmethod
    def page(cls, status: RecallStatus, paging: Paging) -> "Page[ReceivedRecall]":
        """Return a page of the recalls with a status, the oldest first."""
        return query_listed(cls, list_of(status), paging, oldest_first=True)

    @classmethod
    def walk_unsent(cls) -> "Iterator[Sequence[ReceivedRecall]]":
        """Yield the recalls whose answer was perhaps not sent, a page at a time."""
        for page in walk_keys(list_of("answering"), "gsi1"):
            yield get_all(cls, page)


def list_of(status: RecallStatus) -> str:
    """Return the index partition of the recalls with a status."""
    return f"RECALLS#{status}"
