"""Comparing a name with the holders of an IBAN: what is told, how often one may ask, and that a key asks once."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import config
from chalicelib.domain.accounts.account_number import account_number
from chalicelib.domain.errors import (
    AccountClosed,
    IdempotencyKeyReused,
    NotFound,
    OutcomeUnknown,
    TooManyAttempts,
    ValidationFailed,
)
from chalicelib.domain.payments.payee_name import Comparison
from chalicelib.models.customers.customer import Customer
from chalicelib.models.payments.payee_verification import PayeeVerification, VerificationCount
from chalicelib.models.uniqueness import UniqueKey
from chalicelib.services.crypto import bank_keys, personal_fields
from chalicelib.services.crypto.bank_keys import SecretKeys
from chalicelib.services.payments import payee_question
from chalicelib.services.payments.payee_verifications import ASKED_MAX, compare_with_holders, verify
from tests.fake_dynamodb.wire import GET, WRITE, after, conflict, lost, served
from tests.small_bank import NOON, NOON_TEXT, A, B, SmallBank, customer, staff

NUMBER, UNUSED = account_number(1234567890), account_number(1234567891)
NOON_SECONDS = int(NOON.timestamp())
NAMES: dict[str, tuple[str | None, ...]] = {
    "cus_2": ("Ada", "Maria", "Lovelace"),
    "cus_3": ("Grace", None, "Hopper"),
    "cus_4": ("Alan", None, "Turing"),
}


def reveal(items: list[Any]) -> list[dict[str, str | None]]:
    """Stand in for the keys of customers, which are at KMS."""
    return [dict(zip(("first_name", "middle_name", "last_name"), NAMES[item.id], strict=True)) for item in items]


@pytest.fixture(autouse=True)
def people(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have an account of customer 2, held jointly by customer 3 and by customer 4, who is being erased."""
    monkeypatch.setattr(bank_keys, "secret_keys", lambda: SecretKeys("kid", None, b"key"))
    monkeypatch.setattr(personal_fields, "reveal", reveal)
    bank.open(A, 100, owner=2, holders={"cus_3": "view", "cus_4": "pay"})
    bank.put(UniqueKey.of_number(NUMBER, A).stamp(staff(), NOON_TEXT))
    for customer_id, status in (("cus_2", "active"), ("cus_3", "active"), ("cus_4", "erasing")):
        item = Customer(*Customer.key(customer_id), id=customer_id, status=status)
        bank.put(item.stamp(staff(), NOON_TEXT))


def iban(number: str = NUMBER) -> str:
    return config.bank_identifier().iban_of(number)


def ask(name: str = "Ada Lovelace", number: str = NUMBER, user: int = 1) -> tuple[str, str | None]:
    """Return the result, and the name that is told."""
    made, _ = verify(customer(user), None, iban(number), name)
    return made.item.result, made.matched_name


def count_of(user_id: str = "usr_1") -> VerificationCount | None:
    return VerificationCount.find(*VerificationCount.key(user_id))


@pytest.mark.parametrize(
    ("name", "result", "told"),
    [
        ("Ada Maria Lovelace", "match", None),
        ("Ada Maria Lovelaec", "close_match", "Ada Maria Lovelace"),
        ("Grace Hopper", "match", None),
        ("Grace Hoppre", "close_match", "Grace Hopper"),
        ("Alan Turing", "no_match", None),
        ("Somebody Else", "no_match", None),
    ],
)
def test_name_is_compared_with_all_holders_who_are_active(name: str, result: str, told: str | None) -> None:
    assert ask(name) == (result, told)


def test_account_of_another_bank_cannot_be_verified() -> None:
    made, replayed = verify(customer(), None, "DE89370400440532013000", "Ada Lovelace")
    assert (made.item.result, made.matched_name, replayed) == ("not_possible", None, False)


def test_verification_is_stored_for_a_quarter_of_an_hour_without_name_and_iban(bank: SmallBank) -> None:
    made, replayed = verify(customer(), None, iban(), "Ada Maria Lovelace")
    found = PayeeVerification.find(*PayeeVerification.key("usr_1", made.item.id))
    assert found
    assert (found.user_id, found.status, found.result, replayed) == ("usr_1", "open", "match", False)
    assert (found.expires_at, found.created_at) == (NOON_SECONDS + 900, NOON_TEXT)
    assert found.id.startswith("pvf_")
    assert found.is_good(bank_keys.payee_hmac(iban(), "Ada Maria Lovelace"), NOON)
    assert "Lovelace" not in str(found.serialize())


