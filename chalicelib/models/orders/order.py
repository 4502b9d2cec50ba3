"""Orders: payments that a customer wants made on dates to come, one date or many.

A payment on a date is an order with one date. An order that has a next attempt is listed by the moment of it, and only
then, so that what is due is one query a partition.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Literal

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.domain import ids
from chalicelib.domain.orders.amounts import OrderAmounts
from chalicelib.domain.orders.business_calendar import BusinessDayRule
from chalicelib.domain.orders.execution import SUSPENDED_BY_CUSTOMER, OrderStatus
from chalicelib.domain.orders.recurrence import Frequency, Schedule, Unit
from chalicelib.domain.payments.payee_name import Result
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import SHARDS
from chalicelib.models.attributes import (
    ChoiceAttribute,
    CompactJSONAttribute,
    IntegerAttribute,
    OwnWordsAttribute,
    PersonalAttribute,
)
from chalicelib.models.item import Action, BankItem, Key
from chalicelib.models.paging import Page, Paging, query_listed, walk_keys
from chalicelib.models.personal import PersonalItem

OrderKind = Literal["standing_order", "scheduled_payment"]
PREFIX: dict[OrderKind, ids.Prefix] = {"standing_order": "sto", "scheduled_payment": "sch"}
OPEN, OVER = "OPEN#", "ENDED#"
"""Begin the places of a customer's orders in its list: newest first, those that may still pay before all others."""


