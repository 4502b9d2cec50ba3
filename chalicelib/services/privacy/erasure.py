"""Erases a customer: personal data is removed, the ledger stays complete.

In an order in which it may be cut short anywhere, and goes on when it is asked for again: no account can be opened and
nobody signs in from the first write on; then everything is taken away, item by item; then the data key is destroyed, so
that every copy becomes unreadable; and only then the customer is called erased.
"""

import time
from collections.abc import Iterator

from chalicelib import aws, clock
from chalicelib.domain import conflict_of_interest, errors, ids
from chalicelib.domain.errors import Conflict
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.batch import batch_get, get_all
from chalicelib.models.clearing import file_bucket, upload_bucket
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.clearing.payment_file import PaymentFile
from chalicelib.models.customers.account_counts import CustomerAccounts
from chalicelib.models.customers.customer import Customer
from chalicelib.models.everything.item_kinds import pages_of_partition
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.orders.order import Order
from chalicelib.models.personal import ErasableItem
from chalicelib.models.reports import export_bucket
from chalicelib.models.support.ticket import Ticket
from chalicelib.models.transact import Extra
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.models.webhooks import endpoint as webhook_endpoint
from chalicelib.services import payment_rights
from chalicelib.services.accounts import joint_holders
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.crypto import data_keys
from chalicelib.services.identity import sessions
from chalicelib.services.privacy import erasure_blocks, retention
from chalicelib.services.privacy.erasure_blocks import Subject
from chalicelib.services.statements import store

SECONDS_MAX = 18.0
"""A request ends with what it has done by then; the next one goes on."""
AT_ONCE_MAX = 50


class _OutOfTime(Exception):
    """There is more to take away than one request has time for."""


def erase(caller: Caller, customer_id: str, matching: IfMatch = ANY_VERSION) -> Customer:
    """Erase a customer and return it: `erased`, or still `erasing`. Of one who is erased, take away what is left.

    If it is `erasing`, one request had too little time: repeat the request. Raises NotFound, also for another customer;
    Conflict while an account is open or the bank must keep the data (`erasure_blocks.py`), or when `matching`
    (If-Match) is outdated and the erasure has not begun; ConflictOfInterest for staff who are this customer.
    """
    conflict_of_interest.require_other_customer(caller, customer_id)
    customer = _begin(caller, customer_id, matching)
    deadline = time.monotonic() + SECONDS_MAX
    with aws.unknown_outcome_on_error():
        try:
            _take_away(caller, customer, deadline)
        except _OutOfTime:
            return _find(caller, customer_id)
        if customer.status == "erased":
            return customer
        data_keys.destroy(customer_id)
        return _end(caller, customer_id)


def _find(caller: Caller, customer_id: str) -> Customer:
    customer = Customer.by_id(customer_id) if ids.is_id("cus", customer_id) and caller.sees(customer_id) else None
    if customer is None:
        raise errors.unknown("customer", customer_id)
    return customer


@transact.until_committed
def _begin(caller: Caller, customer_id: str, matching: IfMatch) -> Customer:
    """Begin the erasure, which cannot be undone from here on, unless it has begun.

    It depends on the customer as read: a legal hold or another name at this moment is seen by the next attempt. A
    payment that the user makes at this moment is voided, and an alert that is raised later names ids only.
    """
    customer = _find(caller, customer_id)
    if customer.status != "active":
        return customer
    matching.require(customer.version)
    accounts = [account for page in Account.pages_of_owner(customer.id) for account in page]
    if any(account.status != "closed" for account in accounts):
        raise _account_open()
    subject = Subject(customer, accounts)
    erasure_blocks.require_none(caller, subject)
    at = timestamp(clock.now())
    approved = _require_approval(caller, customer) if caller.is_staff else ()
    actions: list[Action | Extra] = [
        *approved,
        Extra(CustomerAccounts.bar_new_accounts(customer.id, caller, at), _account_open()),
        customer.set_as_read({"status": "erasing"}, caller, at),
        *(retention.seal_identity(customer, caller, at) if subject.has_had_account else []),
    ]
    if customer.user_id:
        user = User(*User.key(customer.user_id))
        actions.append(user.update_existing([User.status.set("disabled")], caller, at))
    transact.commit(actions, caller.request_id)
    with aws.unknown_outcome_on_error():
        return _find(caller, customer.id)