@pytest.mark.parametrize("given", ["", "LV00FLRN", "DE88370400440532013000"])
def test_mistyped_iban_is_refused_and_not_counted(given: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        verify(customer(), None, given, "Ada")
    assert [error.field for error in refused.value.errors] == ["iban"]
    assert count_of() is None


def test_number_that_no_account_has_and_a_closed_account_are_refused(bank: SmallBank) -> None:
    with pytest.raises(NotFound):
        ask(number=UNUSED)
    bank.open(A, owner=2, status="closed")
    with pytest.raises(AccountClosed):
        ask()
    with pytest.raises(NotFound, match=f"no account {B}"):
        compare_with_holders(B, "Ada")
    assert count_of() is None


def test_frozen_account_can_be_verified(bank: SmallBank) -> None:
    bank.open(A, owner=2, status="frozen")
    assert ask("Ada Maria Lovelace") == ("match", None)


def test_user_may_ask_so_often_an_hour_and_is_told_when_again(bank: SmallBank) -> None:
    for _ in range(ASKED_MAX):
        ask()
        bank.later(seconds=1)
    with pytest.raises(TooManyAttempts, match="at most 20 payees an hour") as refused:
        ask()
    assert refused.value.retry_after_seconds == 3600 - ASKED_MAX
    ask(user=5)  # each user counts alone
    bank.later(seconds=3600 - ASKED_MAX - 1)
    with pytest.raises(TooManyAttempts) as refused:
        ask()
    assert refused.value.retry_after_seconds == 1
    bank.later(seconds=1)
    ask()
    with pytest.raises(TooManyAttempts):
        ask()
    counted = count_of()
    assert counted
    assert counted.asked_at == [*range(NOON_SECONDS + 1, NOON_SECONDS + ASKED_MAX), NOON_SECONDS + 3600]
    assert counted.expires_at == NOON_SECONDS + 7200


def test_user_who_asked_more_than_allowed_waits_for_the_last_but_so_many(bank: SmallBank) -> None:
    """A limit that was higher before leaves more times than are allowed now, in any order."""
    times = [NOON_SECONDS - 60 * number for number in range(25)]
    stored = VerificationCount(*VerificationCount.key("usr_1"), user_id="usr_1", asked_at=times)
    bank.put(stored.stamp(customer(), NOON_TEXT))
    with pytest.raises(TooManyAttempts) as refused:
        ask()
    assert refused.value.retry_after_seconds == 3600 - 60 * 19


def test_two_at_once_are_counted_both(bank: SmallBank) -> None:
    for _ in range(ASKED_MAX - 1):
        ask()
    bank.dynamodb.next(WRITE, after(ask))
    with pytest.raises(TooManyAttempts):
        ask()


def test_key_asks_once(bank: SmallBank) -> None:
    key = bank.key(customer())
    first, replayed = verify(customer(), key, iban(), "Ada Maria Lovelaec")
    again, replayed_again = verify(customer(), key, iban(), "Ada Maria Lovelaec")
    assert (replayed, replayed_again) == (False, True)
    assert (again.item.id, again.matched_name) == (first.item.id, "Ada Maria Lovelace")
    counted = count_of()
    assert counted
    assert counted.asked_at == [NOON_SECONDS]
    with pytest.raises(IdempotencyKeyReused):
        verify(customer(), type(key)(key.transaction_id, "another fingerprint"), iban(), "Ada")


def test_key_that_asks_twice_at_once_gets_one_verification(bank: SmallBank) -> None:
    key = bank.key(customer())
    found: list[str] = []
    bank.dynamodb.next(WRITE, after(lambda: found.append(verify(customer(), key, iban(), "Ada")[0].item.id)))
    made, replayed = verify(customer(), key, iban(), "Ada")
    assert (made.item.id, replayed) == (found[0], True)


def test_name_is_told_only_as_long_as_it_is_still_close(bank: SmallBank) -> None:
    key = bank.key(customer())
    verify(customer(), key, iban(), "Ada Maria Lovelaec")
    bank.open(A, 100, owner=3)
    again, _ = verify(customer(), key, iban(), "Ada Maria Lovelaec")
    assert (again.item.result, again.matched_name) == ("close_match", None)


def test_verification_whose_time_is_over_is_not_found_under_its_key(bank: SmallBank) -> None:
    key = bank.key(customer())
    made, _ = verify(customer(), key, iban(), "Ada")
    del bank.dynamodb.table("bank").items[PayeeVerification.key("usr_1", made.item.id)]
    with pytest.raises(NotFound, match=f"no verification {made.item.id}"):
        verify(customer(), key, iban(), "Ada")


def test_replay_that_cannot_be_read_leaves_the_outcome_open(bank: SmallBank) -> None:
    key = bank.key(customer())
    verify(customer(), key, "DE89370400440532013000", "Ada")
    bank.dynamodb.next(GET, served, lost, lost)
    with pytest.raises(OutcomeUnknown):
        verify(customer(), key, "DE89370400440532013000", "Ada")


def test_time_for_which_a_verification_counts_ends_after_an_hour(bank: SmallBank) -> None:
    ask()
    bank.now = NOON + timedelta(hours=1)
    ask()
    counted = count_of()
    assert counted
    assert counted.asked_at == [NOON_SECONDS + 3600]


def test_another_bank_is_asked_once_even_if_storing_is_repeated(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def answer(parsed: str, name: str) -> Comparison:
        asked.append((parsed, name))
        return Comparison("close_match", "Ben Okafor")

    monkeypatch.setattr(payee_question, "ask", answer)
    bank.dynamodb.next(WRITE, conflict(0))
    made, _ = verify(customer(1), None, "DE89 3704 0044 0532 0130 00", "B. Okafor")
    assert (made.item.result, made.matched_name) == ("close_match", "Ben Okafor")
    assert asked == [("DE89370400440532013000", "B. Okafor")]
