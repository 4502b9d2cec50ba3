"""Leases of busy accounts: one holder, unless its time is over."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from chalicelib.domain.ledger.group_rounds import Rounds
from chalicelib.domain.time import timestamp
from chalicelib.models.ledger.hot_account import LEASE, HotAccount
from chalicelib.models.paging import Paging
from tests.fake_dynamodb.wire import PUT, refused, unanswered
from tests.small_bank import NOON, NOON_TEXT, SmallBank


def stored() -> HotAccount:
    found = HotAccount.find(*HotAccount.key("a"))
    assert found
    return found


def test_lease_has_one_holder_until_it_is_given_back_or_over(bank: SmallBank) -> None:
    first = HotAccount.take("a", None, "one", NOON)
    assert first
    assert (first.posted, first.last_size) == (0, 0)
    assert not stored().is_free(NOON + timedelta(milliseconds=599))
    assert stored().is_free(NOON + timedelta(milliseconds=600))
    assert HotAccount.take("a", None, "two", NOON) is None, "it was not absent"
    first.give_back(30, 24, NOON)
    assert stored().is_free(NOON)


def test_of_two_that_find_it_free_one_takes_it(bank: SmallBank) -> None:
    first = HotAccount.take("a", None, "one", NOON)
    assert first
    first.give_back(1, 1, NOON)
    free = stored()
    assert HotAccount.take("a", free, "two", NOON)
    assert HotAccount.take("a", free, "three", NOON) is None
    assert stored().holder == "two"


def test_holder_whose_time_is_over_gives_nothing_back(bank: SmallBank) -> None:
    first = HotAccount.take("a", None, "one", NOON)
    assert first
    later = NOON + LEASE
    assert HotAccount.take("a", stored(), "two", later)
    first.give_back(30, 24, later)
    assert (stored().holder, stored().posted) == ("two", 0)


def test_lease_whose_answer_was_lost_is_taken(bank: SmallBank) -> None:
    """The client sends the same again, and finds its own."""
    bank.dynamodb.next(PUT, unanswered)
    assert HotAccount.take("a", None, "one", NOON)


def test_account_is_busy_since_the_first_group_after_a_quiet_minute(bank: SmallBank) -> None:
    first = HotAccount.take("a", None, "one", NOON)
    assert first
    first.give_back(30, 24, NOON)
    soon = NOON + timedelta(minutes=1)
    second = HotAccount.take("a", stored(), "two", soon)
    assert second
    second.give_back(12, 0, soon)
    assert (stored().since, stored().posted, stored().last_size) == (NOON_TEXT, 42, 24)
    late = soon + timedelta(minutes=1, microseconds=1)
    assert HotAccount.take("a", stored(), "three", late)
    assert (stored().since > NOON_TEXT, stored().posted) == (True, 0)


def test_lease_is_renewed_once_half_of_it_is_over(bank: SmallBank) -> None:
    lease = HotAccount.take("a", None, "one", NOON)
    assert lease
    assert not lease.is_due(NOON + LEASE / 2)
    later = NOON + LEASE / 2 + timedelta(microseconds=1)
    assert lease.is_due(later)
    assert lease.renew(later)
    assert not stored().is_free(later + LEASE - timedelta(microseconds=1))
    assert stored().updated_at == timestamp(later)


def test_lease_that_was_lost_to_another_is_not_renewed(bank: SmallBank) -> None:
    lease = HotAccount.take("a", None, "one", NOON)
    assert lease
    later = NOON + LEASE
    assert HotAccount.take("a", stored(), "two", later)
    assert not lease.renew(later)
    assert (stored().holder, stored().until) == ("two", timestamp(later + LEASE))


def test_lease_that_is_renewed_at_the_last_moment_is_not_taken(bank: SmallBank) -> None:
    lease = HotAccount.take("a", None, "one", NOON)
    assert lease
    late = NOON + LEASE
    found = stored()
    assert found.is_free(late)
    assert lease.renew(late)
    assert HotAccount.take("a", found, "two", late) is None
    assert stored().holder == "one"


def test_lease_that_cannot_be_stored_is_a_fault_and_not_another_holders(bank: SmallBank) -> None:
    bank.dynamodb.next(PUT, refused("ResourceNotFoundException"))
    with pytest.raises(ClientError):
        HotAccount.take("a", None, "one", NOON)


def test_account_is_listed_for_an_hour_after_its_last_group(bank: SmallBank) -> None:
    lease = HotAccount.take("a", None, "one", NOON)
    assert lease
    for later, names in ((timedelta(minutes=59, seconds=59), ["a"]), (timedelta(hours=1), [])):
        page = HotAccount.page(Paging(10, None), NOON + later)
        assert [one.account_id for one in page.items] == names


def test_busy_accounts_are_listed_by_their_ids_a_page_at_a_time(bank: SmallBank) -> None:
    for name in "bca":
        HotAccount.take(name, None, "one", NOON)
    first = HotAccount.page(Paging(2, None), NOON)
    second = HotAccount.page(Paging(2, first.next_cursor), NOON)
    assert [[one.account_id for one in page.items] for page in (first, second)] == [["a", "b"], ["c"]]
    assert second.next_cursor is None


@pytest.mark.parametrize("rounds", [Rounds(0.0517, 0.0223, 0.0251), Rounds(0.0517, 0.0223, None)])
def test_lease_says_how_regularly_groups_are_written_until_nobody_knows(bank: SmallBank, rounds: Rounds) -> None:
    first = HotAccount.take("a", None, "one", NOON)
    assert first
    assert stored().rounds is None
    first.note_rounds(rounds)
    first.give_back(1, 1, NOON)
    assert stored().rounds == rounds
    second = HotAccount.take("a", stored(), "two", NOON)
    assert second
    assert stored().rounds == rounds, "the next holder knows them"
    second.note_rounds(None)
    second.renew(NOON)
    assert stored().rounds is None


def test_lease_that_is_free_says_when_the_last_group_is_written(bank: SmallBank) -> None:
    lease = HotAccount.take("a", None, "one", NOON)
    assert lease
    assert stored().last_write_end is None
    soon = NOON + timedelta(milliseconds=40)
    lease.give_back(1, 1, NOON, soon)
    assert (stored().is_free(NOON), stored().last_write_end) == (True, soon)
