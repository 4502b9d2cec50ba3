"""The rights that a pending payment rests on, asked again when it is decided.

A payment whose maker has lost the right to make it is voided by the first who sees it: the request that ends the right,
an approval, or the hourly sweep (`payments/hold_expiry.py`), which completes what a request was cut short in.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain, islice

from chalicelib import clock, config
from chalicelib.domain import conflict_of_interest, ids
from chalicelib.domain.approvals.policy import EXPIRES_HOURS_MAX
from chalicelib.domain.errors import BankError, Conflict, ConflictOfInterest, Forbidden
from chalicelib.domain.ledger.posting import Movement
from chalicelib.domain.permissions import Caller, system
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import Account
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.batch import BATCH_MAX, batch_get, get_all
from chalicelib.models.identity.user import User
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.hold import Hold
from chalicelib.models.ledger.snapshot import Snapshot
from chalicelib.models.ledger.terms import RightEnded, Terms
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.observability import logger
from chalicelib.services import amounts

ENDED = "The person who made it may no longer pay from this account."
SECONDS_MAX = 5.0
"""A request that ends a right voids for so long; the sweep voids the rest."""


def maker_now(user_id: str, request_id: str, ended: str = ENDED) -> Caller:
    """Return the maker of a payment that is made later, with the rights of this moment.

    Raises Forbidden, with the words for it, if it may not pay any more.
    """
    user = User.by_id(user_id)
    if user is None or not user.may("money.move"):
        raise Forbidden(ended)
    return Caller(
        user.id, user.role, request_id, user.customer_id, user.branch_id, own_customer_id=user.linked_customer_id
    )


@dataclass
class Swept:
    """How many pending transactions were brought to an end, and the errors of those that were not."""

    ended: int = 0
    errors: list[BankError] = field(default_factory=list)

    def end(self, transaction_id: str, how: Callable[[str], object]) -> None:
        """Bring one to its end. An error is kept, so that the others are tried."""
        try:
            how(transaction_id)
            self.ended += 1
        except Conflict:
            logger.info("ended otherwise meanwhile", transaction_id=transaction_id)
        except BankError as error:
            logger.error("cannot end a pending transaction", transaction_id=transaction_id, code=error.code)
            self.errors.append(error)


def terms(pending: Transaction, approver: Caller) -> Terms:
    """Return what an approval asks anew: the maker's right to pay, the approver's to decide, the limits of today."""
    maker_id = str(pending.initiated_by)

    def movement(now: Transaction, snapshot: Snapshot) -> Movement:
        users = {item.id: item for item in snapshot.others.values() if isinstance(item, User)}
        decider = users.get(approver.user_id)
        if decider is None or not _may_still_decide(decider, approver, pending):
            raise Forbidden("You may no longer decide about payments.")
        if _is_own(decider, now, snapshot.accounts):
            raise ConflictOfInterest(conflict_of_interest.OWN_ACCOUNT)
        if not _is_entitled(users.get(maker_id), now, snapshot.accounts):
            raise RightEnded(ENDED)
        return replace(now.movement(), limits=amounts.limits(str(now.currency)))

    return Terms(
        movement,
        others=(User.key(maker_id), User.key(approver.user_id)),
        guards=(
            User.still_may(maker_id, "money.move"),
            _still_decides(approver, pending),
        ),
    )


def _may_still_decide(user: User, approver: Caller, pending: Transaction) -> bool:
    """Return whether the approver is what it was when it asked; its role is compared with the approval's elsewhere."""
    if not pending.approval_required:
        return user.may("transactions.decide")
    return user.status == "active" and user.role == approver.role


def _still_decides(approver: Caller, pending: Transaction) -> Action:
    if pending.approval_required:
        return User.still_in_role(approver.user_id, approver.user_role)
    return User.still_may(approver.user_id, "transactions.decide")


def void_ended_of_account(caller: Caller, account: Account) -> None:
    """Void the payments out of an account whose makers have just lost the right to pay from it."""
    if account.held:
        _void_in_time(caller, (str(hold.transaction_id) for hold in Hold.active_of_account(account.id)))


