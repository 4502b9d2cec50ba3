"""Conflicts of interest that take a read: payments, and alerts about them, to which a member of staff is a party.

A party owns or holds one of the accounts as a customer, or made the payment as one. Only staff who are linked to a
customer cost that read.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from chalicelib.domain import conflict_of_interest, ids
from chalicelib.domain.errors import ConflictOfInterest
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.batch import batch_get, get_all
from chalicelib.models.clearing.received_recall import ReceivedRecall
from chalicelib.models.customers.customer import Customer
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import Page, Paging
from chalicelib.models.risk.alert import RiskAlert

ItemT = TypeVar("ItemT")
ABOUT_ALERTS = "risk_alert."


@dataclass(frozen=True)
class _Own:
    """The user that a member of staff has as a customer, and which of some accounts he or she owns or holds."""

    user_id: str | None
    account_ids: set[str]

    def has(self, transaction: Transaction) -> bool:
        is_made = self.user_id is not None and transaction.initiated_by == self.user_id
        return is_made or not self.account_ids.isdisjoint(transaction.account_ids())


def require_no_party(caller: Caller, transaction: Transaction) -> None:
    """Raise ConflictOfInterest for staff who are a party to the transaction."""
    if caller.own_customer_id and _own(caller, transaction.account_ids()).has(transaction):
        raise ConflictOfInterest(conflict_of_interest.OWN_ACCOUNT)


def require_not_own(caller: Caller, resource_id: str | None) -> None:
    """Raise ConflictOfInterest for staff who own or hold an account by now, or are a party to a transaction or to the
    payment that another bank recalls.

    `resource_id` may name anything else, which is nobody's account.
    """
    if caller.own_customer_id is None or resource_id is None:
        return
    if ids.is_id("acc", resource_id) and (account := Account.by_id(resource_id)):
        account.access().require_impartial(caller)
    if ids.is_id("txn", resource_id) and (transaction := Transaction.by_id(resource_id)):
        require_no_party(caller, transaction)
    if ids.is_id("rcl", resource_id) and (recall := ReceivedRecall.by_id(resource_id)):
        require_not_own(caller, str(recall.account_id))


class Suspicion(Protocol):
    """An alert of risk, or a recall by another bank: it may say that a payment on an account is not right."""

    @property
    def transaction_id(self) -> Any: ...
    @property
    def account_id(self) -> Any: ...


SuspicionT = TypeVar("SuspicionT", bound=Suspicion)


def without_own(caller: Caller, suspicions: list[SuspicionT]) -> list[SuspicionT]:
    """Return the suspicions without those about the caller: its accounts, or a payment to which it is a party.

    Whoever is suspected must not learn of it, so these do not exist for the caller. Takes two reads at most.
    """
    if caller.own_customer_id is None or not suspicions:
        return suspicions
    found = get_all(Transaction, {Transaction.key(one.transaction_id) for one in suspicions})
    made = {one.id: one for one in found}
    moved = {account_id for one in found for account_id in one.account_ids()}
    own = _own(caller, moved | {one.account_id for one in suspicions})

    def is_own(one: SuspicionT) -> bool:
        transaction = made.get(one.transaction_id)
        return one.account_id in own.account_ids or (transaction is not None and own.has(transaction))

    return [one for one in suspicions if not is_own(one)]


class Tells(Protocol):
    """An event, or what says of which type one is."""

    @property
    def type(self) -> Any: ...
    @property
    def subject(self) -> Any: ...


TellsT = TypeVar("TellsT", bound=Tells)


def tells_of_alert(event_type: str) -> bool:
    """Return whether events of a type tell of an alert."""
    return event_type.startswith(ABOUT_ALERTS)


def without_own_events(caller: Caller, events: Sequence[TellsT]) -> list[TellsT]:
    """Return events without those of alerts about the caller."""
    about = {one.subject.rpartition("/")[2] for one in events if tells_of_alert(one.type)}
    if caller.own_customer_id is None or not about:
        return list(events)
    shown = {alert.id for alert in without_own(caller, get_all(RiskAlert, map(RiskAlert.key, about)))}
    return [one for one in events if not tells_of_alert(one.type) or one.subject.rpartition("/")[2] in shown]


def fill_page(
    paging: Paging, read: Callable[[Paging], Page[ItemT]], show: Callable[[list[ItemT]], list[ItemT]]
) -> Page[ItemT]:
    """Return a page of what `show` lets through, filled up with the items after it: a gap would tell of the rest."""
    shown, missing, cursor = list[ItemT](), paging.limit, paging.cursor
    while True:
        page = read(Paging(missing, cursor))
        let_through = show(page.items)
        shown += let_through
        missing, cursor = len(page.items) - len(let_through), page.next_cursor
        if not missing or cursor is None:
            return Page(shown, cursor)


def _own(caller: Caller, account_ids: Iterable[str]) -> _Own:
    found = batch_get([Customer.key(str(caller.own_customer_id)), *map(Account.key, account_ids)])
    user_id = next((item.user_id for item in found if isinstance(item, Customer)), None)
    return _Own(user_id, {item.id for item in found if isinstance(item, Account) and item.access().is_own_of(caller)})
