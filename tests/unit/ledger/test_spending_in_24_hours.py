"""What a customer has paid in 24 hours: today's count, and what yesterday's has of the hours since then."""

import pytest

from chalicelib import trial
from chalicelib.domain.errors import LimitExceeded
from chalicelib.domain.ledger.limits import Limits
from chalicelib.models import transact
from chalicelib.models.item import RawItem
from chalicelib.models.ledger import spending
from chalicelib.models.ledger.share import Share
from chalicelib.models.ledger.waiting import BeyondAllowance
from tests.fake_dynamodb.wire import WRITE
from tests.small_bank import SmallBank, customer

YESTERDAY, TODAY, TOMORROW = "2026-11-20", "2026-11-21", "2026-11-22"
LIMITS = Limits(transaction=1000, daily=1000)


def moment(day: str, time: str) -> str:
    return f"{day}T{time}:00.000000Z"


NOON = moment(TODAY, "12:00")


def share(amount: int, day: str = TODAY, number: int = 1) -> Share:
    return Share(f"cus_{number}", amount, "USD", day)


def count(
    amount: int, most: int | None = None, at: str = NOON, day: str = TODAY, limits: Limits = LIMITS, number: int = 1
) -> None:
    """Count a payment as the write of its posting does."""
    extras = spending.count([share(amount, day, number)], limits, most, customer(), at)
    transact.commit(list(extras), f"req-{amount}-{at}-{number}")


def stored(bank: SmallBank, day: str = TODAY, kind: str = "SPENT") -> RawItem:
    return bank.dynamodb.table("bank").items["CUSTOMER#cus_1", f"{kind}#{day}#USD"]


def numbers(bank: SmallBank, day: str = TODAY) -> dict[str, int]:
    """Return what a day's count has, by the names of its sums."""
    item = stored(bank, day)
    return {name: int(item[name]["N"]) for name in item if name == "spent" or name.startswith("hour_")}


def test_count_has_the_day_and_each_of_its_hours(bank: SmallBank) -> None:
    count(60)
    count(5, at=moment(TODAY, "12:59"))
    count(7, at=moment(TODAY, "13:00"))
    assert numbers(bank) == {"spent": 72, "hour_12": 65, "hour_13": 7}
    item = stored(bank)
    assert (item["type"]["S"], item["customer_id"]["S"], item["created_at"]["S"]) == ("daily_spending", "cus_1", NOON)
    assert int(item["expires_at"]["N"]) == 1_795_219_200 + 30 * 86_400


def test_smallest_amount_is_counted_in_its_hour_too(bank: SmallBank) -> None:
    """Else as many payments of one cent as there are would leave no trace in the 24 hours."""
    count(1)
    assert numbers(bank) == {"spent": 1, "hour_12": 1}


def test_what_is_given_back_leaves_the_day_and_no_hour(bank: SmallBank) -> None:
    count(60)
    transact.commit(spending.give_back([share(20)], customer(), moment(TODAY, "13:00")), "req")
    assert numbers(bank) == {"spent": 40, "hour_12": 60}


def test_only_counts_of_today_and_later_are_given_back(bank: SmallBank) -> None:
    shares = [share(1, YESTERDAY), share(2), share(3, TOMORROW)]
    assert len(spending.give_back(shares, customer(), NOON)) == 2


def test_limit_of_the_day_binds_without_an_allowance(bank: SmallBank) -> None:
    count(1000)
    with pytest.raises(LimitExceeded) as refused:
        count(1)
    assert refused.value.figures == {"limit": 1000, "currency": "USD", "day": TODAY}


def test_allowance_binds_what_was_paid_today_and_yesterday_within_24_hours(bank: SmallBank) -> None:
    count(500, at=moment(YESTERDAY, "10:30"), day=YESTERDAY)
    count(60, at=moment(YESTERDAY, "12:30"), day=YESTERDAY)
    with pytest.raises(BeyondAllowance):
        count(41, most=100)
    count(40, most=100)
    with pytest.raises(BeyondAllowance):
        count(1, most=100)
    assert numbers(bank) == {"spent": 40, "hour_12": 40}