def void_ended_of_user(caller: Caller, user: User) -> None:
    """Void the pending payments of a user that may not pay any more."""
    if not user.may("money.move"):
        _void_in_time(caller, _ids_made_lately(user.id))


def has_pending(user_id: str) -> bool:
    """Return whether a payment of a user is pending: two queries, and one read for each hundred recent payments."""
    made = get_all(Transaction, map(Transaction.key, _ids_made_lately(user_id)))
    return any(one.status == "pending" for one in made)


def _ids_made_lately(user_id: str) -> Iterable[str]:
    """Return the ids of a user's payments that may still be pending: older ones have expired."""
    since = timestamp(clock.now() - timedelta(hours=config.risk_review_hours()))
    asked_since = timestamp(clock.now() - timedelta(hours=EXPIRES_HOURS_MAX))
    asked = (ids.with_prefix("txn", name) for name in Approval.ids_made_by(user_id, asked_since))
    return dict.fromkeys(chain(asked, Transaction.ids_made_by(user_id, since)))


def void_ended(transaction_ids: Iterable[str], request_id: str, seconds_max: float | None = None) -> Swept:
    """Void those of these pending payments whose makers may not make them any more, as the bank itself."""
    deadline = time.monotonic() + seconds_max if seconds_max is not None else None
    swept, bank = Swept(), system(request_id)
    for transaction_id in _without_right(transaction_ids):
        if deadline is not None and time.monotonic() > deadline:
            logger.warning("out of time: the sweep voids what is left", transaction_id=transaction_id)
            break
        swept.end(transaction_id, lambda name: ledger.void(name, bank, ENDED))
    return swept


def _void_in_time(caller: Caller, transaction_ids: Iterable[str]) -> None:
    """Void as much as there is time for. The right has ended, so no error of this may fail the request."""
    try:
        void_ended(transaction_ids, caller.request_id, SECONDS_MAX)
    except BankError as error:
        logger.error("cannot find pending transactions: the sweep voids them", code=error.code)


def _without_right(transaction_ids: Iterable[str]) -> Iterator[str]:
    """Yield the pending transactions whose makers may not make them any more, with two reads for thirty-three.

    Payments at the clearing are left out: their makers' rights are asked again before they are submitted.
    """
    left = iter(transaction_ids)
    while names := list(islice(left, BATCH_MAX // 3)):
        found = get_all(Transaction, map(Transaction.key, names))
        yield from without_right(one for one in found if one.status == "pending" and not one.is_at_clearing)


def without_right(pending: Iterable[Transaction]) -> Iterator[str]:
    """Yield the ids of those of these transactions whose makers may not make them any more."""
    asked = list(pending)
    makers = {User.key(one.initiated_by) for one in asked}
    found = batch_get({*makers, *(Account.key(account_id) for one in asked for account_id in one.account_ids())})
    users = {item.id: item for item in found if isinstance(item, User)}
    accounts = {item.id: item for item in found if isinstance(item, Account)}
    for one in asked:
        if not _is_entitled(users.get(one.initiated_by), one, accounts):
            yield one.id


def _account_id(pending: Transaction) -> str:
    """Return the account on which the maker needs the right to pay: the payer's, or that of a deposit."""
    return str(pending.from_account_id or pending.to_account_id)


def _is_entitled(maker: User | None, pending: Transaction, accounts: Mapping[str, Account]) -> bool:
    """Return whether the maker of a payment may still make it: with the right to pay, and not to an own account.

    `accounts` has those that it moves.
    """
    if maker is None or not maker.may("money.move"):
        return False
    is_own = _is_own(maker, pending, accounts)
    return not is_own and accounts[_account_id(pending)].access().lets(_acting(maker), "pay")


def _is_own(user: User, pending: Transaction, accounts: Mapping[str, Account]) -> bool:
    """Return whether a user is staff and, as a customer, owns or holds an account that a payment moves."""
    return any(accounts[account_id].access().is_own_of(_acting(user)) for account_id in pending.account_ids())


def _acting(user: User) -> Caller:
    return Caller(user.id, user.role, "", user.customer_id, own_customer_id=user.linked_customer_id)
