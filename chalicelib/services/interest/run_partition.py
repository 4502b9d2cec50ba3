"""A partition of a monthly interest run. `services/scheduled_runs/partition.py` has the engine.

A credit's key is made of account and period, so whatever is done again answers the same: accounts that were paid by an
invocation that died are counted as those that were paid by this one.

**Contention** may be one account's, on which others never stop working, or the infrastructure's, which takes no writes.
The next write tells: an account that ends in contention is held back until one after it is paid, and has then failed by
itself. If another one ends so before, nobody has failed, and the partition is taken up again from the first of the two.
**Clocks** that disagree are treated alike: the wrong one has dated one account's entry, or is this machine's.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.domain.errors import AccountClosed, ClockSkew, Contention
from chalicelib.domain.interest.run_tally import Ending, Tally
from chalicelib.domain.ledger import idempotency
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.month import Month
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.scheduled_runs.run import RunPartition
from chalicelib.services.interest import credit
from chalicelib.services.interest.accrual import EntriesMissing
from chalicelib.services.interest.run import STEPS
from chalicelib.services.interest.terms import Products
from chalicelib.services.scheduled_runs import partition
from chalicelib.services.scheduled_runs.partition import INFRASTRUCTURE

MAYBE_ONE_ACCOUNT = (Contention, ClockSkew)
ACCOUNTS_AT_ONCE = 50
"""Between two writes of progress: what is done again when an invocation dies. Their failures fit one transaction."""

Json = dict[str, Any]
Page = partition.Page[Tally]


@dataclass(frozen=True)
class _HeldBack:
    """An account that ended in contention or with a skewed clock, and the page as it was before it."""

    account_id: str
    error: Exception
    before: Page


def accrue(asked: Json, caller: Caller, has_time: Callable[[], bool]) -> Json:
    """Pay the accounts of a partition while there is time."""
    products = Products()

    def pay(part: RunPartition, account_ids: list[str]) -> Page:
        return _paid(part, account_ids, products, caller, has_time)

    return partition.work(STEPS, asked, caller, has_time, pay, at_once=ACCOUNTS_AT_ONCE)


def idempotency_key_of(account_id: str, period: str, caller: Caller) -> IdempotencyKey:
    """Return the key of an account's credit for a period, the same for every run and caller."""
    key = f"interest {account_id} {period}"
    return idempotency.derive_key(caller.user_id, key, "monthly_interest", [account_id, period])


def _paid(
    part: RunPartition, account_ids: list[str], products: Products, caller: Caller, has_time: Callable[[], bool]
) -> Page:
    """Pay each account in turn, until the time is up or the infrastructure fails.

    With an account held back it continues when the time is up, or an invocation might never pass it. If no later write
    shows whose fault the contention was, the next write of progress does: it commits together with the failure.
    """
    page = Page(part.tally(), part.cursor)
    frozen = Account.frozen_among(account_ids)  # counted apart, and paid like all others
    held_back: _HeldBack | None = None
    for account_id in account_ids:
        try:
            is_written = _pay(page, part.period, account_id, products, caller, is_frozen=account_id in frozen)
        except INFRASTRUCTURE as error:
            if held_back or not isinstance(error, MAYBE_ONE_ACCOUNT):
                return replace(held_back.before if held_back else page, trouble=error)
            held_back = _HeldBack(account_id, error, deepcopy(page))
        else:
            if held_back and is_written:
                _fail(page, held_back.account_id, held_back.error, is_frozen=held_back.account_id in frozen)
                held_back = None
        page.cursor = account_id
        if not held_back and not has_time():
            break
    if held_back:
        _fail(page, held_back.account_id, held_back.error, is_frozen=held_back.account_id in frozen)
    return page


def _pay(page: Page, period: str, account_id: str, products: Products, caller: Caller, *, is_frozen: bool) -> bool:
    """Credit one account and count how that ended. What is wrong with it stops nobody else.

    Returns whether anything was written for it just now.
    """
    idempotency_key = idempotency_key_of(account_id, period, caller)
    try:
        paid = credit.credit(account_id, Month.parse(period).last, idempotency_key, caller, products)
    except AccountClosed:
        page.tally.count("closed", is_frozen=is_frozen)
    except Exception as error:  # whatever is wrong with one account, the others are paid
        if isinstance(error, INFRASTRUCTURE) and not isinstance(error, EntriesMissing):
            raise
        _fail(page, account_id, error, is_frozen=is_frozen)
    else:
        ending: Ending = "credited" if paid.transaction else "nothing"
        page.tally.count(ending, paid.currency, paid.amount, is_frozen=is_frozen)
        return not paid.replayed
    return False


def _fail(page: Page, account_id: str, error: Exception, *, is_frozen: bool) -> None:
    page.fail(account_id, error)
    page.tally.count("failed", is_frozen=is_frozen)
