"""Closing an account: its interest is credited first, for nobody can ask for it afterwards."""

from contextlib import nullcontext, suppress

from chalicelib import aws
from chalicelib.domain import account_life, idempotency, money
from chalicelib.domain.errors import AccountClosed, AccountNotEmpty
from chalicelib.domain.permissions import Caller, system
from chalicelib.models import branch_accounts, transact
from chalicelib.models.account import Account
from chalicelib.models.closure import Closure
from chalicelib.models.customer_accounts import CustomerAccounts
from chalicelib.models.item import Action
from chalicelib.services import accounts, interest
from chalicelib.services.interest import Credited
from chalicelib.services.interest_accrual import unpaid, yesterday


class _InterestDue(Exception):
    """Days are over whose interest the account has not received."""


def close(caller: Caller, account_id: str) -> Account:
    """End an empty account; its history stays. Closing it twice is closing it once.

    When nothing else is on it, what it has earned up to yesterday is credited first; the day on which it closes earns
    nothing. Raises AccountNotEmpty, which says what was credited just now, and Conflict for an owner who closes what
    the bank froze.
    """
    credited: Credited | None = None
    for _ in transact.attempts():
        # Once interest was credited, nobody may be told that nothing was done.
        with aws.after_a_write() if credited else nullcontext():
            try:
                return _close(caller, account_id, credited)
            except _InterestDue:
                with suppress(AccountClosed):
                    credited = _credit(caller, account_id)
    raise transact.gave_up(ambiguous=credited is not None)


def _close(caller: Caller, account_id: str, credited: Credited | None) -> Account:
    def decide(account: Account) -> dict[str, object]:
        if account.status == "closed":
            return {}
        account_life.require_closable(account.status, by_staff=caller.is_staff)
        if credited and credited.amount and account.balance:
            amount = f"{money.text(credited.amount, credited.currency)} {credited.currency}"
            raise AccountNotEmpty(f"Interest of {amount} was credited just now: pay out what is left, then close.")
        account_life.require_empty(account.position())
        if unpaid(account, yesterday()).count:
            raise _InterestDue
        return {"status": "closed"}

    def listed(account: Account, at: str) -> list[Action]:
        closure = Closure.new(account_id, at).written(caller, at)
        counted = branch_accounts.counted(account, str(account.branch_id), "closed", caller, at)
        of_customer = CustomerAccounts.counted(str(account.customer_id), "closed", caller, at)
        return [closure.put_if_absent(), counted, of_customer]

    account, _ = accounts.change(caller, account_id, None, decide, also=listed)
    return account


def _credit(caller: Caller, account_id: str) -> Credited:
    """The bank credits, whoever closes; of any number who close at once, one pays."""
    bank, through = system(caller.request_id), yesterday()
    claim = idempotency.claim(bank.user_id, f"interest {account_id} closing {through}", "close", {})
    return interest.credit(account_id, through, claim, bank)
