"""Closing an account: interest is credited first, because it cannot be requested afterwards."""

from collections.abc import Iterator
from contextlib import nullcontext, suppress

from chalicelib import aws, clock
from chalicelib.domain import money
from chalicelib.domain.accounts import status
from chalicelib.domain.errors import AccountClosed, AccountNotEmpty, Unavailable
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.ledger import idempotency
from chalicelib.domain.permissions import Caller, system
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.accounts.closed_account import Closure
from chalicelib.models.batch import get_all
from chalicelib.models.branches import account_counts
from chalicelib.models.customers.account_counts import CustomerAccounts
from chalicelib.models.item import Action
from chalicelib.models.orders.order import Order
from chalicelib.services.accounts import changes, joint_holders
from chalicelib.services.interest import credit
from chalicelib.services.interest.accrual import unpaid, yesterday
from chalicelib.services.interest.credit import Credited

_NOTHING_TO_COME: dict[str, object] = {"next_date": None, "next_attempt_at": None, "holder_ids": None}
"""Of an order that has ended."""


class _InterestDue(Exception):
    """Days are over whose interest the account has not received."""


def close(caller: Caller, account_id: str, matching: IfMatch = ANY_VERSION) -> Account:
    """End an empty account, what is held of it jointly, and the orders that pay from it; its history stays.

    Closing it twice is closing it once. When nothing else is on it, what it has earned up to yesterday is credited
    first; the day on which it closes earns nothing. Raises AccountNotEmpty, which says what was credited just now, and
    Conflict for an owner who closes what the bank froze, or when `matching` (If-Match) is outdated: it names the
    account as it was before that credit.
    """
    credited: Credited | None = None
    for _ in transact.attempts():
        # Once interest was credited, nobody may be told that nothing was done.
        with aws.unknown_outcome_on_error() if credited else nullcontext():
            try:
                closed = _close(caller, account_id, credited, ANY_VERSION if credited else matching)
                _end_orders(closed, caller.request_id)
                return closed
            except _InterestDue:
                with suppress(AccountClosed):
                    credited = _credit(caller, account_id)
    raise transact.gave_up(ambiguous=credited is not None)


def _close(caller: Caller, account_id: str, credited: Credited | None, matching: IfMatch) -> Account:
    def decide(account: Account) -> dict[str, object]:
        if account.status == "closed":
            return {}
        status.require_closable(account.status, by_staff=caller.is_staff)
        if credited and credited.amount and account.balance:
            amount = f"{money.text(credited.amount, credited.currency)} {credited.currency}"
            raise AccountNotEmpty(
                f"Interest of {amount} was just credited. Pay out the balance, then close the account."
            )
        status.require_empty(account.position())
        if unpaid(account, yesterday()).count:
            raise _InterestDue
        return {"status": "closed"} | ({"holders": None} if account.holders else {})

    def write_end(account: Account, at: str) -> list[Action]:
        closure = Closure.new(account_id, at).stamp(caller, at)
        counted = account_counts.count_change(account, str(account.branch_id), "closed", caller, at)
        of_customer = CustomerAccounts.count_closed(str(account.customer_id), caller, at)
        return [closure.put_if_absent(), counted, of_customer, *joint_holders.all_ended(caller, account, at)]

    account, _ = changes.change(caller, account_id, None, decide, matching=matching, wanted="own", also=write_end)
    return account


def _end_orders(closed: Account, request_id: str) -> None:
    """End the open orders that pay from the account. What fails here, the daily run ends when it is due."""
    bank, values = system(request_id), {"status": "ended", "reason": "payer_closed", **_NOTHING_TO_COME}
    with suppress(Unavailable):
        for order in _open_orders_from(closed):
            with suppress(transact.Cancelled):  # a run or its maker was faster
                transact.commit([order.change(values, bank, timestamp(clock.now()))], request_id)


def _open_orders_from(account: Account) -> Iterator[Order]:
    for keys in Order.open_keys(str(account.customer_id)):
        yield from (order for order in get_all(Order, keys) if order.from_account_id == account.id)


def _credit(caller: Caller, account_id: str) -> Credited:
    """Credit the interest as the bank, whoever closes the account. Of several requests at once, one pays."""
    bank, through = system(caller.request_id), yesterday()
    idempotency_key = idempotency.derive_key(bank.user_id, f"interest {account_id} closing {through}", "close", {})
    return credit.credit(account_id, through, idempotency_key, bank)
