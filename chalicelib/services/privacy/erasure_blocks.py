"""Reasons for which the bank must keep a customer's data for now, in one table. Each takes one query at most.

While one of them holds, no erasure begins, by the customer or by staff. To add a reason, add a line to BLOCKS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from chalicelib import clock, config
from chalicelib.domain.errors import Conflict
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.approvals.approval_subject import ApprovalSubject
from chalicelib.models.clearing.received_recall import ReceivedRecall
from chalicelib.models.customers.customer import Customer
from chalicelib.models.risk.alert import RiskAlert
from chalicelib.services import payment_rights
from chalicelib.services.accounts import joint_holders
from chalicelib.services.customers import kyc

TOLD_TO_CUSTOMERS = (
    "The bank cannot erase your data yet. It keeps them while a payment, a request or a check is open, for some hours "
    "after an account was closed, and as long as a law requires. Cancel your payments that wait, and repeat the "
    "request in a few days, or open a ticket."
)
"""The same words for every reason: a customer must learn neither of a suspicion nor of a legal hold."""


@dataclass(frozen=True)
class Subject:
    """The customer to be erased, with the accounts that it has owned."""

    customer: Customer
    accounts: list[Account]

    @cached_property
    def has_had_account(self) -> bool:
        """Return whether the customer has owned or jointly held an account, so that its identity is retained."""
        return bool(self.accounts or joint_holders.ever_held(self.customer.id))


@dataclass(frozen=True)
class Block:
    """`told_to_staff` says what blocks the erasure, and what to do."""

    told_to_staff: str
    holds: Callable[[Subject], bool]


def _has_pending_payments(subject: Subject) -> bool:
    user_id = subject.customer.user_id
    return bool(user_id) and payment_rights.has_pending(user_id)


def _has_open_requests(subject: Subject) -> bool:
    """Return whether a request about the customer waits for another person, other than one to erase it."""
    found = ApprovalSubject.find_open(subject.customer.id, clock.now())
    return any(one.action != "customer.erase" for one in found)


def _is_unverified(subject: Subject) -> bool:
    """Return whether the identity that would be kept was not verified, where the bank's settings require that.

    Otherwise a customer could give itself another name before it erases itself.
    """
    if not config.kyc_required() or not subject.has_had_account:
        return False
    return kyc.status_of(subject.customer) not in ("verified", "expired")


def _was_closed_lately(subject: Subject) -> bool:
    hours = config.erasure_wait_hours()
    since = timestamp(clock.now() - timedelta(hours=hours))
    return hours > 0 and any(str(account.updated_at) > since for account in subject.accounts)


BLOCKS = (
    Block("There is a legal hold: a manager ends it first.", lambda subject: subject.customer.is_on_legal_hold),
    Block(
        "A risk alert about an account of the customer is open: settle it first.",
        lambda subject: RiskAlert.has_open_of_customer(subject.customer.id),
    ),
    Block(
        "A payment to the customer is one that another bank recalls: decide about the recall first.",
        lambda subject: ReceivedRecall.has_open_of_customer(subject.customer.id),
    ),
    Block("A payment of the customer waits: decide or cancel it first.", _has_pending_payments),
    Block("A request about the customer waits for another person: decide or cancel it first.", _has_open_requests),
    Block("The identity, which must be kept, is not verified: review it first.", _is_unverified),
    Block("An account was closed lately, and its last payments are still checked: retry later.", _was_closed_lately),
)


def require_none(caller: Caller, subject: Subject) -> None:
    """Raise Conflict while the bank must keep the customer's data.

    All reasons are asked for, so the time that a refusal takes does not tell a customer which of them holds.
    """
    blocking = [block for block in BLOCKS if block.holds(subject)]
    if not blocking:
        return
    told_to_staff = " ".join(block.told_to_staff for block in blocking)
    raise Conflict(told_to_staff if caller.sees_everything else TOLD_TO_CUSTOMERS)