def test_what_was_given_back_yesterday_does_not_count(bank: SmallBank) -> None:
    at = moment(YESTERDAY, "13:00")
    count(60, at=at, day=YESTERDAY)
    transact.commit(spending.give_back([share(50, YESTERDAY)], customer(), at), "req")
    count(90, most=100)
    with pytest.raises(BeyondAllowance):
        count(1, most=100)


def test_share_that_is_too_large_by_itself_is_not_written(bank: SmallBank) -> None:
    with pytest.raises(BeyondAllowance):
        spending.count([share(101)], LIMITS, 100, customer(), NOON)
    with pytest.raises(LimitExceeded):
        spending.count([share(1001)], LIMITS, None, customer(), NOON)
    assert bank.dynamodb.count(WRITE) == 0


@pytest.mark.parametrize(("daily", "refusal"), [(101, BeyondAllowance), (100, LimitExceeded), (99, LimitExceeded)])
def test_smaller_of_allowance_and_limit_binds_and_at_the_same_the_limit_refuses(
    bank: SmallBank, daily: int, refusal: type[Exception]
) -> None:
    limits = Limits(transaction=1000, daily=daily)
    count(min(daily, 100), most=100, limits=limits)
    with pytest.raises(refusal):
        count(1, most=100, limits=limits)
    with pytest.raises(refusal):
        spending.count([share(102)], limits, 100, customer(), NOON)


def test_yesterday_makes_the_allowance_the_smaller_one(bank: SmallBank) -> None:
    count(60, at=moment(YESTERDAY, "13:00"), day=YESTERDAY)
    limits = Limits(transaction=1000, daily=50)
    with pytest.raises(BeyondAllowance):
        count(41, most=100, limits=limits)


def test_yesterday_of_each_customer_is_its_own(bank: SmallBank) -> None:
    count(60, at=moment(YESTERDAY, "13:00"), day=YESTERDAY, number=2)
    extras = spending.count([share(100), share(40, number=2)], LIMITS, 100, customer(), NOON)
    transact.commit(list(extras), "req")
    for number in (1, 2):
        with pytest.raises(BeyondAllowance):
            count(1, most=100, number=number)


MIDNIGHT = "2026-11-21T00:04:59.999999Z"


@pytest.mark.parametrize("before", [0, 10])
def test_just_after_midnight_a_payment_depends_on_yesterdays_count(bank: SmallBank, before: int) -> None:
    if before:
        count(before, at=moment(YESTERDAY, "23:00"), day=YESTERDAY)
    extras = spending.count([share(50)], LIMITS, 100, customer(), MIDNIGHT)
    count(45, at=moment(YESTERDAY, "23:59"), day=YESTERDAY)
    with pytest.raises(BeyondAllowance):
        transact.commit(list(extras), "req")


def test_once_yesterday_has_settled_a_payment_depends_on_today_only(bank: SmallBank) -> None:
    assert len(spending.count([share(50)], LIMITS, 100, customer(), "2026-11-21T00:05:00.000000Z")) == 1
    assert len(spending.count([share(50)], LIMITS, 100, customer(), MIDNIGHT)) == 2


def test_request_that_is_only_tried_reads_what_today_has(bank: SmallBank) -> None:
    count(60)
    with trial.trial():
        spending.count([share(40)], LIMITS, 100, customer(), NOON)
        with pytest.raises(BeyondAllowance):
            spending.count([share(41)], LIMITS, 100, customer(), NOON)
        spending.count([share(100, number=2)], LIMITS, 100, customer(), NOON)
    spending.count([share(41)], LIMITS, 100, customer(), NOON)


def test_cash_that_is_brought_is_counted_apart_and_has_its_own_allowance(bank: SmallBank) -> None:
    count(100)

    def bring(amount: int, day: str = TODAY, at: str = NOON) -> None:
        brought = Share("cus_1", amount, "USD", day, "CASH")
        transact.commit(list(spending.count_cash(brought, 100, customer(), at)), f"req-cash-{amount}-{at}")

    bring(30, YESTERDAY, moment(YESTERDAY, "20:00"))
    bring(70)
    with pytest.raises(BeyondAllowance):
        bring(1)
    assert stored(bank, kind="CASH")["spent"]["N"] == "70"
    assert stored(bank)["spent"]["N"] == "100"
    assert len(spending.count_cash(Share("cus_1", 1, "USD", TODAY, "CASH"), 100, customer(), MIDNIGHT)) == 2
