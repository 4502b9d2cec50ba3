"""Executions: what became of each occurrence of an order."""

from pynamodb.attributes import UnicodeAttribute

from chalicelib.domain.orders.execution import ExecutionStatus
from chalicelib.models.attributes import ChoiceAttribute, CompactJSONAttribute, IntegerAttribute
from chalicelib.models.item import BankItem, Key
from chalicelib.models.orders.order import Order
from chalicelib.models.paging import Page, Paging, query_page

_PLACE = "EXECUTION#"


class Execution(BankItem, discriminator="order_execution"):
    """The occurrence of a date, from its first attempt on. An occurrence that was never tried has none, unless it was
    skipped.

    `date` tells it apart, `execution_day` is when it is paid by the rule of business days; `amount` is in minor units.
    `attempts` are `[{at, code}]` of those that were refused. `reason` is the code of the last refusal, or why
    it was skipped. `customer_id` owned the paying account when it was written last, and `holder_ids` held it jointly.
    """

    order_id = UnicodeAttribute()
    customer_id = UnicodeAttribute(null=True)
    holder_ids = CompactJSONAttribute(null=True)
    date = UnicodeAttribute()
    execution_day = UnicodeAttribute()
    status = ChoiceAttribute[ExecutionStatus]()
    amount = IntegerAttribute()
    currency = UnicodeAttribute()
    transaction_id = UnicodeAttribute(null=True)
    attempts = CompactJSONAttribute(null=True)
    reason = UnicodeAttribute(null=True)

    @staticmethod
    def key(order_id: str, date: str) -> Key:
        return Order.key(order_id)[0], f"{_PLACE}{date}"

    @property
    def is_first_refusal(self) -> bool:
        """Return whether one attempt was refused, and another one follows."""
        return self.status == "scheduled" and len(self.attempts or []) == 1

    @property
    def is_told(self) -> bool:
        """Return whether the customer gets a mail: of the first refused attempt, and of a date that is not paid."""
        return self.is_first_refusal or self.status == "failed"

    @classmethod
    def page_of_order(cls, order_id: str, paging: Paging) -> Page["Execution"]:
        """Return a page of an order's executions, the latest date first."""
        return query_page(
            cls,
            Order.key(order_id)[0],
            limit=paging.limit,
            cursor=paging.cursor,
            between=cls.sk.startswith(_PLACE),
        )
