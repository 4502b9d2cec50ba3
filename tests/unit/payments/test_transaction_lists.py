"""Lists of transactions: one's own, and the whole bank's by day."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import InvalidCursor, ValidationFailed
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import timestamp
from chalicelib.models.accounts.account import listing_key
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.paging import LOOKS_MAX, Page, Paging
from chalicelib.services.payments.transaction_lists import TransactionQuery, page
from tests.small_bank import CASH, NOON, NOON_TEXT, SmallBank, customer, staff


def open_listed(bank: SmallBank, account_id: str, balance: int, owner: int = 1, **fields: Any) -> None:
    """Open an account that is in its owner's list of accounts."""
    partition, place = listing_key(f"cus_{owner}", NOON_TEXT)
    bank.open(account_id, balance, owner=owner, gsi1pk=partition, gsi1sk=place, **fields)


@pytest.fixture
def made(bank: SmallBank) -> list[str]:
    """Return transfers of customer 1, the oldest first: at noon of 18, 19, 20 and 21 November, the second refused."""
    open_listed(bank, "a", 100)
    open_listed(bank, "b", 100, owner=2)
    made = []
    for days, amount in ((3, 10), (2, 1000), (1, 10), (0, 10)):
        bank.now = NOON - timedelta(days=days)
        made.append(ledger.post(bank.request({"a": -amount, "b": amount})).transaction.id)
    return made


def ids(listed: Page[Transaction]) -> list[str]:
    return [one.id for one in listed.items]


def first(caller: Caller, query: TransactionQuery | None = None, limit: int = 10) -> Page[Transaction]:
    return page(caller, query or TransactionQuery(), Paging(limit, None))


def everything(caller: Caller, query: TransactionQuery, limit: int) -> list[list[str]]:
    """Return the ids of all pages."""
    pages, cursor = [], None
    while True:
        listed = page(caller, query, Paging(limit, cursor))
        pages.append(ids(listed))
        cursor = listed.next_cursor
        if cursor is None:
            return pages


def test_customers_list_has_what_it_made_newest_first(bank: SmallBank, made: list[str]) -> None:
    assert ids(first(customer())) == made[::-1]
    assert ids(first(customer(2))) == [made[3], made[2], made[0]]


def test_customers_list_goes_on_from_page_to_page(bank: SmallBank, made: list[str]) -> None:
    assert everything(customer(), TransactionQuery(), 3) == [made[:0:-1], made[:1]]


def test_customers_list_within_a_range_includes_both_ends(bank: SmallBank, made: list[str]) -> None:
    query = TransactionQuery(from_="2026-11-19", to="2026-11-20")
    assert ids(first(customer(), query)) == [made[2], made[1]]
    query = TransactionQuery(from_="2026-11-20T12:00:00Z")
    assert ids(first(customer(), query)) == [made[3], made[2]]
    query = TransactionQuery(to="2026-11-19T12:00:00Z")
    assert ids(first(customer(), query)) == [made[1], made[0]]


def test_list_is_of_one_status_or_type_if_that_is_asked_for(bank: SmallBank, made: list[str]) -> None:
    deposit = ledger.post(bank.request({"a": 5, CASH: -5}, customer(), kind="deposit")).transaction.id
    assert ids(first(customer(), TransactionQuery(status="failed"))) == [made[1]]
    assert ids(first(customer(), TransactionQuery(type="deposit"))) == [deposit]
    assert ids(first(customer(), TransactionQuery(status="failed", type="deposit"))) == []
    assert len(ids(first(customer(), TransactionQuery(status="posted", type="transfer")))) == 3


def test_customers_list_has_what_others_did_to_its_accounts_but_not_what_they_were_refused(
    bank: SmallBank, made: list[str]
) -> None:
    counter = ledger.post(bank.request({"b": 5, CASH: -5}, staff(), kind="deposit")).transaction.id
    ledger.post(bank.request({"b": -9999, CASH: 9999}, staff(), kind="withdrawal"))
    assert ids(first(customer(2))) == [counter, made[3], made[2], made[0]]


def held(bank: SmallBank, amount: int, until: str = "2026-11-24T12:00:00.000000Z") -> str:
    """Return a transfer of customer 1 that waits."""
    return ledger.hold(bank.request({"a": -amount, "b": amount}), until).transaction.id


def test_list_has_a_payment_at_its_posting_or_its_request(bank: SmallBank, made: list[str]) -> None:
    posted, voided, waiting = (held(bank, amount) for amount in (1, 2, 3))
    bank.later(hours=1)
    later = ledger.post(bank.request({"a": -4, "b": 4})).transaction.id
    bank.later(hours=1)
    ledger.settle(posted, staff())
    ledger.void(voided, staff())
    noon = [*sorted([voided, waiting], reverse=True), made[3]]
    assert ids(first(customer())) == [posted, later, *noon, *made[2::-1]]
    assert ids(first(staff())) == [posted, later, *noon]
    assert ids(first(customer(2))) == [posted, later, made[3], made[2], made[0]]
    query = TransactionQuery(from_="2026-11-21T13:30:00Z")
    assert ids(first(customer(), query)) == ids(first(staff(), query)) == [posted]
    assert ids(first(customer(), TransactionQuery(status="pending"))) == [waiting]
    assert ids(first(customer(), TransactionQuery(status="voided"))) == [voided]


