"""Links have equal sums if every entry is listed by its transaction, and only then."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from chalicelib.domain.ledger.entry import Entry, EntryDetails
from chalicelib.domain.verification.links import KEY_BYTES, MODULUS, Links
from tests.unit.verification.test_checks import Posting, moment, posting, written

LINKS = Links(b"k" * KEY_BYTES, moment(59))


def bank(*amounts: int) -> tuple[list[Entry], list[Posting]]:
    """Return all entries, those of the cash account too, and their transactions."""
    entries, transactions = written(*amounts)
    others = [
        replace(
            entry,
            account_id="gl.cash",
            amount=-entry.amount,
            balance_after=-entry.balance_after,
        )
        for entry in entries
    ]
    return [*entries, *others], list(transactions.values())


def difference(entries: list[Entry], transactions: list[Posting], links: Links = LINKS) -> int:
    return (links.of_entries(entries) - links.of_transactions(transactions)) % MODULUS


def test_sums_of_a_whole_bank_are_equal_in_any_order_and_in_any_parts() -> None:
    entries, transactions = bank(100, -30, 7)
    assert difference(entries, transactions) == 0
    for order in permutations(transactions):
        assert difference(entries[::-1], list(order)) == 0
    parts = sum(LINKS.of_entries([entry]) for entry in entries) - sum(LINKS.of_transactions([t]) for t in transactions)
    assert parts % MODULUS == 0


@pytest.mark.parametrize(
    "altered",
    [
        {"account_id": "acc_2"},
        {"seq": 9},
        {"transaction_id": "txn_9"},
        {"type": "transfer"},
        {"amount": 101},
        {"currency": "EUR"},
        {"balance_after": 1},
        {"created_at": moment(31)},
    ],
)
def test_altered_entry_changes_the_sum(altered: dict[str, Any]) -> None:
    entries, transactions = bank(100, -30)
    assert difference([replace(entries[0], **altered), *entries[1:]], transactions)


@pytest.mark.parametrize(
    "altered",
    [
        {"id": "txn_9"},
        {"transaction_type": "transfer"},
        {"currency": "EUR"},
        {"posted_at": moment(31)},
        {"posted_at": None},
        {"status": "pending"},
        {"status": "failed"},
        {"entries": None},
        {"entries": []},
    ],
)
def test_altered_transaction_changes_the_sum(altered: dict[str, Any]) -> None:
    entries, transactions = bank(100, -30)
    assert difference(entries, [replace(transactions[0], **altered), *transactions[1:]])


@pytest.mark.parametrize("name", ["account_id", "seq", "amount", "balance_after"])
def test_altered_line_changes_the_sum(name: str) -> None:
    entries, transactions = bank(100, -30)
    line = transactions[0].entries[0]
    for altered in (line | {name: "1"}, {key: value for key, value in line.items() if key != name}):
        assert difference(
            entries, [replace(transactions[0], entries=[altered, *transactions[0].entries[1:]]), transactions[1]]
        )


def test_what_is_missing_or_there_twice_changes_the_sum() -> None:
    entries, transactions = bank(100, -30)
    assert difference(entries[1:], transactions)
    assert difference(entries, transactions[1:])
    assert difference([*entries, entries[0]], transactions)
    assert difference(entries, [*transactions, transactions[0]])


def test_two_changes_do_not_make_up_for_each_other() -> None:
    entries, transactions = bank(100, 30)
    first, second, *others = entries
    swapped = [replace(first, amount=second.amount), replace(second, amount=first.amount), *others]
    assert difference(swapped, transactions)
    renamed = [replace(first, transaction_id="txn_2"), replace(second, transaction_id="txn_1"), *others]
    assert difference(renamed, transactions)


def test_text_in_one_field_cannot_pass_for_another() -> None:
    entries, transactions = bank(100)
    forged = replace(entries[0], transaction_id='txn_1","deposit', type="USD")
    assert difference([forged, *entries[1:]], transactions)


def test_key_of_another_verification_makes_other_sums() -> None:
    entries, _ = bank(100)
    assert LINKS.of_entries(entries) != Links(b"l" * KEY_BYTES, LINKS.until).of_entries(entries)


def test_later_entries_are_left_to_a_comparison_one_by_one() -> None:
    entries, transactions = bank(100, -30, 7)
    early = replace(LINKS, until=moment(2))
    assert [early.cover(at) for at in (moment(1), moment(2), moment(3), None, 5)] == [True, True, False, False, False]
    assert difference([one for one in entries if one.seq < 3], transactions, early) == 0
    assert difference(entries[1:], transactions, early)


def test_pending_transaction_has_no_links() -> None:
    entries, transactions = bank(100)
    held = Posting("txn_2", [], "", status="pending")
    assert difference(entries, [*transactions, held]) == 0
    assert posting(entries[0]).entries


@pytest.mark.parametrize(
    "altered", [None, EntryDetails("acc_2", "lunch"), EntryDetails("acc_3", "rent"), EntryDetails("acc_2", None)]
)
def test_altered_details_of_an_entry_change_the_sum(altered: EntryDetails | None) -> None:
    details = EntryDetails("acc_2", "rent")
    entries, transactions = bank(100)
    listed = [replace(one, details=details) for one in transactions]
    assert (LINKS.of_entries(entries, [details, details]) - LINKS.of_transactions(listed)) % MODULUS == 0
    assert (LINKS.of_entries(entries, [altered, details]) - LINKS.of_transactions(listed)) % MODULUS
