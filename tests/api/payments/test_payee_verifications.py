"""Verifications of payees: what a name tells, to whom, how often, and for how long."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.errors import TooManyAttempts
from chalicelib.domain.payments.iban import BankIdentifier
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment
from chalicelib.models import transact
from chalicelib.models.payments.payee_verification import PayeeVerification
from chalicelib.services.crypto import bank_keys
from chalicelib.services.payments import payee_verifications
from tests.api.helpers.accounts import closed, opened
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.holders import put_holder
from tests.api.helpers.race import just_before

PATH = "/v1/payee-verifications"


def verify(client: Api, user: User, iban: str, name: str, key: str | None = None) -> Reply:
    return client.post(PATH, {"iban": iban, "name": name}, token=user.token, key=key)


def named(client: Api, customer: User) -> str:
    found = client.get(f"/v1/customers/{customer.customer_id}", token=customer.token).ok()
    return f"{found['first_name']} {found['last_name']}"


def as_caller(user: User) -> Caller:
    return Caller(user.user_id, "customer", "r", customer_id=user.customer_id)


def stored(verification: Json, user: User) -> PayeeVerification:
    found = PayeeVerification.find(*PayeeVerification.key(user.user_id, verification["id"]))
    assert found is not None
    return found


def test_a_name_matches_is_close_or_does_not_fit(client: Api, customer: User, other_customer: User) -> None:
    iban, right = opened(client, other_customer)["iban"], named(client, other_customer)
    match = verify(client, customer, iban.lower(), right.upper()).ok(201)
    assert (match["result"], match["matched_name"]) == ("match", None)
    close = verify(client, customer, iban, f"{right[0]}. {right.split()[-1]}").ok(201)
    assert (close["result"], close["matched_name"]) == ("close_match", right)
    wrong = verify(client, customer, iban, "Somebody Else").ok(201)
    assert (wrong["result"], wrong["matched_name"]) == ("no_match", None)


def test_a_joint_holder_s_name_fits_too(
    client: Api, customer: User, other_customer: User, new_customer: Callable[[], User], teller: User
) -> None:
    account, holder = opened(client, other_customer), new_customer()
    put_holder(client, teller, account, holder, "view").ok()
    assert verify(client, customer, account["iban"], named(client, holder)).ok(201)["result"] == "match"


def test_accounts_of_other_banks_cannot_be_verified(client: Api, customer: User) -> None:
    assert verify(client, customer, "DE89370400440532013000", "Ada").ok(201)["result"] == "not_possible"


def test_an_iban_that_is_mistyped_unknown_or_of_a_closed_account_is_refused_and_not_counted(
    client: Api, customer: User, other_customer: User
) -> None:
    account = opened(client, other_customer)
    assert verify(client, customer, "DE88", "Ada").refused(422, "validation_failed").wrong_fields == ["iban"]
    verify(client, customer, BankIdentifier("LV", "FLRN").iban_of("000000000001"), "Ada").refused(404, "not_found")
    closed(client, other_customer, account)
    verify(client, customer, account["iban"], "Ada").refused(422, "account_closed")
    assert items(type="payee_verification_count") == []


def test_a_user_can_ask_twenty_times_an_hour(
    client: Api, customer: User, other_customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payee_verifications, "ASKED_MAX", 3)
    account = opened(client, other_customer)
    asked = [verify(client, customer, account["iban"], f"Name {one}", key=f"k{one}").ok(201) for one in range(3)]
    refused = verify(client, customer, account["iban"], "Another").refused(429, "too_many_attempts")
    assert 3500 < int(refused.headers["Retry-After"]) <= 3600
    assert verify(client, customer, account["iban"], "Name 0", key="k0").ok(201)["id"] == asked[0]["id"]
    verify(client, other_customer, account["iban"], "Another").ok(201)
    later = clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    for _ in range(3):
        payee_verifications.verify(as_caller(customer), None, account["iban"], "Another")
    with pytest.raises(TooManyAttempts):
        payee_verifications.verify(as_caller(customer), None, account["iban"], "Another")


def test_requests_at_once_do_not_exceed_the_limit(
    client: Api, customer: User, other_customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payee_verifications, "ASKED_MAX", 1)
    account = opened(client, other_customer)
    with just_before("TransactWriteItems", lambda: verify(client, customer, account["iban"], "First").ok(201)):
        verify(client, customer, account["iban"], "Second").refused(429, "too_many_attempts")
    assert len(items(type="payee_verification")) == 1


def test_a_key_verifies_once(client: Api, customer: User, other_customer: User) -> None:
    iban, right = opened(client, other_customer)["iban"], named(client, other_customer)
    typo = right.replace(right[-2:], right[-1] + right[-2])
    first, again = (verify(client, customer, iban, typo, key="k").ok(201) for _ in range(2))
    assert first == again
    assert len(items(type="payee_verification")) == 1
    verify(client, customer, iban, "Other", key="k").refused(409, "idempotency_key_reused")


def test_a_verification_is_for_one_user_name_and_iban_a_quarter_of_an_hour_and_one_use(
    client: Api, customer: User, other_customer: User
) -> None:
    iban, right = opened(client, other_customer)["iban"], named(client, other_customer)
    found = verify(client, customer, iban, right).ok(201)
    assert PayeeVerification.find(*PayeeVerification.key(other_customer.user_id, found["id"])) is None
    item, now, mark = stored(found, customer), clock.now(), bank_keys.payee_hmac(iban, right)
    assert item.is_good(mark, now)
    assert not item.is_good(bank_keys.payee_hmac(iban, right + " "), now)
    assert not item.is_good(bank_keys.payee_hmac("DE89370400440532013000", right), now)
    assert timedelta(minutes=14) < moment(found["expires_at"]) - now <= timedelta(minutes=15)
    assert not item.is_good(mark, moment(found["expires_at"]))
    transact.commit([item.use_up(as_caller(customer), now)], "r")
    assert not stored(found, customer).is_good(mark, now)
    with pytest.raises(transact.Cancelled):
        transact.commit([item.use_up(as_caller(customer), now)], "s")


def test_neither_name_nor_iban_is_stored(client: Api, customer: User, other_customer: User) -> None:
    iban, right = opened(client, other_customer)["iban"], named(client, other_customer)
    verify(client, customer, iban, right, key="k").ok(201)
    written = str(items(type="payee_verification") + items(type="payee_verification_count") + items(type="key"))
    assert iban not in written
    assert right not in written


def test_staff_verify_no_payees(client: Api, teller: User, auditor: User) -> None:
    for user in (teller, auditor):
        verify(client, user, "DE89370400440532013000", "Ada").refused(403, "forbidden")