def test_owners_pending_list_has_what_a_joint_holder_asked_for(bank: SmallBank) -> None:
    open_listed(bank, "a", 100, holders={"cus_3": "pay"})
    open_listed(bank, "b", 0, owner=2)
    mine = held(bank, 10)
    theirs = ledger.hold(bank.request({"a": -20, "b": 20}, customer(3)), "2026-11-24T12:00:00.000000Z").transaction.id
    assert ids(first(customer(), TransactionQuery(status="pending"))) == sorted([mine, theirs], reverse=True)
    assert ids(first(customer(2), TransactionQuery(status="pending"))) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_many_of_one_moment_are_each_listed_once(bank: SmallBank, limit: int) -> None:
    """The clock stands still, so an index has them in any order."""
    open_listed(bank, "a", 100)
    open_listed(bank, "b", 0, owner=2)
    waiting = [held(bank, amount) for amount in range(1, 8)]
    refused = [ledger.post(bank.request({"a": -amount, "b": amount})).transaction.id for amount in (900, 901)]
    pages = everything(customer(), TransactionQuery(), limit)
    assert [one for listed in pages for one in listed] == sorted([*waiting, *refused], reverse=True)
    assert {len(listed) for listed in pages[:-1]} <= {limit}


@pytest.mark.parametrize("role", ["teller", "auditor"])
def test_banks_list_is_todays_unless_a_range_is_given(bank: SmallBank, made: list[str], role: str) -> None:
    caller = staff(role)  # type: ignore[arg-type]
    assert ids(first(caller)) == [made[3]]
    bank.now = NOON + timedelta(days=1)
    assert ids(first(caller)) == []


def test_banks_list_of_a_range_goes_from_day_to_day(bank: SmallBank, made: list[str]) -> None:
    query = TransactionQuery(from_="2026-11-18", to="2026-11-21")
    assert [one for listed in everything(staff(), query, 10) for one in listed] == made[::-1]
    assert ids(first(staff(), TransactionQuery(from_="2026-11-20"))) == [made[3]]
    query = TransactionQuery(from_="2026-11-20", to="2026-11-20")
    assert ids(first(staff(), query)) == [made[2]]


def test_banks_list_passes_over_days_on_which_nothing_is_found(bank: SmallBank, made: list[str]) -> None:
    query = TransactionQuery(from_="2026-11-01", to="2026-11-21", status="failed")
    assert ids(first(staff(), query)) == [made[1]]


def test_banks_list_looks_at_so_many_days_at_a_time(bank: SmallBank, made: list[str]) -> None:
    bank.now = NOON + timedelta(days=20)
    query = TransactionQuery(from_="2026-11-15", to="2026-12-11")
    listed = page(staff(), query, Paging(10, None))
    assert listed.items == []
    assert listed.next_cursor
    listed = page(staff(), query, Paging(10, listed.next_cursor))
    assert listed.items == []
    listed = page(staff(), query, Paging(10, listed.next_cursor))
    assert ids(listed) == [made[3]]
    assert LOOKS_MAX == 10


def test_banks_list_is_of_one_status_or_type_if_that_is_asked_for(bank: SmallBank, made: list[str]) -> None:
    query = TransactionQuery(from_="2026-11-18", to="2026-11-21", type="deposit")
    assert everything(staff(), query, 10) == [[]]


@pytest.mark.parametrize(
    ("from_", "to", "message"),
    [
        ("2026-11-22", None, "must not be after to"),
        ("2026-11-22", "2026-11-23", "must not be in the future"),
        ("2026-11-20", "2026-11-19", "must not be after to"),
        ("2026-10-20", "2026-11-20", "must be within 31 days of to"),
        ("tomorrow", None, "must be a date"),
    ],
)
def test_range_that_is_wrong_names_its_field(bank: SmallBank, from_: str, to: str | None, message: str) -> None:
    with pytest.raises(ValidationFailed, match=message) as refused:
        first(staff(), TransactionQuery(from_=from_, to=to))
    assert [error.field for error in refused.value.errors] == ["from"]


def test_range_may_be_31_days_and_end_in_the_future(bank: SmallBank, made: list[str]) -> None:
    query = TransactionQuery(from_="2026-10-21", to="2026-11-20")
    assert ids(first(staff(), query)) == [made[2]]
    query = TransactionQuery(from_="2026-11-21", to="2027-11-21")
    assert ids(first(staff(), query)) == [made[3]]


def test_range_may_be_31_days_to_the_moment(bank: SmallBank, made: list[str]) -> None:
    query = TransactionQuery(from_=timestamp(NOON - timedelta(days=31)), to=NOON_TEXT)
    assert [one for listed in everything(staff(), query, 10) for one in listed] == made[::-1]
    with pytest.raises(ValidationFailed, match="must be within 31 days of to"):
        first(staff(), TransactionQuery(from_=timestamp(NOON - timedelta(days=31, microseconds=1)), to=NOON_TEXT))


def test_range_may_be_one_moment(bank: SmallBank, made: list[str]) -> None:
    assert ids(first(staff(), TransactionQuery(from_=NOON_TEXT, to=NOON_TEXT))) == [made[3]]
    assert ids(first(customer(), TransactionQuery(from_=NOON_TEXT, to=NOON_TEXT))) == [made[3]]


def test_today_is_the_banks(bank: SmallBank, made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Noon is the first hour of the next day in Auckland."""
    monkeypatch.setenv("BANK_TIMEZONE", "Pacific/Auckland")
    assert ids(first(staff())) == [made[3]]
    bank.now = NOON - timedelta(hours=2)
    assert made[3] not in ids(first(staff()))


def test_cursor_of_another_range_is_refused(bank: SmallBank, made: list[str]) -> None:
    listed = first(staff(), TransactionQuery(from_="2026-11-18"), limit=1)
    with pytest.raises(InvalidCursor):
        page(staff(), TransactionQuery(from_="2026-11-19"), Paging(1, listed.next_cursor))
