"""Counts what a customer pays in a day, or in 24 hours, over several accounts, where no account alone says it.

A customer's only account in a currency counts for the customer (`counts_alone`), as long as the customer holds none of
others. Otherwise an item of the customer counts what leaves the customer's accounts, and what the customer pays as a
joint holder from accounts of others. Payments to accounts of the customer do not leave them. Nothing is read for it:
the write has the limit as its condition.

Cash that a customer brings is counted in the same way where a policy of deposits counts 24 hours.

What a member of staff moves alone counts in an item of that user (`Share.bound`).

A policy that counts 24 hours adds what was counted yesterday in the hours since then (`hour_00` …): one read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action as Change

from chalicelib import config, trial
from chalicelib.domain.errors import LimitExceeded
from chalicelib.domain.ledger import day_hours
from chalicelib.domain.ledger.limits import Limits
from chalicelib.domain.ledger.posting import Held
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import day, start_of
from chalicelib.models.accounts.account import Account
from chalicelib.models.attributes import IntegerAttribute
from chalicelib.models.batch import batch_get_raw
from chalicelib.models.item import Action, BankItem, Key, RawItem, key_of
from chalicelib.models.ledger.share import Share
from chalicelib.models.ledger.waiting import BeyondAllowance
from chalicelib.models.transact import Extra

KEPT = timedelta(days=30)
"""After its day, until DynamoDB may remove a count."""
SETTLING = timedelta(minutes=5)
"""After midnight, until every write of the day before has landed, whatever clock it was dated by."""


class DailySpending(BankItem, discriminator="daily_spending"):
    """`spent` in minor units; `hour_00` … `hour_24` are what was added to it in each hour.

    What is given back leaves `spent` and no hour. It is of a customer, or of a user of the staff.
    """

    customer_id = UnicodeAttribute(null=True)
    user_id = UnicodeAttribute(null=True)
    spent = IntegerAttribute()

    @classmethod
    def add(cls, share: Share, amount: int, at: str) -> tuple["DailySpending", list[Change]]:
        """Return the item of a share, and the changes that add a signed amount to it."""
        cleared_at = start_of(date.fromisoformat(share.day), config.timezone()) + KEPT
        hour = _name_of(day_hours.hour_of(at, share.day, config.timezone()))
        return cls(*share.key), [
            cls.type.set(cls),
            (cls.user_id if share.is_of_staff else cls.customer_id).set(share.owner_id),
            cls.created_at.set(cls.created_at | at),
            cls.expires_at.set(int(cleared_at.timestamp())),
            cls.spent.add(amount),
            *([Path(hour).add(amount)] if amount > 0 else []),
        ]

    @classmethod
    def sum_within(cls, stored: RawItem, day: str, at: str) -> int:
        """Return what an item of a day has counted within the 24 hours before a timestamp; an hour too much at most."""
        hours = map(_name_of, day_hours.hours_within(at, day, config.timezone()))
        counted = sum(int(stored[name]["N"]) for name in hours if name in stored)
        return min(counted, int(stored["spent"]["N"]))

    @classmethod
    def hours_in(cls, image: Mapping[str, Any]) -> dict[int, int]:
        """Return what an item's image has added in each hour."""
        hours = {hour: image.get(_name_of(hour)) for hour in range(day_hours.HOURS_MAX)}
        return {hour: int(added) for hour, added in hours.items() if added is not None}

    @classmethod
    def is_still(cls, key: Key, stored: RawItem | None) -> Action:
        """Make a transaction depend on a count being as it was read, or still absent."""
        if stored:
            return cls.from_raw_data(stored).is_as_read()
        return {"ConditionCheck": cls.get_operation_kwargs_from_class(*key, condition=cls.pk.does_not_exist())}


def _name_of(hour: int) -> str:
    return f"hour_{hour:02}"


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


def merge(shares: Iterable[Share]) -> list[Share]:
    """Return one share for each count: a write has each item once."""
    sums = dict[Share, int]()
    for share in shares:
        counted = replace(share, amount=0)
        sums[counted] = sums.get(counted, 0) + share.amount
    return [replace(share, amount=amount) for share, amount in sums.items()]


def holder_of(account: Account, payee_id: str | None, caller: Caller) -> str | None:
    """Return the joint holder for whom a payment from an account counts.

    None for the account's owner, for staff, and for a holder who pays to an account of its own (`payee_id` is the
    customer who receives): it counts when it is paid on.
    """
    is_other = caller.customer_id not in (account.customer_id, payee_id)
    return caller.customer_id if is_other and not caller.is_staff else None


@dataclass(frozen=True)
class Bounded:
    """A share, the bounds of its customer's day, and who signs its count.

    With `most` (minor units), one with which the customer has paid more in 24 hours is BeyondAllowance. A share of
    staff has a bound of its own, and nothing of yesterday.
    """

    share: Share
    limits: Limits
    most: int | None
    caller: Caller


