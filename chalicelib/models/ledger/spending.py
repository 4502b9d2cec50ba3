"""Counts what a customer pays in a day over several accounts, where no account alone says it.

A customer's only account in a currency counts for the customer (`counts_alone`), as long as the customer holds none of
others. Otherwise an item of the customer counts what leaves the customer's accounts, and what the customer pays as a
joint holder from accounts of others. Payments to accounts of the customer do not leave them. Nothing is read for it:
the write has the limit as its condition.

Cash that a customer brings is counted in the same way where a policy of deposits counts the day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.update import Action as Change

from chalicelib import config, trial
from chalicelib.domain.ledger.limits import Limits
from chalicelib.domain.ledger.posting import Held
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import day, start_of
from chalicelib.models import keys
from chalicelib.models.accounts.account import Account
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.item import Action, BankItem
from chalicelib.models.ledger.waiting import BeyondAllowance
from chalicelib.models.transact import Extra

KEPT = timedelta(days=30)
"""After its day, until DynamoDB may remove a count."""


@dataclass(frozen=True)
class Share:
    """An amount (minor units) that counts for a customer on a day: the account's owner, or the holder who pays.

    `kind`: whether the customer has paid it, or brought it as cash.
    """

    customer_id: str
    amount: int
    currency: str
    day: str
    kind: Literal["SPENT", "CASH"] = "SPENT"


class DailySpending(BankItem, discriminator="daily_spending"):
    """`spent` in minor units."""

    customer_id = UnicodeAttribute()
    spent = IntegerAttribute()

    @staticmethod
    def key(share: Share) -> tuple[str, str]:
        return keys.customer(share.customer_id), f"{share.kind}#{share.day}#{share.currency}"

    @classmethod
    def add(cls, share: Share, amount: int, at: str) -> tuple["DailySpending", list[Change]]:
        """Return the item of a share, and the changes that add a signed amount to it."""
        cleared_at = start_of(date.fromisoformat(share.day), config.timezone()) + KEPT
        return cls(*cls.key(share)), [
            cls.type.set(cls),
            cls.customer_id.set(share.customer_id),
            cls.created_at.set(cls.created_at | at),
            cls.expires_at.set(int(cleared_at.timestamp())),
            cls.spent.add(amount),
        ]


def shares_of(
    paid: Iterable[Held], accounts: Mapping[str, Account], currency: str, holder_id: str | None
) -> list[Share]:
    """Return whom these amounts count for, beside the accounts that paid them."""
    shares = []
    for one in paid:
        account = accounts[one.account_id]
        if not account.counts_alone:
            shares.append(Share(str(account.customer_id), one.amount, currency, one.counted_on))
        if holder_id:
            shares.append(Share(holder_id, one.amount, currency, one.counted_on))
    return shares


def holder_of(account: Account, payee_id: str | None, caller: Caller) -> str | None:
    """Return the joint holder for whom a payment from an account counts.

    None for the account's owner, for staff, and for a holder who pays to an account of its own (`payee_id` is the
    customer who receives): it counts when it is paid on.
    """
    is_other = caller.customer_id not in (account.customer_id, payee_id)
    return caller.customer_id if is_other and not caller.is_staff else None


def count(shares: Iterable[Share], limits: Limits, most: int | None, caller: Caller, at: str) -> tuple[Extra, ...]:
    """Return the actions that count shares, with the refusals of those that are too large for the day.

    With `most` (minor units), one that makes a customer's day larger is BeyondAllowance. Where the request is only
    tried, the counts are read, and such a refusal is raised.
    """
    counted = []
    for share in shares:
        is_bound = most is not None and most < limits.daily
        bound = most if most is not None and is_bound else limits.daily
        refusal = BeyondAllowance() if is_bound else limits.refusal_of_customer(share.currency, share.day)
        counted.append(_count_within(share, bound, refusal, caller, at))
    return tuple(counted)


def count_cash(share: Share, most: int, caller: Caller, at: str) -> Extra:
    """Return the action that counts cash that a customer brings; BeyondAllowance where the day has more than `most`."""
    return _count_within(share, most, BeyondAllowance(), caller, at)


def _count_within(share: Share, bound: int, refusal: Exception, caller: Caller, at: str) -> Extra:
    if trial.is_on() and _read_spent(share) + share.amount > bound:
        raise refusal
    item, changes = DailySpending.add(share, share.amount, at)
    is_within = DailySpending.spent.does_not_exist() | (DailySpending.spent <= bound - share.amount)
    return Extra(item.update_if(is_within, changes, caller, at), refusal)


def _read_spent(share: Share) -> int:
    found = DailySpending.find(*DailySpending.key(share))
    return found.spent if found else 0


def give_back(shares: Iterable[Share], caller: Caller, at: str) -> list[Action]:
    """Return the actions that take back what was counted today; the counts of days that are over bind nobody."""
    today = day(at, config.timezone()).isoformat()
    return [carry(share, -share.amount, caller, at) for share in shares if share.day >= today]


def carry(share: Share, amount: int, caller: Caller, at: str) -> Action:
    """Return the action that adds a signed amount to a count without a limit."""
    item, changes = DailySpending.add(share, amount, at)
    return {"Update": item.get_update_kwargs_from_instance(item.stamp_changes(changes, caller, at))}
