"""A partition of a monthly interest run. `services/scheduled_runs/partition.py` has the engine.

A credit's key is made of account and period, so whatever is done again answers the same: accounts that were paid by an
invocation that died are counted as those that were paid by this one.
"""

from collections.abc import Callable
from typing import Any

from chalicelib.domain.errors import AccountClosed
from chalicelib.domain.interest.run_tally import Ending, Tally
from chalicelib.domain.ledger import idempotency
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.month import Month
from chalicelib.domain.permissions import Caller
from chalicelib.models.accounts.account import Account
from chalicelib.models.scheduled_runs.run import RunPartition
from chalicelib.services.interest import credit
from chalicelib.services.interest.past_entries import EntriesMissing
from chalicelib.services.interest.run import STEPS
from chalicelib.services.interest.terms import TermsByProduct
from chalicelib.services.scheduled_runs import partition

ACCOUNTS_AT_ONCE = 50
"""Between two writes of progress: what is done again when an invocation dies. Their failures fit one transaction."""

Json = dict[str, Any]
Page = partition.Page[Tally]


def credit_accounts(asked: Json, caller: Caller, has_time: Callable[[], bool]) -> Json:
    """Credit the accounts of a partition while there is time."""
    terms = TermsByProduct()

    def pay(part: RunPartition, account_ids: list[str]) -> Page:
        return _pay_page(part, account_ids, terms, caller, has_time)

    return partition.work(STEPS, asked, caller, has_time, pay, at_once=ACCOUNTS_AT_ONCE)


def idempotency_key_of(account_id: str, period: str, caller: Caller) -> IdempotencyKey:
    """Return the key of an account's credit for a period, the same for every run and caller."""
    key = f"interest {account_id} {period}"
    return idempotency.derive_key(caller.user_id, key, "monthly_interest", [account_id, period])


def _pay_page(
    part: RunPartition, account_ids: list[str], terms: TermsByProduct, caller: Caller, has_time: Callable[[], bool]
) -> Page:
    frozen = Account.frozen_among(account_ids)  # counted apart, and paid like all others

    def pay(page: Page, account_id: str) -> bool:
        return _pay(page, part.period, account_id, terms, caller, is_frozen=account_id in frozen)

    def fail(page: Page, account_id: str, error: Exception) -> None:
        _fail(page, account_id, error, is_frozen=account_id in frozen)

    return partition.in_turn(Page(part.tally(), part.cursor), account_ids, pay, fail, has_time)


def _pay(page: Page, period: str, account_id: str, terms: TermsByProduct, caller: Caller, *, is_frozen: bool) -> bool:
    """Credit one account and count how that ended. Returns whether anything was written for it just now."""
    idempotency_key = idempotency_key_of(account_id, period, caller)
    try:
        paid = credit.credit(account_id, Month.parse(period).last, idempotency_key, caller, terms)
    except AccountClosed:
        page.tally.count("closed", is_frozen=is_frozen)
        return False
    except EntriesMissing as error:  # this account's own fault, unlike all else that is unavailable
        _fail(page, account_id, error, is_frozen=is_frozen)
        return False
    ending: Ending = "credited" if paid.transaction else "nothing"
    page.tally.count(ending, paid.currency, paid.amount, is_frozen=is_frozen)
    return not paid.replayed


def _fail(page: Page, account_id: str, error: Exception, *, is_frozen: bool) -> None:
    page.fail(account_id, error)
    page.tally.count("failed", is_frozen=is_frozen)
