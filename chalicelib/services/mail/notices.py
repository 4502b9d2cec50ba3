"""Mails that the stream orders, so that no writer of what they are about need think of them."""

from collections.abc import Iterable, Mapping

from chalicelib.domain.permissions import system
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.batch import get_all
from chalicelib.models.customers.customer import Customer
from chalicelib.models.orders.execution import Execution
from chalicelib.models.orders.order import Order
from chalicelib.models.orders.shortfall import Shortfall
from chalicelib.services.mail import order
from chalicelib.services.mail.order import Kind


def tell_makers(expired: Iterable[Approval]) -> None:
    """Order a mail to the maker of each approval that has expired. Raises Unavailable: the stream tries again."""
    for approval in expired:
        caller = system(str(approval.request_id))
        order.order("approval_expired", approval.requested_by, caller, about=approval.id)


def tell_of_shortfalls(shortfalls: Iterable[Shortfall]) -> None:
    """Order a mail about each shortfall that was foreseen. Raises Unavailable: the stream tries again."""
    for shortfall in (one for one in shortfalls if one.user_id):
        caller = system(str(shortfall.request_id))
        about = f"{shortfall.account_id} {shortfall.date}"
        order.order("shortfall_forecast", shortfall.user_id, caller, about=about)


def tell_payers(refused: Iterable[Execution], suspended: Iterable[Order]) -> None:
    """Order a mail to the owner of the paying account: about each date whose first attempt was refused, or that is not
    paid, and about each order that the bank has suspended.

    A customer whom staff serve without a user gets none. Raises Unavailable: the stream tries again.
    """
    refused, suspended = tuple(refused), tuple(suspended)
    owners = {str(one.customer_id) for one in refused} | {str(one.customer_id) for one in suspended}
    users = {one.id: one.user_id for one in get_all(Customer, map(Customer.key, owners)) if one.user_id}
    for execution in refused:
        kind: Kind = "order_payment_retried" if execution.is_first_refusal else "order_payment_failed"
        _tell_owner(users, kind, execution, f"{execution.order_id} {execution.date}")
    for one in suspended:
        _tell_owner(users, "order_suspended", one, f"{one.id} {one.version}")


def _tell_owner(users: Mapping[str, str], kind: Kind, item: Execution | Order, about: str) -> None:
    to = users.get(item.customer_id)
    if to:
        order.order(kind, to, system(str(item.request_id)), about=about)
