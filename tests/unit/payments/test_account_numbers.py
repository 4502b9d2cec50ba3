"""Which account a number or an IBAN names."""

import pytest

from chalicelib import config
from chalicelib.domain.accounts.account_number import account_number
from chalicelib.domain.errors import (
    ClearingUnavailable,
    NotFound,
    ValidationFailed,
)
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.payments import account_numbers
from tests.small_bank import NOON_TEXT, A, SmallBank, staff


def test_account_is_found_by_its_number(bank: SmallBank) -> None:
    number = account_number(1234567890)
    bank.put(UniqueKey.of_number(number, A).stamp(staff(), NOON_TEXT))
    assert account_numbers.find_by_number(number) == A


def test_number_that_nobody_has_is_not_found(bank: SmallBank) -> None:
    with pytest.raises(NotFound, match=f"no account with the number {account_number(1234567890)}"):
        account_numbers.find_by_number(account_number(1234567890))


@pytest.mark.parametrize("number", ["", "123456789012", "12345678", account_number(1234567890)[::-1]])
def test_number_that_is_mistyped_is_not_looked_up(bank: SmallBank, number: str) -> None:
    with pytest.raises(ValidationFailed, match="is mistyped") as refused:
        account_numbers.find_by_number(number)
    assert [error.field for error in refused.value.errors] == ["to_account_number"]
    assert bank.dynamodb.sent == []


def iban_of(number: str) -> str:
    return config.bank_identifier().iban_of(number)


def test_account_is_found_by_its_iban_however_it_is_written(bank: SmallBank) -> None:
    number = account_number(1234567890)
    bank.put(UniqueKey.of_number(number, A).stamp(staff(), NOON_TEXT))
    written = iban_of(number)
    spaced = " ".join(written[start : start + 4] for start in range(0, len(written), 4)).lower()
    for given in (written, spaced):
        assert account_numbers.find_by_iban(given) == A
        assert account_numbers.parse_own_iban(given, "iban") == number
        assert account_numbers.parse_iban_elsewhere(given) is None


@pytest.mark.parametrize("number", [account_number(1234567890), "000000000001"])
def test_iban_of_this_bank_that_no_account_has_is_not_found(bank: SmallBank, number: str) -> None:
    with pytest.raises(NotFound, match=f"no account with the IBAN {iban_of(number)}"):
        account_numbers.find_by_iban(iban_of(number))


@pytest.mark.parametrize(
    ("given", "message"), [("DE88370400440532013000", "."), ("DE89370400440532013000", "another bank")]
)
@pytest.mark.parametrize("field", ["to_iban", "iban"])
def test_iban_that_is_mistyped_or_of_another_bank_is_refused_by_its_field(
    bank: SmallBank, given: str, message: str, field: str
) -> None:
    named = {} if field == "to_iban" else {"field": field}
    with pytest.raises(ValidationFailed, match=message) as refused:
        account_numbers.find_by_iban(given, **named)
    assert [error.field for error in refused.value.errors] == [field]


def test_iban_of_another_bank_is_returned_in_its_electronic_form() -> None:
    assert account_numbers.parse_iban_elsewhere("de89 3704 0044 0532 0130 00") == "DE89370400440532013000"
    with pytest.raises(ValidationFailed):
        account_numbers.parse_iban_elsewhere("DE88370400440532013000")


def test_bank_that_the_clearing_does_not_reach_is_named_by_its_country() -> None:
    with pytest.raises(ClearingUnavailable, match="reaches no bank in BR: it is not in SEPA"):
        account_numbers.parse_iban_elsewhere("BR1800360305000010009795493C1")