@dataclass(frozen=True)
class Count:
    """The actions that count a share, or the `error` of one that is too large by what is known before the write."""

    share: Share
    extras: tuple[Extra, ...] = ()
    error: Exception | None = None


def count(shares: Sequence[Share], limits: Limits, most: int | None, caller: Caller, at: str) -> tuple[Extra, ...]:
    """Return the actions that count shares, with the refusals of those that are too large for the day.

    With `most` (minor units), one with which a customer has paid more in 24 hours is BeyondAllowance, raised at once
    where yesterday's count says so. Where the request is only tried, the counts of today are read, too.
    """
    return extras_of(count_each([Bounded(one, limits, most, caller) for one in shares], at))


def extras_of(counts: Iterable[Count]) -> tuple[Extra, ...]:
    """Return all actions of counts. Raises the first error of one that has no actions."""
    extras = list[Extra]()
    for one in counts:
        if one.error:
            raise one.error
        extras += one.extras
    return tuple(extras)


def count_each(bounded: Sequence[Bounded], at: str) -> list[Count]:
    """Return what counts each share, within the bounds of its own customer. One read serves all with `most`."""
    asked = [one.share for one in bounded if one.most is not None and one.share.bound is None]
    before = {share: (sum_before, checks) for share, sum_before, checks in _read_yesterday(asked, at)}
    return [_count(one, *before.get(one.share, (0, [])), at) for one in bounded]


def _count(bounded: Bounded, before: int, settling: list[Extra], at: str) -> Count:
    share, limits = bounded.share, bounded.limits
    bound = limits.daily if bounded.most is None else min(bounded.most - before, limits.daily)
    is_limit = bound == limits.daily
    refusal = limits.refusal_of_customer(share.currency, share.day) if is_limit else BeyondAllowance()
    if share.bound is not None:
        bound, refusal = share.bound, BeyondAllowance(is_of_staff=True)
    try:
        return Count(share, (_count_within(share, bound, refusal, bounded.caller, at), *settling))
    except (BeyondAllowance, LimitExceeded) as error:
        return Count(share, error=error)


def count_cash(share: Share, most: int, caller: Caller, at: str) -> tuple[Extra, ...]:
    """Return the actions that count cash that a customer brings.

    Raises BeyondAllowance, or has the write raise it, where 24 hours have more than `most` (minor units).
    """
    [(_, before, checks)] = _read_yesterday([share], at)
    return _count_within(share, most - before, BeyondAllowance(), caller, at), *checks


def _read_yesterday(shares: Sequence[Share], at: str) -> list[tuple[Share, int, list[Extra]]]:
    """Return for each share what its customer's count of the day before has within the 24 hours before a timestamp.

    Just after midnight a write of the day before may still land. Until then the write also depends on that count being
    as it was read, so that of two payments at midnight one waits.
    """
    wanted = [share.yesterday().key for share in shares]
    stored = {key_of(item): item for item in batch_get_raw("bank", wanted)}
    found = []
    for share, key in zip(shares, wanted, strict=True):
        item = stored.get(key)
        before = DailySpending.sum_within(item, share.yesterday().day, at) if item else 0
        is_settling = day_hours.has_just_begun(at, share.day, config.timezone(), SETTLING)
        checks = [Extra(DailySpending.is_still(key, item), BeyondAllowance())] if is_settling else []
        found.append((share, before, checks))
    return found


def _count_within(share: Share, bound: int, refusal: Exception, caller: Caller, at: str) -> Extra:
    """Return the action that counts a share up to a bound. Raises the refusal of one that is larger by itself."""
    if share.amount > bound or (trial.is_on() and _read_spent(share) + share.amount > bound):
        raise refusal
    item, changes = DailySpending.add(share, share.amount, at)
    is_within = DailySpending.spent.does_not_exist() | (DailySpending.spent <= bound - share.amount)
    return Extra(item.update_if(is_within, changes, caller, at), refusal)


def _read_spent(share: Share) -> int:
    found = DailySpending.find(*share.key)
    return found.spent if found else 0


def give_back(shares: Iterable[Share], caller: Caller, at: str) -> list[Action]:
    """Return the actions that take back what was counted today; the counts of days that are over bind nobody."""
    today = day(at, config.timezone()).isoformat()
    return [carry(share, -share.amount, caller, at) for share in shares if share.day >= today]


def carry(share: Share, amount: int, caller: Caller, at: str) -> Action:
    """Return the action that adds a signed amount to a count without a limit."""
    item, changes = DailySpending.add(share, amount, at)
    return {"Update": item.get_update_kwargs_from_instance(item.stamp_changes(changes, caller, at))}
