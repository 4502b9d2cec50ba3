"""Payments to an IBAN: within the bank a transfer, to another bank held for the clearing, and once for each key."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import config, workflows
from chalicelib.domain.accounts.account_number import account_number
from chalicelib.domain.crypto import ciphertext
from chalicelib.domain.errors import (
    ClearingUnavailable,
    CurrencyMismatch,
    Forbidden,
    NotFound,
    PayeeMismatch,
    ValidationFailed,
    VerificationExpired,
)
from chalicelib.domain.ids import id_of
from chalicelib.domain.payments.payee_name import Result
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.payments.payee_verification import PayeeVerification
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.crypto import bank_keys, personal_fields
from chalicelib.services.crypto.bank_keys import SecretKeys
from chalicelib.services.payments.iban_payments import IbanPayment, pay
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transfer_request import TransferRequest
from chalicelib.services.payments.transfer_steps import post
from tests.small_bank import NOON, NOON_TEXT, A, B, SmallBank, customer, staff

OTHER_BANK = "DE89370400440532013000"
NUMBER = account_number(1234567890)
VERIFICATION_ID = id_of("pvf", NOON, 1)


def run(_: str, given: dict[str, Any], *, seconds_max: int) -> dict[str, Any]:
    """Stand in for the state machine."""
    return post(TransferRequest.from_json(given))


def encrypt(owner_id: str, key: tuple[str, str], fields: dict[str, str | None]) -> dict[str, str | None]:
    """Stand in for the keys of customers, which are at KMS."""
    return {name: text and sealed(owner_id, key, name, text) for name, text in fields.items()}


def sealed(*given: object) -> str:
    return ciphertext.pack(b"n" * 12, str(given).encode())


def sealed_for(transaction_id: str, name: str, text: str) -> str:
    """Return a field of a payment of customer 1, as it is encrypted under the customer's key and the item's own."""
    return sealed("cus_1", ClearingPayment.key(transaction_id), name, text)


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflows, "run", run)
    monkeypatch.setattr(personal_fields, "encrypt", encrypt)
    monkeypatch.setattr(bank_keys, "secret_keys", lambda: SecretKeys("kid", None, b"key"))
    monkeypatch.setenv("TRANSFER_STATE_MACHINE_ARN", "arn")
    monkeypatch.setenv("CLEARING", "on")
    bank.open(A, 10_000, currency="EUR", holders={"cus_3": "view"})
    bank.open(B, 0, owner=2, currency="EUR")
    bank.put(UniqueKey.of_number(NUMBER, B).stamp(staff(), NOON_TEXT))


def request_to(bank: SmallBank, to_iban: str, **fields: Any) -> IbanPayment:
    given: dict[str, Any] = {"from_account_id": A, "to_iban": to_iban, "to_name": "Ada", "remittance": "Invoice 7"}
    given |= {"amount": "12.50", "currency": None, "rail": "standard", "verification_id": None}
    given |= {"accept_mismatch": False, "annotations": Annotations(), "caller": customer()}
    return IbanPayment(**given | {"idempotency_key": bank.key(customer())} | fields)


def own_iban() -> str:
    return config.bank_identifier().iban_of(NUMBER)


def verify(bank: SmallBank, iban: str, result: Result) -> None:
    mark = bank_keys.payee_hmac(iban, "Ada")
    bank.put(PayeeVerification.new("usr_1", VERIFICATION_ID, mark, result, NOON).stamp(customer(), NOON))


def is_used() -> bool:
    found = PayeeVerification.find(*PayeeVerification.key("usr_1", VERIFICATION_ID))
    return found is not None and found.status == "used"


def test_account_of_this_bank_is_paid_at_once_and_reads_the_remittance(bank: SmallBank) -> None:
    made = pay(request_to(bank, own_iban().lower(), to_name=None), None).transaction
    assert (made.transaction_type, made.status, made.to_account_id, made.amount) == ("transfer", "posted", B, 1250)
    assert made.memo == "Invoice 7"
    other = pay(request_to(bank, own_iban(), annotations=Annotations(memo="mine")), None).transaction
    assert other.memo == "mine"


def test_account_at_another_bank_is_paid_over_the_clearing(bank: SmallBank) -> None:
    made = pay(request_to(bank, "de89 3704 0044 0532 0130 00"), None).transaction
    assert (made.transaction_type, made.status, made.awaits) == ("payment", "pending", "clearing")
    assert (bank.account(A).held, bank.account(A).balance) == (1250, 10_000)
    assert {leg.account_id for leg in made.movement().legs} == {A, "gl.clearing.standard.EUR"}
    item = ClearingPayment.by_id(made.id)
    assert item
    assert (item.status, item.rail, item.customer_id, item.currency) == ("queued", "standard", "cus_1", "EUR")
    assert item.to_iban == sealed_for(made.id, "to_iban", OTHER_BANK)
    assert item.to_name == sealed_for(made.id, "to_name", "Ada")
    assert item.remittance == sealed_for(made.id, "remittance", "Invoice 7")
    assert (item.account_id, item.holder_ids, item.created_at) == (A, ["cus_3"], NOON_TEXT)
    left_out = {"verification", "has_accepted_mismatch", "payer_reference", "batch_id"}
    assert not left_out & item.serialize().keys()


def test_payers_own_reference_and_file_go_with_the_payment(bank: SmallBank) -> None:
    request = request_to(bank, OTHER_BANK, remittance=None, payer_reference="REF-7", batch_id="pfb_1")
    item = ClearingPayment.by_id(pay(request, None).transaction.id)
    assert item
    assert item.payer_reference == sealed_for(item.id, "payer_reference", "REF-7")
    assert item.batch_id == "pfb_1"
    assert "remittance" not in item.serialize()


@pytest.mark.parametrize(("rail", "used"), [("auto", "instant"), ("instant", "instant"), ("standard", "standard")])
def test_rail_is_the_one_asked_for_or_else_the_quickest(bank: SmallBank, rail: str, used: str) -> None:
    item = ClearingPayment.by_id(pay(request_to(bank, OTHER_BANK, rail=rail), None).transaction.id)
    assert item
    assert item.rail == used


def test_bank_without_a_clearing_pays_its_own_accounts_only(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEARING", "off")
    with pytest.raises(ClearingUnavailable):
        pay(request_to(bank, OTHER_BANK), None)
    assert pay(request_to(bank, own_iban()), None).transaction.status == "posted"


def test_payee_at_another_bank_needs_a_name(bank: SmallBank) -> None:
    with pytest.raises(ValidationFailed) as refused:
        pay(request_to(bank, OTHER_BANK, to_name=None), None)
    assert [error.field for error in refused.value.errors] == ["to_name"]


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"currency": "USD"}, CurrencyMismatch),
        ({"from_account_id": "acc_1"}, NotFound),
        ({"from_account_id": id_of("acc", NOON, 9)}, NotFound),
        ({"caller": customer(9)}, NotFound),
        ({"caller": customer(3)}, Forbidden),
        ({"to_iban": "DE88370400440532013000"}, ValidationFailed),
        ({"to_iban": "BR1800360305000010009795493C1"}, ClearingUnavailable),
    ],
)
def test_wrong_request_pays_nothing(bank: SmallBank, fields: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        pay(replace(request_to(bank, OTHER_BANK), **fields), None)
    assert bank.account(A).held == 0


def test_repeated_request_gets_the_first_outcome_whatever_has_changed(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = request_to(bank, OTHER_BANK)
    first = pay(request, None).transaction
    monkeypatch.setenv("CLEARING", "off")
    again = pay(replace(request, caller=customer(request_id="req_2")), None)
    assert (again.transaction.id, again.replayed, bank.account(A).held) == (first.id, True, 1250)


@pytest.mark.parametrize("result", ["match", "close_match", "not_possible"])
def test_verification_is_used_up_with_the_payment_and_told_with_it(bank: SmallBank, result: Result) -> None:
    verify(bank, OTHER_BANK, result)
    made = pay(request_to(bank, OTHER_BANK, verification_id=VERIFICATION_ID), None).transaction
    item = ClearingPayment.by_id(made.id)
    assert item
    assert (item.verification, is_used()) == (result, True)
    assert "has_accepted_mismatch" not in item.serialize()
    with pytest.raises(VerificationExpired):
        pay(request_to(bank, OTHER_BANK, verification_id=VERIFICATION_ID), None)


def test_payee_that_was_verified_when_it_was_saved_is_told_with_the_payment(bank: SmallBank) -> None:
    item = ClearingPayment.by_id(
        pay(request_to(bank, OTHER_BANK, saved_verification="close_match"), None).transaction.id
    )
    assert item
    assert item.verification == "close_match"


@pytest.mark.parametrize("iban", [OTHER_BANK, "own"])
def test_name_that_does_not_fit_is_paid_only_if_the_payer_accepts_it(bank: SmallBank, iban: str) -> None:
    to_iban = own_iban() if iban == "own" else iban
    verify(bank, to_iban, "no_match")
    request = request_to(bank, to_iban, verification_id=VERIFICATION_ID)
    with pytest.raises(PayeeMismatch):
        pay(request, None)
    assert not is_used()
    made = pay(replace(request, accept_mismatch=True), None).transaction
    assert made.status in {"posted", "pending"}
    assert is_used()
    item = ClearingPayment.by_id(made.id)
    assert (item.has_accepted_mismatch if item else iban == "own") is True


def test_verification_of_another_name_pays_nothing(bank: SmallBank) -> None:
    for to_iban in (OTHER_BANK, own_iban()):
        verify(bank, to_iban, "match")
        with pytest.raises(VerificationExpired):
            pay(request_to(bank, to_iban, to_name="Eve", verification_id=VERIFICATION_ID), None)
    assert not is_used()


def test_clearing_settles_no_other_currency_than_its_own(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    dollars = bank.open(id_of("acc", NOON, 8), 10_000)
    with pytest.raises(CurrencyMismatch, match="other banks are in EUR\\."):
        pay(request_to(bank, OTHER_BANK, from_account_id=dollars), None)
    monkeypatch.setenv("CLEARING_CURRENCIES", "SEK,GBP,EUR,CHF")
    with pytest.raises(CurrencyMismatch, match="other banks are in CHF, EUR, GBP, SEK\\."):
        pay(request_to(bank, OTHER_BANK, from_account_id=dollars), None)
    with pytest.raises(NotFound, match="no account acc_1"):
        pay(request_to(bank, OTHER_BANK, from_account_id="acc_1"), None)
