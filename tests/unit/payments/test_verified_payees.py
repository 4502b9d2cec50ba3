"""Verifications as payments use them: for the exact name and IBAN, for a quarter of an hour, and once."""

from datetime import timedelta

import pytest

from chalicelib.domain.errors import PayeeMismatch, VerificationExpired
from chalicelib.domain.ids import id_of
from chalicelib.domain.payments.payee_name import Result
from chalicelib.models import transact
from chalicelib.models.payments.payee_verification import PayeeVerification
from chalicelib.services.crypto import bank_keys
from chalicelib.services.crypto.bank_keys import SecretKeys
from chalicelib.services.payments.verified_payees import require_good, use_up
from tests.small_bank import NOON, SmallBank, customer

IBAN, OTHER_IBAN = "DE89370400440532013000", "FR1420041010050500013M02606"
ID, UNKNOWN = id_of("pvf", NOON, 1), id_of("pvf", NOON, 2)


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_keys, "secret_keys", lambda: SecretKeys("kid", None, b"key"))


def verify(bank: SmallBank, result: Result = "match") -> None:
    """Have customer 1's user verify Ada at IBAN at noon."""
    made = PayeeVerification.new("usr_1", ID, bank_keys.payee_hmac(IBAN, "Ada"), result, NOON)
    bank.put(made.stamp(customer(), NOON))


def good(
    name: str = "Ada", iban: str = IBAN, *, user: int = 1, accepts: bool = False, verification_id: str = ID
) -> Result:
    return require_good(customer(user), verification_id, iban, name, accept_mismatch=accepts)


@pytest.mark.parametrize("result", ["match", "close_match", "not_possible"])
@pytest.mark.parametrize("accepts", [True, False])
def test_verification_tells_how_well_the_name_fitted(bank: SmallBank, result: Result, accepts: bool) -> None:
    verify(bank, result)
    assert good(accepts=accepts) == result


def test_name_that_does_not_fit_is_paid_only_if_that_is_accepted(bank: SmallBank) -> None:
    verify(bank, "no_match")
    with pytest.raises(PayeeMismatch):
        good()
    assert good(accepts=True) == "no_match"


def test_verification_of_another_name_iban_or_user_is_not_good(bank: SmallBank) -> None:
    verify(bank)
    for name, iban, user in (("Eve", IBAN, 1), ("Ada", OTHER_IBAN, 1), ("Ada", IBAN, 2)):
        with pytest.raises(VerificationExpired):
            good(name, iban, user=user)


def test_unknown_verification_is_not_good_and_what_is_no_id_is_not_looked_up(bank: SmallBank) -> None:
    with pytest.raises(VerificationExpired):
        good(verification_id=UNKNOWN)
    bank.dynamodb.sent.clear()
    with pytest.raises(VerificationExpired):
        good(verification_id="pvf_1")
    assert bank.dynamodb.sent == []


def test_verification_is_good_for_a_quarter_of_an_hour(bank: SmallBank) -> None:
    verify(bank)
    bank.now = NOON + timedelta(minutes=15, seconds=-1)
    assert good() == "match"
    bank.now = NOON + timedelta(minutes=15)
    with pytest.raises(VerificationExpired):
        good()


def test_verification_is_used_once(bank: SmallBank) -> None:
    verify(bank)
    transact.commit([use_up(customer(), ID)], "req_1")
    with pytest.raises(VerificationExpired):
        good()
    with pytest.raises(VerificationExpired):
        transact.commit([use_up(customer(), ID)], "req_2")


def test_verification_of_another_user_is_not_used_up(bank: SmallBank) -> None:
    verify(bank)
    with pytest.raises(VerificationExpired):
        transact.commit([use_up(customer(2), ID)], "req_1")
    assert good() == "match"
