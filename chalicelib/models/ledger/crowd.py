"""Notices that many write one account at once. Their posts are then committed in groups (`shared_write.py`).

An account that nobody else writes pays nothing for this: what is looked at was read anyway.
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

from botocore.exceptions import ClientError

from chalicelib import clock
from chalicelib.domain.ledger.balance import is_general_ledger
from chalicelib.domain.permissions import Caller
from chalicelib.models import keys, transact
from chalicelib.models.accounts.account import Account
from chalicelib.models.item import Action, key_written
from chalicelib.models.ledger.commit import Plan
from chalicelib.models.ledger.transaction import Transaction

CONFLICTS_MAX = 2
"""Attempts that one account stops before its posts go on in a group: most conflicts are between two."""

HOT_SECONDS = 10
"""After a group of several, for which posts of the account go to a group at once."""
RENEWED_SECONDS = 5
"""Of them left, at which the next group renews them: most writes of the account do not change it."""
AHEAD_SECONDS = 5
"""By which the clock of a leader may be ahead: a mark that is later says nothing, or it would stay for as long."""


class AccountIsHot(Exception):
    """Many write an account at once. An attempt whose answer was lost may still land.

    `sides` are the accounts of the transaction that its maker may see. `last_entry_at` is when the account's last entry
    was made, if it was read to be hot.
    """

    def __init__(self, account_id: str, sides: tuple[str, ...] | None, last_entry_at: str | None = None):
        super().__init__(account_id)
        self.account_id, self.sides, self.last_entry_at = account_id, sides, last_entry_at


class CrowdWatch:
    """The accounts that stopped the attempts of one request."""

    def __init__(self) -> None:
        self._stopped = Counter[str]()

    def note(self, plan: Plan, cancelled: transact.Cancelled) -> None:
        """Raise AccountIsHot if a customer's account has stopped a posting twice."""
        if not _posts(plan):
            return
        for action, reason in zip(plan.actions, cancelled.reasons, strict=False):
            account_id = find_written_account(action)
            if account_id and _is_of_customer(account_id) and (reason.is_condition or reason.is_conflict):
                self._stopped[account_id] += 1
        hot = [name for name, times in self._stopped.items() if times >= CONFLICTS_MAX]
        if hot:
            raise AccountIsHot(min(hot), plan.sides)


def find_hot(accounts: Mapping[str, Account]) -> str | None:
    """Return the customer's account that was read to be hot, or None.

    Of two such accounts it is always the same one, so that both directions of payments form one group.
    """
    return min((name for name, account in accounts.items() if _is_hot(account) and _is_of_customer(name)), default=None)


def renewal(account: Account) -> int | None:
    """Return until when (epoch seconds) an account is hot that a group of several moves, or None if it says so."""
    now = int(clock.now().timestamp())
    is_marked = now + RENEWED_SECONDS < (account.hot_until or 0) <= now + HOT_SECONDS + AHEAD_SECONDS
    return None if is_marked else now + HOT_SECONDS


def call_to_groups(account: Account, caller: Caller) -> None:
    """Mark an account as hot, unless it says so already: posts that go alone were faster than a group.

    A process that posts one transfer right after the other changes an account more often than a group can be decided.
    Posts that are under way are not disturbed, for they depend on where the account stands. If the mark is not written,
    the next group that is stopped tries again.
    """
    until = renewal(account)
    if until is None:
        return
    with suppress(transact.Cancelled, transact.Rejected, transact.Ambiguous, ClientError):
        transact.write([account.update_existing([Account.hot_until.set(until)], caller, clock.now())])


def find_written_account(action: Action) -> str | None:
    """Return the id of the account whose own item an action writes, or None for any other item."""
    key = key_written(action)
    account_id = keys.id_in(key[0])
    return account_id if key == Account.key(account_id) else None


def _is_hot(account: Account) -> bool:
    now = clock.now().timestamp()
    return bool(account.hot_until) and now < account.hot_until <= now + HOT_SECONDS + AHEAD_SECONDS


def _is_of_customer(account_id: str) -> bool:
    return not is_general_ledger(account_id)


def _posts(plan: Plan) -> bool:
    return isinstance(plan.record, Transaction) and plan.record.status == "posted"
