"""Ids, account numbers and idempotency claims."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import ids
from chalicelib.domain.accounts.account_number import is_account_number, new_account_number
from chalicelib.domain.ledger.idempotency import derive_key

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


def test_ids_sort_by_time_and_say_what_they_name() -> None:
    earlier, later = ids.new_id("acc", NOW), ids.new_id("acc", NOW + timedelta(milliseconds=1))
    assert earlier < later
    assert ids.is_id("acc", earlier)
    assert not ids.is_id("txn", earlier)


@given(st.text(max_size=80))
def test_text_that_could_not_be_an_id_is_none(text: str) -> None:
    assert not ids.is_id("acc", text) or len(text) == 30


def test_a_callers_key_names_one_transaction_for_ever() -> None:
    assert ids.transaction_id("usr_1", "k") == ids.transaction_id("usr_1", "k")
    assert ids.transaction_id("usr_1", "k") != ids.transaction_id("usr_2", "k")
    assert ids.transaction_id("usr_1", "2k") != ids.transaction_id("usr_12", "k")
    assert ids.is_id("txn", ids.transaction_id("usr_1", "k"))


def test_a_claim_knows_its_request() -> None:
    first = derive_key("usr_1", "k", "POST /v1/x", {"amount": "1.00", "to": "a"})
    same = derive_key("usr_1", "k", "POST /v1/x", {"to": "a", "amount": "1.00"})
    assert first == same
    for operation, body in [
        ("POST /v1/y", {"amount": "1.00", "to": "a"}),
        ("POST /v1/x", {"amount": "1.01", "to": "a"}),
    ]:
        other = derive_key("usr_1", "k", operation, body)
        assert other.transaction_id == first.transaction_id
        assert other.fingerprint != first.fingerprint


def test_account_numbers_have_check_digits_that_catch_slips() -> None:
    number = new_account_number()
    assert len(number) == 12
    assert is_account_number(number)
    wrong = str((int(number[0]) + 1) % 10) + number[1:]
    assert not is_account_number(wrong)
    for i in range(11):
        if number[i] != number[i + 1]:
            assert not is_account_number(number[:i] + number[i + 1] + number[i] + number[i + 2 :])
    assert not is_account_number("١٢٣٤٥٦٧٨٩٠١٢")
