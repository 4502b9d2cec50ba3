"""Entries as they are stored, and how they are read: by key, by page, and walked."""

from collections.abc import Iterable

import pytest

from chalicelib.domain.ledger.entry import Entry, EntryDetails
from chalicelib.models.ledger.entry import LedgerEntry
from chalicelib.models.paging import ITEMS_AT_ONCE_MAX, Paging
from tests.fake_dynamodb.wire import QUERY
from tests.small_bank import SmallBank

MOMENTS = [f"2026-11-{day}T08:00:00.000000Z" for day in (18, 19, 20, 21)]
FIRST, SECOND, THIRD, FOURTH = MOMENTS


def entry(seq: int, account_id: str = "a", kind: str = "transfer") -> Entry:
    return Entry(
        account_id,
        seq,
        f"txn_{seq}",
        kind,
        seq * 10,
        "USD",
        seq * 100,
        MOMENTS[seq - 1],
        f"hash{seq - 1}",
        f"hash{seq}",
    )


@pytest.fixture(autouse=True)
def entries(bank: SmallBank) -> None:
    """Four entries of account a, a deposit among them, and one of b."""
    for one in (entry(1), entry(2, kind="deposit"), entry(3), entry(4), entry(2, "b")):
        bank.put(LedgerEntry.of(one))


def seqs(found: Iterable[LedgerEntry]) -> list[int]:
    return [one.seq for one in found]


def pages(found: Iterable[list[LedgerEntry]]) -> list[list[int]]:
    return [seqs(page) for page in found]


def walked(found: Iterable[list[LedgerEntry]]) -> list[int]:
    return [one.seq for page in found for one in page]


def consistency(bank: SmallBank) -> set[bool]:
    return {request.get("ConsistentRead", False) for operation, request in bank.dynamodb.sent if operation == QUERY}


def test_entry_is_read_back_as_it_was_written(bank: SmallBank) -> None:
    assert LedgerEntry.of(entry(3)).entry() == entry(3)
    [stored] = bank.entries("b")
    assert stored.entry() == entry(2, "b")


def test_key_orders_entries_by_time_and_then_by_number() -> None:
    assert LedgerEntry.key("a", FIRST, 7) == ("ACCOUNT#a", f"{FIRST}#000000000007")
    assert LedgerEntry.key("a", FIRST, 9)[1] < LedgerEntry.key("a", FIRST, 10)[1]


def test_entries_by_key_come_newest_first_and_only_those_that_exist(bank: SmallBank) -> None:
    keys = [LedgerEntry.key("a", FIRST, 1), LedgerEntry.key("a", THIRD, 3), LedgerEntry.key("a", FOURTH, 9)]
    assert seqs(LedgerEntry.by_keys(keys)) == [3, 1]


@pytest.mark.parametrize(
    ("at", "seq"),
    [(None, 4), (FOURTH, 4), (THIRD, 3), ("2026-11-20T07:59:59.999999Z", 2), ("2026-11-17T00:00:00.000000Z", None)],
)
def test_last_entry_is_the_newest_at_a_moment_or_before_it(bank: SmallBank, at: str | None, seq: int | None) -> None:
    found = LedgerEntry.last_of("a", at)
    assert (found and found.seq) == seq
    assert consistency(bank) == {True}
    assert bank.dynamodb.sent[-1][1]["Limit"] == 2


@pytest.mark.parametrize(
    ("moment", "seq"), [(FOURTH, 3), (SECOND, 1), ("2026-11-19T08:00:00.000001Z", 2), (FIRST, None)]
)
def test_last_entry_before_a_moment_is_not_at_it(bank: SmallBank, moment: str, seq: int | None) -> None:
    found = LedgerEntry.last_before("a", moment)
    assert (found and found.seq) == seq


def test_account_without_entries_has_no_last_one(bank: SmallBank) -> None:
    assert LedgerEntry.last_of("c") is None
    assert LedgerEntry.last_before("c", FOURTH) is None


def test_page_has_entries_between_two_moments_newest_first(bank: SmallBank) -> None:
    page = LedgerEntry.page_of("a", SECOND, FOURTH, Paging(2, None))
    assert seqs(page.items) == [4, 3]
    page = LedgerEntry.page_of("a", SECOND, FOURTH, Paging(2, page.next_cursor))
    assert (seqs(page.items), page.next_cursor) == ([2], None)
    assert consistency(bank) == {True}


def test_page_of_one_type_has_no_other(bank: SmallBank) -> None:
    assert seqs(LedgerEntry.page_of("a", FIRST, FOURTH, Paging(9, None), "deposit").items) == [2]
    assert seqs(LedgerEntry.page_of("a", FIRST, FOURTH, Paging(9, None)).items) == [4, 3, 2, 1]


