"""Advices of the clearing: what it has booked on its account with the bank is booked here, once."""

import pytest

from chalicelib.domain.errors import Forbidden, ValidationFailed
from chalicelib.domain.permissions import system
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.clearing import advices, payment_files
from tests.small_bank import NOON, SmallBank, customer, staff
from tests.unit.clearing.advices import UETRS, details, entry, notification

RUN = system("req_advice")


def booked(bank: SmallBank) -> dict[str, int]:
    """Return what was booked on each of the bank's accounts with the clearing."""
    names = ("gl.clearing.standard.EUR", "gl.clearing.instant.EUR", "gl.nostro.EUR")
    found = {name: sum(one.amount for one in bank.entries(f"{name}.000")) for name in names}
    return {name.removeprefix("gl."): amount for name, amount in found.items() if amount}


def book(*entries: str) -> None:
    advices.book_advice(RUN, notification(*entries).encode())


def test_money_that_the_clearing_has_taken_leaves_the_nostro_account(bank: SmallBank) -> None:
    book(entry("30.00"))
    assert booked(bank) == {"clearing.standard.EUR": -3000, "nostro.EUR": 3000}


def test_money_that_the_clearing_has_brought_is_on_the_nostro_account(bank: SmallBank) -> None:
    book(entry("30.00", side="CRDT"))
    assert booked(bank) == {"clearing.standard.EUR": 3000, "nostro.EUR": -3000}


@pytest.mark.parametrize("status", ["PDNG", "INFO"])
def test_entry_that_the_clearing_has_only_announced_is_not_booked(bank: SmallBank, status: str) -> None:
    book(entry("30.00", status=status))
    assert booked(bank) == {}


def test_advice_that_comes_again_is_booked_once(bank: SmallBank) -> None:
    for _ in range(3):
        book(entry("30.00", details=details("30.00")))
    assert booked(bank)["nostro.EUR"] == 3000


def test_entries_with_one_reference_and_other_payments_are_each_booked(bank: SmallBank) -> None:
    book(entry("30.00", details=details("30.00")), entry("5.00", details=details("5.00")))
    assert booked(bank)["nostro.EUR"] == 3500


def test_entry_is_divided_by_the_rails_of_its_payments(bank: SmallBank) -> None:
    for number, uetr in enumerate(UETRS):
        rail = "instant" if number == 0 else "standard"
        payment = ClearingPayment.new(f"txn_{number}", "cus_1", account_id="acc_1", rail=rail, amount=1, currency="EUR")
        payment.uetr, payment.submit_by, payment.settlement_date = uetr, "x", "x"
        bank.put(payment.stamp(customer(), NOON))
        bank.put(UniqueKey.of_uetr(uetr, payment.id).stamp(staff(), NOON))
    book(entry("30.00", details=details("10.00", "20.00")))
    assert booked(bank) == {"clearing.instant.EUR": -1000, "clearing.standard.EUR": -2000, "nostro.EUR": 3000}


def test_file_of_payments_needs_a_verified_address(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    bank.user(customer())
    with pytest.raises(ValidationFailed):
        payment_files.hand_in(customer(), None, "no file", None)
    monkeypatch.setenv("EMAIL_VERIFICATION", "on")
    with pytest.raises(Forbidden, match="Verify your e-mail address"):
        payment_files.hand_in(customer(), None, "no file", None)