def execute(maker: Caller, approval: Approval) -> None:
    """Carry out an erasure that was approved."""
    erase(maker, str(approval.resource_id))


def _require_approval(caller: Caller, customer: Customer) -> tuple[Extra, ...]:
    request = HeldRequest(
        "customer.erase",
        f"Erase customer {customer.id}. This cannot be undone.",
        resource_id=customer.id,
        parties=[customer.id],
    )
    return gate.require(caller, request)


def _take_away(caller: Caller, customer: Customer, deadline: float) -> None:
    if customer.user_id:
        sessions.end_all(caller, customer.user_id, "customer erased")
        _void_payments(caller, customer.user_id)
        _release_address(caller, customer.user_id)
    shared_ids = joint_holders.ever_held(customer.id)
    joint_holders.end_all(caller, customer.id)
    for partition in _partitions(customer):
        for items in pages_of_partition(partition):
            _erase(caller, [item for item in items if isinstance(item, ErasableItem)], deadline)
    if customer.user_id:
        export_bucket.destroy_all_of(customer.user_id)
    store.destroy(customer.id)
    file_bucket.destroy(customer.id)
    upload_bucket.destroy(customer.id)
    for account in get_all(Account, map(Account.key, shared_ids)):  # the owner gets them anew, without this name
        store.destroy(str(account.customer_id), account.id)


def _void_payments(caller: Caller, user_id: str) -> None:
    """Void what the user, who is disabled by now, has asked to pay from accounts that it holds jointly."""
    user = User.by_id(user_id)
    if user:
        payment_rights.void_ended_of_user(caller, user)


def _release_address(caller: Caller, user_id: str) -> None:
    """Release the address, before the hash that finds it is removed from the user."""
    user, at = User.by_id(user_id), timestamp(clock.now())
    if user is None or user.email_hmac is None:
        return
    try:
        transact.commit([UniqueKey.release_email(user.email_hmac, user_id, caller, at)], caller.request_id)
    except transact.Cancelled as cancelled:
        [reason] = cancelled.reasons
        if not reason.is_condition:  # released before
            raise


def _partitions(customer: Customer) -> Iterator[str]:
    """Yield the partitions of everything that the customer has or has written, the most personal first."""
    yield Customer.partition(customer.id)
    yield webhook_endpoint.partition_of(customer.id)
    if customer.user_id:
        yield User.partition(customer.user_id)
    for page in Account.pages_of_owner(customer.id):
        yield from (Account.partition(account.id) for account in page)
    yield from Order.partitions_of_customer(customer.id)
    yield from ClearingPayment.partitions_of_customer(customer.id)
    yield from PaymentFile.partitions_of_customer(customer.id)
    yield from Ticket.partitions_of_customer(customer.id)


def _erase(caller: Caller, items: list[ErasableItem], deadline: float) -> None:
    """Take away what is left of items; read again those that somebody else has changed meanwhile."""
    for _ in transact.attempts():
        if time.monotonic() > deadline:
            raise _OutOfTime
        at = timestamp(clock.now())
        actions = [action for item in items if (action := item.erase(caller, at))]
        if not actions:
            return
        try:
            for start in range(0, len(actions), AT_ONCE_MAX):
                _commit(caller, actions[start : start + AT_ONCE_MAX], deadline)
            return
        except transact.Cancelled:
            read = batch_get(item.own_key for item in items)
            items = [item for item in read if isinstance(item, ErasableItem)]
    raise transact.gave_up(ambiguous=True)


def _commit(caller: Caller, actions: list[Action], deadline: float) -> None:
    if time.monotonic() > deadline:
        raise _OutOfTime
    transact.commit(actions, caller.request_id)


def _end(caller: Caller, customer_id: str) -> Customer:
    customer = _find(caller, customer_id)
    done = customer.update_if(
        Customer.status == "erasing", [Customer.status.set("erased")], caller, timestamp(clock.now())
    )
    try:
        transact.commit([done], caller.request_id)
    except transact.Cancelled as cancelled:
        [reason] = cancelled.reasons
        if not reason.is_condition:  # another request was faster
            raise
    return _find(caller, customer_id)


def _account_open() -> Conflict:
    return Conflict("The customer has an open account. Close every account first.")
