"""What counts shares of customers' days, by what is known before the write: within which bounds, after which checks."""

from typing import Any

import pytest

from chalicelib.domain.errors import LimitExceeded
from chalicelib.domain.ledger.limits import Limits
from chalicelib.models import transact
from chalicelib.models.ledger import spending
from chalicelib.models.ledger.share import Share
from chalicelib.models.ledger.spending import Bounded
from chalicelib.models.ledger.waiting import BeyondAllowance
from tests.fake_dynamodb.wire import BATCH_GET
from tests.small_bank import SmallBank, customer

TODAY, YESTERDAY = "2026-11-21", "2026-11-20"
AT_NOON, AT_MIDNIGHT, AFTER_FIVE_MINUTES = (f"{TODAY}T{at}.000000Z" for at in ("12:00:00", "00:04:59", "00:05:00"))
LIMITS = Limits(1_000, 1_000)


def share(amount: int, customer_id: str = "cus_1", day: str = TODAY) -> Share:
    return Share(customer_id, amount, "USD", day)


def spend(one: Share, at: str) -> None:
    """Have a customer spend on a day."""
    extras = spending.count([one], LIMITS, None, customer(), at)
    transact.write([extra.action for extra in extras])


def counted(one: Share, most: int | None, at: str = AT_NOON) -> spending.Count:
    [found] = spending.count_each([Bounded(one, LIMITS, most, customer())], at)
    return found


def test_shares_of_one_count_are_one() -> None:
    other_day, other = share(5, day=YESTERDAY), share(7, "cus_2")
    assert spending.merge([share(1), other_day, share(2), other]) == [share(3), other_day, other]


def test_share_counts_up_to_the_days_limit_and_no_further(bank: SmallBank) -> None:
    assert counted(share(1_000), None).error is None
    found = counted(share(1_001), None)
    assert isinstance(found.error, LimitExceeded)
    assert found.extras == ()


@pytest.mark.parametrize("amount", [100, 101])
def test_share_beyond_an_allowance_waits_though_the_limit_has_room(bank: SmallBank, amount: int) -> None:
    assert isinstance(counted(share(amount), 100).error, BeyondAllowance) == (amount > 100)


def test_limit_that_is_below_the_allowance_is_what_refuses(bank: SmallBank) -> None:
    assert isinstance(counted(share(1_001), 5_000).error, LimitExceeded)
    assert isinstance(counted(share(1_001), 1_000).error, LimitExceeded)


def test_hours_of_yesterday_take_from_an_allowance_and_from_no_limit(bank: SmallBank) -> None:
    spend(share(60, day=YESTERDAY), f"{YESTERDAY}T20:00:00.000000Z")
    assert counted(share(40), 100).error is None
    assert isinstance(counted(share(41), 100).error, BeyondAllowance)
    assert counted(share(1_000), None).error is None


def test_customers_of_one_group_have_their_own_bounds_and_one_read(bank: SmallBank) -> None:
    spend(share(60, day=YESTERDAY), f"{YESTERDAY}T20:00:00.000000Z")
    wanted: list[tuple[Share, int | None]] = [(share(50), 100), (share(50, "cus_2"), 100), (share(50, "cus_3"), None)]
    reads = bank.dynamodb.count(BATCH_GET)
    found = spending.count_each([Bounded(one, LIMITS, most, customer()) for one, most in wanted], AT_NOON)
    assert [type(one.error) for one in found] == [BeyondAllowance, type(None), type(None)]
    assert [len(one.extras) for one in found] == [0, 1, 1]
    assert bank.dynamodb.count(BATCH_GET) == reads + 1


@pytest.mark.parametrize(("at", "actions"), [(AT_MIDNIGHT, 2), (AFTER_FIVE_MINUTES, 1)])
def test_just_after_midnight_the_count_of_yesterday_must_stay_as_it_was_read(
    bank: SmallBank, at: str, actions: int
) -> None:
    found = counted(share(1), 100, at)
    assert len(found.extras) == actions
    assert len(counted(share(1), None, at).extras) == 1
    spend(share(1, day=YESTERDAY), f"{YESTERDAY}T23:59:59.000000Z")
    writes: Any = [extra.action for extra in found.extras]
    if actions == 1:
        transact.write(writes)
    else:
        with pytest.raises(transact.Cancelled):
            transact.write(writes)


@pytest.mark.parametrize("is_moved", [False, True])
def test_just_after_midnight_a_count_that_is_there_must_stay_too(bank: SmallBank, is_moved: bool) -> None:
    late = f"{YESTERDAY}T23:59:59.000000Z"
    spend(share(1, day=YESTERDAY), late)
    writes: Any = [extra.action for extra in counted(share(1), 100, AT_MIDNIGHT).extras]
    if not is_moved:
        transact.write(writes)
        return
    spend(share(1, day=YESTERDAY), late)
    with pytest.raises(transact.Cancelled):
        transact.write(writes)


def test_first_error_of_a_write_is_raised_and_nothing_counts(bank: SmallBank) -> None:
    with pytest.raises(LimitExceeded):
        spending.count([share(1), share(1_001, "cus_2")], LIMITS, None, customer(), AT_NOON)