def test_walk_goes_over_all_entries_of_the_account_oldest_first(bank: SmallBank) -> None:
    assert walked(LedgerEntry.pages_of("a")) == [1, 2, 3, 4]
    assert walked(LedgerEntry.pages_of("b")) == [2]
    assert consistency(bank) == {True}


def test_walk_since_a_moment_includes_it(bank: SmallBank) -> None:
    assert walked(LedgerEntry.pages_since("a", SECOND)) == [2, 3, 4]
    assert walked(LedgerEntry.pages_since("a", "2026-11-19T08:00:00.000001Z")) == [3, 4]


def test_walk_between_two_moments_includes_both(bank: SmallBank) -> None:
    assert walked(LedgerEntry.pages_between("a", SECOND, THIRD)) == [2, 3]
    assert walked(LedgerEntry.pages_between("a", "2026-11-19", "2026-11-20")) == [2]


def test_walk_after_a_moment_leaves_it_out_and_begins_with_the_first_without_one(bank: SmallBank) -> None:
    assert walked(LedgerEntry.pages_after("a", SECOND, THIRD)) == [3]
    assert walked(LedgerEntry.pages_after("a", None, THIRD)) == [1, 2, 3]


def test_walk_up_to_an_entry_ends_with_it_and_asks_for_no_more(bank: SmallBank) -> None:
    assert pages(LedgerEntry.pages_up_to(entry(3), FIRST, 3)) == [[1, 2, 3]]
    assert bank.dynamodb.count(QUERY) == 1
    assert pages(LedgerEntry.pages_up_to(entry(4), SECOND, 2)) == [[2, 3], [4]]
    assert {request["Limit"] for operation, request in bank.dynamodb.sent} == {3, 2}


def test_walk_up_to_an_entry_that_is_not_there_ends_all_the_same(bank: SmallBank) -> None:
    missing = Entry("a", 9, "txn_9", "transfer", 1, "USD", 1, THIRD, "", "")
    assert walked(LedgerEntry.pages_up_to(missing, FIRST, 2)) == [1, 2, 3]
    assert walked(LedgerEntry.pages_up_to(missing, "2026-11-20T08:00:00.000001Z", 2)) == []


def test_walk_newest_first_ends_before_an_entry(bank: SmallBank) -> None:
    assert walked(LedgerEntry.pages_newest_first("a")) == [4, 3, 2, 1]
    [second] = LedgerEntry.by_keys([LedgerEntry.key("a", SECOND, 2)])
    assert walked(LedgerEntry.pages_newest_first("a", second)) == [4, 3]


def test_entry_in_an_item_is_the_entry_and_needs_no_model(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(LedgerEntry, "entry")
    [item] = [item for page in LedgerEntry.raw_pages_of("b") for item in page]
    assert LedgerEntry.entry_in(item) == entry(2, "b")
    assert LedgerEntry.entry_in(item | {"other": {"S": "x"}}) == entry(2, "b")


@pytest.mark.parametrize("name", ["amount", "hash"])
def test_entry_in_an_item_that_is_amiss_is_what_the_model_says(bank: SmallBank, name: str) -> None:
    [item] = [item for page in LedgerEntry.raw_pages_of("b") for item in page]
    del item[name]
    assert LedgerEntry.entry_in(item) == LedgerEntry.from_raw_data(item).entry()


def test_raw_pages_have_all_entries_of_the_account_oldest_first_many_at_once(bank: SmallBank) -> None:
    [page] = LedgerEntry.raw_pages_of("a")
    assert [int(item["seq"]["N"]) for item in page] == [1, 2, 3, 4]
    assert [request["Limit"] for _, request in bank.dynamodb.sent] == [ITEMS_AT_ONCE_MAX]


def test_raw_entries_by_key_are_those_that_exist(bank: SmallBank) -> None:
    keys = [LedgerEntry.key("a", FIRST, 1), LedgerEntry.key("a", THIRD, 3), LedgerEntry.key("a", FOURTH, 9)]
    assert {item["hash"]["S"] for item in LedgerEntry.raw_by_keys(keys)} == {"hash1", "hash3"}


def test_entry_shows_what_was_stored_of_its_transaction_and_an_earlier_one_nothing(bank: SmallBank) -> None:
    bank.put(LedgerEntry.of(entry(1, "c"), EntryDetails("b", "rent")))
    [shown] = bank.entries("c")
    assert shown.details() == LedgerEntry.details_in(shown.serialize()) == EntryDetails("b", "rent")
    [earlier] = bank.entries("b")
    assert earlier.details() is None
    assert LedgerEntry.details_in(earlier.serialize()) is None
