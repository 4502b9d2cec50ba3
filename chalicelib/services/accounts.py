"""Accounts: seen by their owners, staff and auditors; edited, frozen and closed."""

from collections.abc import Callable
from typing import Any

from chalicelib import aws, clock
from chalicelib.domain import account_life, ids, money
from chalicelib.domain.errors import (
    AccountClosed,
    Forbidden,
    NotFound,
    ValidationFailed,
)
from chalicelib.domain.idempotency import Claim
from chalicelib.domain.permissions import Caller
from chalicelib.domain.position import Status
from chalicelib.domain.time import timestamp
from chalicelib.models import branch_accounts, closure, transact
from chalicelib.models.account import Account
from chalicelib.models.closure import Closure
from chalicelib.models.item import Action
from chalicelib.models.paging import Page, Paging, query_page
from chalicelib.models.snapshot import batch_get
from chalicelib.services import branches, idempotency, if_match

Decide = Callable[[Account], dict[str, object]]
Also = Callable[[Account, str], list[Action]]


def get(caller: Caller, account_id: str) -> Account:
    """A customer's account that the caller may see. Raises NotFound, also for somebody else's."""
    account = Account.by_id(account_id) if ids.is_id("acc", account_id) else None
    if account is None or not caller.sees(account.customer_id):
        raise _unknown(account_id)
    return account


def get_own(caller: Caller, account_id: str) -> Account:
    """The caller's own account. Raises NotFound for any other, to staff too."""
    account = get(caller, account_id)
    if account.customer_id != caller.customer_id:
        raise _unknown(account_id)
    return account


def list_of_customer(caller: Caller, customer_id: str | None, paging: Paging) -> Page[Account]:
    """A customer's accounts, newest first; staff and auditors name the customer."""
    if not caller.sees_everything:
        customer_id = customer_id or caller.customer_id
        if customer_id != caller.customer_id:
            raise NotFound(f"There is no customer {customer_id}.")
    if customer_id is None:
        raise ValidationFailed.of("customer_id", "is required: whose accounts?")
    page = query_page(
        Account,
        f"CUSTOMER#{customer_id}",
        limit=paging.limit,
        cursor=paging.cursor,
        index="gsi1",
        between=Account.gsi1sk.startswith("ACCOUNT#"),
    )
    return Page(_filled([item.pk for item in page.items]), page.next_cursor)


def list_closed(paging: Paging) -> Page[Account]:
    """Closed accounts, the last closed first."""
    page = query_page(Closure, closure.ALL, limit=paging.limit, cursor=paging.cursor, index="gsi1")
    return Page(_filled([item.pk for item in page.items]), page.next_cursor)


def edit(caller: Caller, account_id: str, edits: dict[str, Any], matching: str | None) -> Account:
    """Change nickname, branch, statements or overdraft limit (a decimal string). Raises Conflict when `matching`
    (If-Match) is outdated."""
    if "overdraft_limit" in edits and not caller.may("accounts.limit"):
        raise Forbidden("Only staff may change the overdraft limit.")
    if edits.get("branch_id"):
        branches.require(edits["branch_id"])

    def decide(account: Account) -> dict[str, object]:
        if_match.require(matching, account.version)
        if account.status == "closed":
            raise AccountClosed("A closed account is not edited.")
        if "overdraft_limit" in edits:
            return edits | {"overdraft_limit": _limit(edits["overdraft_limit"], account.currency)}
        return edits

    def counted(account: Account, at: str) -> list[Action]:
        before, after = str(account.branch_id), edits.get("branch_id", account.branch_id)
        if before == after:
            return []
        return [
            branch_accounts.counted(account, before, "moved_out", caller, at),
            branch_accounts.counted(account, after, "moved_in", caller, at),
        ]

    bears = "overdraft_limit" in edits
    account, _ = change(caller, account_id, None, decide, bears_on_posting=bears, also=counted)
    return account


def freeze(caller: Caller, account_id: str, reason: str, claim: Claim | None) -> tuple[Account, bool]:
    """No more debits; credits go on. Raises Conflict when it is frozen already."""
    return change(caller, account_id, claim, lambda account: _status(account, "active", "frozen", reason))


def unfreeze(caller: Caller, account_id: str, reason: str, claim: Claim | None) -> tuple[Account, bool]:
    """Debits again. Raises Conflict when it is not frozen."""
    return change(caller, account_id, claim, lambda account: _status(account, "frozen", "active", reason))


def change(
    caller: Caller,
    account_id: str,
    claim: Claim | None,
    decide: Decide,
    *,
    bears_on_posting: bool = True,
    also: Also = lambda *_: [],
) -> tuple[Account, bool]:
    """Decide on the account as read and write if it has not moved since; else read again. Says whether it replayed.

    `also` says what commits with it, of the account as read and the moment.
    """
    if idempotency.earlier(claim):
        return get(caller, account_id), True
    for _ in transact.attempts():
        account = get(caller, account_id)
        changes = decide(account)
        if not changes:
            return account, False
        at = timestamp(clock.now())
        update = account.change(changes, caller, at, bears_on_posting=bears_on_posting)
        try:
            _, replayed = idempotency.commit_once(caller, claim, account_id, [update, *also(account, at)], at)
        except transact.Cancelled:
            continue
        with aws.after_a_write():
            return get(caller, account_id), replayed
    raise transact.gave_up(ambiguous=False)


def _status(account: Account, before: Status, after: Status, reason: str) -> dict[str, object]:
    account_life.require_step(account.status, before)
    return {"status": after, "status_reason": reason}


def _limit(text: str, currency: str) -> int:
    try:
        return money.parse(text, currency, zero_allowed=True)
    except ValueError as error:
        raise ValidationFailed.of("overdraft_limit", str(error)) from None


def _filled(partitions: list[str]) -> list[Account]:
    found = {item.pk: item for item in batch_get((pk, "ACCOUNT") for pk in partitions) if isinstance(item, Account)}
    return [found[pk] for pk in partitions if pk in found]


def _unknown(account_id: str) -> NotFound:
    return NotFound(f"There is no account {account_id[:64]}.")