class Order(PersonalItem, discriminator="order"):
    """An order of the account `from_account_id`, whose owner is `customer_id`; `made_by` is the user who gave it.

    Amounts are in minor units, dates are ISO days of the bank's zone. `next_date` is the date of the next occurrence,
    which tells it apart from all others; `next_attempt_at` (UTC) is when it is tried. Both are None once nothing comes.
    `failures` counts failed occurrences in a row. `reason` is the code of what suspended or ended it. `approval_id` is
    the approval under which account, payee and amounts stand as they are; None where nobody was asked. `holder_ids` are
    the joint holders of the paying account when the order was last made, changed, suspended or ended. A payee at
    another bank has no `to_account_id`, but `to_iban`, `to_name` and `remittance`, in the payer's words. `verification`
    is how well a name fitted that was verified, and `has_accepted_mismatch` that the payer went on although it did not.
    `payee_named_at` (UTC) is when the payee at another bank was named, which outlasts who it is.
    """

    id = UnicodeAttribute()
    kind = ChoiceAttribute[OrderKind]()
    status = ChoiceAttribute[OrderStatus](default="active")
    reason = UnicodeAttribute(null=True)
    customer_id = UnicodeAttribute()
    holder_ids = CompactJSONAttribute(null=True)
    made_by = UnicodeAttribute()
    from_account_id = UnicodeAttribute()
    to_account_id = UnicodeAttribute(null=True)
    to_iban = PersonalAttribute(null=True)
    to_name = PersonalAttribute(null=True)
    remittance = PersonalAttribute(null=True)
    verification = ChoiceAttribute[Result](null=True)
    has_accepted_mismatch = BooleanAttribute(null=True)
    payee_named_at = UnicodeAttribute(null=True)
    beneficiary_id = UnicodeAttribute(null=True)
    currency = UnicodeAttribute()
    amount = IntegerAttribute()
    first_amount = IntegerAttribute(null=True)
    final_amount = IntegerAttribute(null=True)
    memo = OwnWordsAttribute(null=True)
    unit = ChoiceAttribute[Unit]()
    every = IntegerAttribute()
    day = IntegerAttribute(null=True)
    weekday = IntegerAttribute(null=True)
    start = UnicodeAttribute()
    end = UnicodeAttribute(null=True)
    times = IntegerAttribute(null=True)
    business_days = ChoiceAttribute[BusinessDayRule]()
    next_date = UnicodeAttribute(null=True)
    next_attempt_at = UnicodeAttribute(null=True)
    failures = IntegerAttribute(default=0)
    approval_id = UnicodeAttribute(null=True)

    @property
    def whose(self) -> str:
        return str(self.customer_id)

    @staticmethod
    def key(order_id: str) -> Key:
        return _partition(order_id), "ORDER"

    @classmethod
    def by_id(cls, order_id: str) -> "Order | None":
        return cls.find(*cls.key(order_id))

    @property
    def schedule(self) -> Schedule:
        """Return when it is due."""
        frequency = Frequency(self.unit, self.every, self.day, self.weekday)
        end = date.fromisoformat(self.end) if self.end else None
        return Schedule(date.fromisoformat(self.start), frequency, end, self.times, self.business_days)

    @property
    def amounts(self) -> OrderAmounts:
        """Return what each occurrence pays."""
        return OrderAmounts(self.amount, self.first_amount, self.final_amount)

    @property
    def is_suspended_by_bank(self) -> bool:
        """Return whether it is suspended for what happened to its payments, not at its customer's request."""
        return self.status == "suspended" and self.reason != SUSPENDED_BY_CUSTOMER

    def index_values(self) -> dict[str, str | None]:
        """Return the values of the index attributes for the order as it stands: where it is listed, and when due."""
        is_open = self.status in ("active", "suspended")
        is_due = self.status == "active" and self.next_attempt_at is not None
        return {
            "gsi1pk": _order_list(self.customer_id),
            "gsi1sk": f"{self.kind}#{OPEN if is_open else OVER}{self.id}",
            "gsi2pk": _due_list(shard_of(self.id)) if is_due else None,
            "gsi2sk": self.place if is_due else None,
        }

    def change(self, values: Mapping[str, Any], caller: Caller, at: str) -> Action:
        """Return the action that sets fields, and with them where the order is listed, if it is still as it was read.

        The order itself has the new values afterwards.
        """
        for name, value in values.items():
            setattr(self, name, value)
        return self.set_as_read({**values, **self.index_values()}, caller, at)

    @classmethod
    def new(cls, order_id: str, kind: OrderKind, fields: Mapping[str, Any]) -> "Order":
        """Return a new order, put on its lists."""
        made = cls(*cls.key(order_id), id=order_id, kind=kind, **fields)
        for name, value in made.index_values().items():
            setattr(made, name, value)
        return made

    @classmethod
    def page_of_customer(
        cls, customer_id: str, kind: OrderKind, paging: Paging, *, is_open: bool | None = None
    ) -> Page["Order"]:
        """Return a page of the orders of a customer's own accounts: open ones first, the last made first.

        `is_open`: only those that may still pay, or only the others.
        """
        within = f"{kind}#" if is_open is None else f"{kind}#{OPEN if is_open else OVER}"
        return query_listed(cls, _order_list(customer_id), paging, between=BankItem.gsi1sk.startswith(within))

    @classmethod
    def open_keys(cls, customer_id: str) -> Iterator[list[Key]]:
        """Yield the keys of a customer's orders that may still pay, a page at a time."""
        for kind in PREFIX:
            yield from walk_keys(_order_list(customer_id), "gsi1", BankItem.gsi1sk.startswith(f"{kind}#{OPEN}"))

    @classmethod
    def count_open(cls, customer_id: str, most: int) -> int:
        """Count a customer's orders that may still pay, up to a number, by an index that may be a moment behind."""
        count = 0
        for keys in cls.open_keys(customer_id):
            count += len(keys)
            if count >= most:
                break
        return min(count, most)

    @classmethod
    def partitions_of_customer(cls, customer_id: str) -> Iterator[str]:
        """Yield the partition of each order that a customer's accounts have ever had."""
        for keys in walk_keys(_order_list(customer_id), "gsi1"):
            yield from (pk for pk, _ in keys)

    @classmethod
    def places_due(cls, shard: int, until: str, after: str | None, limit: int) -> tuple[list[str], bool]:
        """Return the next places of a shard's orders whose attempt is not after a moment, and whether none follows.

        Oldest first, from behind the place `after` on. The index may be a moment behind the orders.
        """
        answer = BankItem.query_once(
            _due_list(shard),
            range_key_condition=BankItem.gsi2sk.between(f"{after}~" if after else "0", f"{until}#~"),
            index_name="gsi2",
            limit=limit,
            scan_index_forward=True,
        )
        return [row["gsi2sk"]["S"] for row in answer["Items"]], "LastEvaluatedKey" not in answer

    @property
    def place(self) -> str:
        """Return where the order is in the list of due ones."""
        return f"{self.next_attempt_at}#{self.id}"

    def is_due(self, until: str) -> bool:
        """Return whether its next attempt is not after a moment."""
        return self.status == "active" and bool(self.next_attempt_at) and self.next_attempt_at <= until


def order_id_at(place: str) -> str:
    """Return the id of the order at a place in the list of due ones."""
    return place.partition("#")[2]


def is_due_at(place: str, until: str) -> bool:
    """Return whether the attempt of a place in the list of due orders is not after a moment."""
    return place.partition("#")[0] <= until


def shard_of(order_id: str) -> int:
    """Return the partition of the list of due orders that an order belongs to."""
    return sum(order_id.encode()) % SHARDS


def _partition(order_id: str) -> str:
    return f"ORDER#{order_id}"


def _order_list(customer_id: str) -> str:
    return f"ORDERS#{customer_id}"


def _due_list(shard: int) -> str:
    return f"DUE_ORDERS#{shard:02d}"
