"""Saved payees: their customer's alone, paid where they were saved, and gone once they are removed."""

import pytest

from chalicelib.domain import ids
from chalicelib.domain.accounts.account_number import account_number
from chalicelib.domain.errors import Conflict, NotFound, PayeeMismatch, ValidationFailed
from chalicelib.domain.if_match import ANY_VERSION, IfMatch
from chalicelib.domain.payments.payee_name import Result
from chalicelib.domain.permissions import Caller
from chalicelib.models.orders.beneficiary import Beneficiary
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.orders import beneficiaries
from tests.small_bank import NOON, NOON_TEXT, B, SmallBank, customer, staff

OWNER = customer(1)
NUMBER = account_number(1_234_567_890)


def save(bank: SmallBank, account_id: str | None = B, verification: Result = "match") -> Beneficiary:
    """Store a payee of customer 1 without its texts, which are sealed."""
    payee = Beneficiary.new("cus_1", ids.new_id("ben", NOON), account_id)
    payee.verification, payee.verified_at = verification, NOON_TEXT
    bank.put(payee.stamp(OWNER, NOON))
    return payee


def test_payee_of_this_bank_is_paid_on_its_account(bank: SmallBank) -> None:
    payee = save(bank)
    assert beneficiaries.find_payee(OWNER, payee.id, accept_mismatch=False) == B
    assert beneficiaries.payee_account_id(OWNER, beneficiary_id=payee.id) == B


@pytest.mark.parametrize("caller", [customer(2), staff(), staff("admin")])
def test_payee_of_another_customer_does_not_exist(bank: SmallBank, caller: Caller) -> None:
    payee = save(bank)
    for use in (
        lambda: beneficiaries.get(caller, payee.id),
        lambda: beneficiaries.find_payee(caller, payee.id, accept_mismatch=True),
        lambda: beneficiaries.payee_account_id(caller, beneficiary_id=payee.id),
        lambda: beneficiaries.remove(caller, payee.id, ANY_VERSION),
    ):
        with pytest.raises(NotFound, match=f"There is no payee {payee.id}|Only a customer has payees"):
            use()


def test_payee_that_was_removed_is_paid_no_more(bank: SmallBank) -> None:
    payee = save(bank)
    with pytest.raises(Conflict, match="current version is 1"):
        beneficiaries.remove(OWNER, payee.id, IfMatch.parse('"7"'))
    beneficiaries.remove(OWNER, payee.id, ANY_VERSION)
    kept = Beneficiary.find(*Beneficiary.key("cus_1", payee.id))
    assert kept
    assert (kept.status, kept.version) == ("withdrawn", 2)
    for _ in range(2):
        with pytest.raises(NotFound, match=f"There is no payee {payee.id}"):
            beneficiaries.find_payee(OWNER, payee.id, accept_mismatch=True)
        with pytest.raises(NotFound):
            beneficiaries.remove(OWNER, payee.id, ANY_VERSION)


def test_text_that_could_not_be_an_id_names_no_payee(bank: SmallBank) -> None:
    with pytest.raises(NotFound, match="There is no payee acc_1"):
        beneficiaries.find_payee(OWNER, "acc_1", accept_mismatch=True)


def test_payee_at_another_bank_whose_name_did_not_fit_is_paid_only_if_that_is_accepted(bank: SmallBank) -> None:
    payee = save(bank, account_id=None, verification="no_match")
    with pytest.raises(PayeeMismatch):
        beneficiaries.find_payee(OWNER, payee.id, accept_mismatch=False)


def test_batch_pays_no_payee_at_another_bank(bank: SmallBank) -> None:
    payee = save(bank, account_id=None)
    with pytest.raises(ValidationFailed, match="beneficiary_id: is at another bank, which a batch does not pay"):
        beneficiaries.payee_account_id(OWNER, beneficiary_id=payee.id)


def test_payee_is_named_by_account_number_or_iban(bank: SmallBank) -> None:
    with pytest.raises(NotFound, match="account with the number"):
        beneficiaries.payee_account_id(OWNER, to_account_number=NUMBER)
    bank.put(UniqueKey(*UniqueKey.number_key(NUMBER), owner_id=B).stamp(OWNER, NOON))
    assert beneficiaries.payee_account_id(OWNER, to_account_id="acc_9") == "acc_9"
    assert beneficiaries.payee_account_id(OWNER, to_account_number=NUMBER) == B
    with pytest.raises(ValidationFailed, match="to_account_number: is mistyped"):
        beneficiaries.payee_account_id(OWNER, to_account_number="123")
    with pytest.raises(ValidationFailed, match="to_iban: is of another bank"):
        beneficiaries.payee_account_id(OWNER, to_iban="DE89370400440532013000")
