"""Exactly one address is primary while there is any, whatever happens to them in whatever order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.customers.address_book import ADDRESSES_MAX, AddressBook
from chalicelib.domain.errors import Conflict

STEP = st.tuples(st.sampled_from(["add", "add as primary", "make primary", "delete"]), st.integers(0, 100))


@given(st.lists(STEP, max_size=60))
def test_exactly_one_is_primary(steps: list[tuple[str, int]]) -> None:
    book = AddressBook()
    for number, (step, chosen) in enumerate(steps):
        before, which = book, book.ids[chosen % len(book.ids)] if book.ids else None
        if step.startswith("add") and len(book.ids) < ADDRESSES_MAX:
            book = book.with_address(str(number), is_primary=step != "add")
            assert book.ids == (*before.ids, str(number))
            assert book.primary_id == (str(number) if step != "add" or not before.ids else before.primary_id)
        elif step == "make primary" and which:
            book = book.with_primary(which)
            assert book == AddressBook(before.ids, which)
        elif step == "delete" and which:
            book = book.without(which)
            assert which not in book.ids
            assert len(book.ids) == len(before.ids) - 1
            if which != before.primary_id:
                assert book.primary_id == before.primary_id
        assert (book.primary_id in book.ids) if book.ids else (book.primary_id is None)


def test_the_oldest_other_takes_the_place_of_a_primary_that_goes() -> None:
    assert AddressBook(("a", "b", "c"), "c").without("c") == AddressBook(("a", "b"), "a")
    assert AddressBook(("a", "b", "c"), "a").without("a") == AddressBook(("b", "c"), "b")
    assert AddressBook(("a",), "a").without("a") == AddressBook()


def test_there_is_an_end_to_them() -> None:
    full = AddressBook(tuple(map(str, range(ADDRESSES_MAX))), "0")
    with pytest.raises(Conflict, match="20 addresses already"):
        full.with_address("x", is_primary=False)
