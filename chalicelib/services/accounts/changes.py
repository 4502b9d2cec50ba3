"""Changes of accounts: edited, frozen and unfrozen, each on the account as it was read."""

from collections.abc import Callable, Sequence
from typing import Any

from chalicelib import aws, clock
from chalicelib.domain import money
from chalicelib.domain.accounts import status as account_status
from chalicelib.domain.accounts.access import Wanted
from chalicelib.domain.errors import AccountClosed, Forbidden, ValidationFailed
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.ledger.balance import Status
from chalicelib.domain.ledger.idempotency import IdempotencyKey
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models import transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.branches import account_counts
from chalicelib.models.item import Action
from chalicelib.models.transact import Extra
from chalicelib.services import idempotency
from chalicelib.services.accounts import accounts
from chalicelib.services.approvals import gate
from chalicelib.services.approvals.gate import HeldRequest
from chalicelib.services.branches import branches

Decide = Callable[[Account], dict[str, object]]
Also = Callable[[Account, str], Sequence[Action | Extra]]


def edit(caller: Caller, account_id: str, edits: dict[str, Any], matching: IfMatch) -> Account:
    """Change nickname, branch, statements or overdraft limit (a decimal string). Raises Conflict when `matching`
    (If-Match) is outdated."""
    if "overdraft_limit" in edits and not caller.may("accounts.limit"):
        raise Forbidden("Only staff may change the overdraft limit.")
    if edits.get("branch_id"):
        branches.require(edits["branch_id"])

    def decide(account: Account) -> dict[str, object]:
        if account.status == "closed":
            raise AccountClosed("A closed account cannot be edited.")
        if "overdraft_limit" in edits:
            limit = _limit(edits["overdraft_limit"], account.currency)
            changed_at = timestamp(clock.now()) if limit != account.overdraft_limit else account.limit_changed_at
            return edits | {"overdraft_limit": limit, "limit_changed_at": changed_at}
        return edits

    def also(account: Account, at: str) -> list[Action | Extra]:
        before, after = str(account.branch_id), edits.get("branch_id", account.branch_id)
        approved = _require_limit_approval(caller, account, edits) if "overdraft_limit" in edits else ()
        if before == after:
            return [*approved]
        return [
            account_counts.count_change(account, before, "moved_out", caller, at),
            account_counts.count_change(account, after, "moved_in", caller, at),
            *approved,
        ]

    bears = "overdraft_limit" in edits
    account, _ = change(
        caller, account_id, None, decide, matching=matching, wanted="manage", bears_on_posting=bears, also=also
    )
    return account


def execute_overdraft_limit(maker: Caller, approval: Approval) -> None:
    """Carry out an edit with another overdraft limit that was approved."""
    edit(maker, str(approval.resource_id), {**approval.payload, **(approval.sealed or {})}, ANY_VERSION)


def _require_limit_approval(caller: Caller, account: Account, edits: dict[str, Any]) -> tuple[Extra, ...]:
    """Ask whether one person may raise the limit; to lower it, one is enough.

    The nickname is the customer's own words, so it is sealed.
    """
    limit = _limit(edits["overdraft_limit"], account.currency)
    if limit <= account.overdraft_limit and not caller.approval_id:
        return ()
    own_words = {name: value for name, value in edits.items() if name == "nickname"}
    return gate.require(
        caller,
        HeldRequest(
            "overdraft_limit",
            f"Set the overdraft limit of account {account.id} to {edits['overdraft_limit']} {account.currency}.",
            resource_id=account.id,
            version=f"{account.overdraft_limit} {account.limit_changed_at or 'never'}",
            payload={name: value for name, value in edits.items() if name not in own_words},
            sealed=own_words or None,
            parties=account.access().people(),
            amount=limit,
            currency=account.currency,
        ),
    )


def freeze(
    caller: Caller,
    account_id: str,
    reason: str,
    idempotency_key: IdempotencyKey | None,
    matching: IfMatch = ANY_VERSION,
) -> tuple[Account, bool]:
    """Refuse debits from now on; credits continue. Raises Conflict if the account is frozen, or not `matching`."""

    def decide(account: Account) -> dict[str, object]:
        freeze = {"frozen_by": caller.user_id, "frozen_at": timestamp(clock.now())}
        return _status(account, "active", "frozen", reason) | freeze

    return change(caller, account_id, idempotency_key, decide, matching=matching)


def unfreeze(
    caller: Caller,
    account_id: str,
    reason: str,
    idempotency_key: IdempotencyKey | None,
    matching: IfMatch = ANY_VERSION,
) -> tuple[Account, bool]:
    """Accept debits again. Raises Conflict if the account is not frozen, or not `matching`.

    An approval lifts the freeze that it was given for, not a later one. Raises Forbidden for a teller where somebody
    else froze the account, or where that is not known, unless this was approved.
    """

    def require_approval(account: Account, _: str) -> list[Action | Extra]:
        request = HeldRequest(
            "unfreeze",
            f"Unfreeze account {account.id}.",
            resource_id=account.id,
            version=account.frozen_at or account.status_reason,
            payload={"reason": reason},
            parties=account.access().people(),
        )
        approved = gate.require(caller, request, idempotency_key)
        if not approved and account.frozen_by != caller.user_id and not caller.may("accounts.unfreeze_any"):
            raise Forbidden("Another member of staff froze this account. Ask a manager to unfreeze it.")
        return [*approved]

    return change(
        caller,
        account_id,
        idempotency_key,
        lambda account: _status(account, "frozen", "active", reason) | {"frozen_by": None, "frozen_at": None},
        matching=matching,
        also=require_approval,
    )


def execute_unfreeze(maker: Caller, approval: Approval) -> None:
    """Carry out an unfreezing that was approved."""
    unfreeze(maker, str(approval.resource_id), approval.payload["reason"], None)


@transact.until_committed
def change(
    caller: Caller,
    account_id: str,
    idempotency_key: IdempotencyKey | None,
    decide: Decide,
    *,
    matching: IfMatch = ANY_VERSION,
    wanted: Wanted = "bank",
    bears_on_posting: bool = True,
    also: Also = lambda *_: [],
) -> tuple[Account, bool]:
    """Decide on the account as read and write if it has not moved since; else read again. Says whether it replayed.

    `matching` is the request's If-Match: Conflict unless it names the account's version. `wanted` is what the caller
    must be let do with it, by default what only staff may. `also` says what commits with it, of the account as read and
    the moment. The account is read again after the write even if the caller has just left it.
    """
    if idempotency.find_earlier(idempotency_key):
        return accounts.get(caller, account_id), True
    account = accounts.get(caller, account_id, wanted)
    matching.require(account.version)
    changes = decide(account)
    if not changes:
        return account, False
    at = timestamp(clock.now())
    update = account.change(changes, caller, at, bears_on_posting=bears_on_posting)
    _, replayed = idempotency.commit_once(caller, idempotency_key, account_id, [update, *also(account, at)], at)
    with aws.unknown_outcome_on_error():
        return accounts.find(account_id), replayed


def _status(account: Account, before: Status, after: Status, reason: str) -> dict[str, object]:
    account_status.require_step(account.status, before)
    return {"status": after, "status_reason": reason}


def _limit(text: str, currency: str) -> int:
    try:
        return money.parse(text, currency, zero_allowed=True)
    except ValueError as error:
        raise ValidationFailed.of("overdraft_limit", str(error)) from None
