"""Which accounts are noticed to be busy, and until when they count as busy."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.models.accounts.account import Account
from chalicelib.models.item import Action, Key
from chalicelib.models.ledger.commit import Plan
from chalicelib.models.ledger.crowd import AccountIsHot, CrowdWatch, find_hot, find_written_account, renewal
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.transact import Cancelled, Reason
from tests.small_bank import NOON, A, B, SmallBank

SIDES = (B,)
CASH = "gl.cash.brn_1.USD.0"
CONFLICT, CONDITION, NONE = Reason("TransactionConflict"), Reason("ConditionalCheckFailed"), Reason("None")


def writing(key: Key) -> Action:
    pk, sk = key
    return {"Update": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}}


def plan(*account_ids: str, status: str = "posted") -> Plan:
    """Return the writes of a transaction: its record, and an update of each account."""
    record: Any = Transaction(*Transaction.key("txn_1"), status=status)
    accounts = [writing(Account.key(account_id)) for account_id in account_ids]
    return Plan(record, [writing(Transaction.key("txn_1")), *accounts], sides=SIDES)


def test_account_that_stops_a_posting_twice_is_busy() -> None:
    watch, posting = CrowdWatch(), plan(A, B)
    watch.note(posting, Cancelled([NONE, CONFLICT, NONE]))
    with pytest.raises(AccountIsHot) as raised:
        watch.note(posting, Cancelled([NONE, CONDITION, NONE]))
    assert (raised.value.account_id, raised.value.sides) == (A, SIDES)


@pytest.mark.parametrize(
    ("accounts", "reasons"),
    [
        ((A, B), [[CONFLICT, NONE, NONE]] * 3),
        ((A, B), [[NONE, NONE, NONE]] * 3),
        ((A, B), [[NONE, CONFLICT, NONE], [NONE, NONE, CONFLICT]]),
        ((A, B), [[NONE, Reason("ValidationError"), NONE]] * 3),
        ((A, CASH), [[NONE, NONE, CONFLICT]] * 3),
    ],
    ids=["its record", "nothing", "one each", "a mistake", "an account of the bank"],
)
def test_nothing_else_makes_an_account_busy(accounts: tuple[str, ...], reasons: list[list[Reason]]) -> None:
    watch = CrowdWatch()
    for each in reasons:
        watch.note(plan(*accounts), Cancelled(each))


def hot(account_id: str, left_seconds: int | None) -> tuple[str, Account]:
    """Return an account that is hot for so many seconds after noon."""
    until = None if left_seconds is None else int((NOON + timedelta(seconds=left_seconds)).timestamp())
    return account_id, Account(*Account.key(account_id), hot_until=until)


def test_of_accounts_that_are_hot_it_is_always_the_same(bank: SmallBank) -> None:
    assert find_hot(dict([hot(B, 1), hot(A, 1)])) == A
    assert find_hot(dict([hot(A, 0), hot(B, 1)])) == B


@pytest.mark.parametrize("accounts", [{}, dict([hot(A, None), hot(B, -1)]), dict([hot(A, 0)]), dict([hot(CASH, 10)])])
def test_account_that_is_not_hot_any_more_or_the_banks_own_has_no_group(
    bank: SmallBank, accounts: dict[str, Account]
) -> None:
    assert find_hot(accounts) is None


def test_mark_of_a_clock_that_was_far_ahead_says_nothing(bank: SmallBank) -> None:
    """Each post of the account would cost the calls of a group until then, though nobody else writes it."""
    assert find_hot(dict([hot(A, 15)])) == A
    assert find_hot(dict([hot(A, 16)])) is None


def test_of_two_accounts_that_stop_a_posting_together_it_is_always_the_same(bank: SmallBank) -> None:
    watch = CrowdWatch()
    watch.note(plan(B, A), Cancelled([NONE, CONFLICT, CONFLICT]))
    with pytest.raises(AccountIsHot) as raised:
        watch.note(plan(B, A), Cancelled([NONE, CONFLICT, CONFLICT]))
    assert raised.value.account_id == A


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_what_is_not_posted_makes_no_account_busy(status: str) -> None:
    watch = CrowdWatch()
    for _ in range(3):
        watch.note(plan(A, B, status=status), Cancelled([NONE, CONFLICT, CONFLICT]))


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (Account.key(A), A),
        ((Account.key(A)[0], "HOLD#txn_1"), None),
        (Transaction.key("txn_1"), None),
        ((f"CUSTOMER#{A}", "ACCOUNT"), None),
    ],
)
def test_only_the_accounts_own_item_tells_of_it(written: Key, found: str | None) -> None:
    assert find_written_account(writing(written)) == found


@pytest.mark.parametrize(
    ("left_seconds", "renewed_seconds"),
    [(None, 10), (-60, 10), (0, 10), (5, 10), (6, None), (10, None), (15, None), (16, 10)],
)
def test_group_renews_what_is_over_in_five_seconds(
    bank: SmallBank, left_seconds: int | None, renewed_seconds: int | None
) -> None:
    def at(seconds: int | None) -> int | None:
        return None if seconds is None else int((NOON + timedelta(seconds=seconds)).timestamp())

    assert renewal(Account(*Account.key(A), hot_until=at(left_seconds))) == at(renewed_seconds)
