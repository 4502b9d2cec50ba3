"""Another e-mail address to sign in with: asked for with the password, taken with a code from the new mailbox."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.api.helpers.accounts import opened, withdraw
from tests.api.helpers.bank import Api, Reply, User, items
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.network import guess
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream, audited

NEW = "ada.king@example.com"


def change(client: Api, user: User, email: object = NEW, password: object = None) -> Reply:
    body = {"email": email, "current_password": user.password if password is None else password}
    return client.post("/v1/auth/email", body, token=user.token)


def verify(client: Api, user: User, code: str) -> Reply:
    return client.post("/v1/auth/email/verify", {"code": code}, token=user.token)


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    """Begun before there are people."""
    return Stream()


def email_of(client: Api, user: User) -> tuple[str, bool]:
    profile = client.get("/v1/user/profile", token=user.token).ok()
    return profile["email"], profile["email_verified"]


def test_the_new_address_replaces_the_old_one_when_its_code_is_used(
    client: Api, teller: User, customer: User, mailbox: Mailbox, log_in: Callable[[str], User]
) -> None:
    other = log_in(customer.email)
    change(client, customer, NEW).ok(202)
    assert email_of(client, customer) == (customer.email, False)
    guess(client, customer.email, customer.password).ok()
    assert verify(client, customer, mailbox.code_for(NEW)).status == 204
    assert email_of(client, customer) == (NEW, True)
    guess(client, NEW, customer.password).ok()
    guess(client, customer.email, customer.password).refused(401, "unauthorized")
    client.get("/v1/user/profile", token=other.token).refused(401, "unauthorized")
    client.post("/v1/auth/refresh", {"refresh_token": other.refresh_token}).refused(401, "unauthorized")
    for email, found in ((NEW, [customer.customer_id]), (customer.email, [])):
        listed = client.get(f"/v1/customers?email={email}", token=teller.token).ok()["data"]
        assert [one["id"] for one in listed] == found
    [stored] = items(type="email_verification")
    assert (stored.get("email"), stored.get("email_hmac"), stored["status"]) == (None, None, "used")


def test_session_that_begins_while_the_address_changes_ends(
    client: Api, customer: User, mailbox: Mailbox, log_in: Callable[[str], User]
) -> None:
    change(client, customer, NEW).ok(202)
    begun: list[User] = []
    with just_before("TransactWriteItems", lambda: begun.append(log_in(customer.email))):
        assert verify(client, customer, mailbox.code_for(NEW)).status == 204
    client.get("/v1/user/profile", token=begun[0].token).refused(401, "unauthorized")
    assert email_of(client, customer) == (NEW, True)


def test_staff_change_theirs_as_well(client: Api, teller: User, mailbox: Mailbox) -> None:
    change(client, teller).ok(202)
    assert verify(client, teller, mailbox.code_for(NEW)).status == 204
    assert email_of(client, teller) == (NEW, True)


def test_the_present_address_gets_a_notice_and_the_new_one_the_code(
    client: Api, customer: User, mailbox: Mailbox
) -> None:
    change(client, customer).ok(202)
    [notice], [mail] = mailbox.sent_to(customer.email), mailbox.sent_to(NEW)
    assert "asked to replace this address" in notice
    assert NEW not in notice
    assert customer.email not in mail


def test_a_thief_of_a_session_needs_the_password_and_each_guess_counts(
    client: Api, customer: User, mailbox: Mailbox
) -> None:
    for _ in range(5):
        refused = change(client, customer, password="a wrong password").refused(422, "validation_failed")
        assert refused.wrong_fields == ["current_password"]
    change(client, customer).refused(429, "too_many_attempts")
    assert mailbox.mails == []


def test_a_code_proves_the_address_that_it_was_sent_to_and_no_other(
    client: Api, customer: User, mailbox: Mailbox
) -> None:
    """Between two requests, or back again, a code for one address cannot be had from another mailbox."""
    client.post("/v1/auth/email/verification-requests", token=customer.token).ok(202)
    for_own = mailbox.code_for(customer.email)
    change(client, customer).ok(202)
    for_new = mailbox.code_for(NEW)
    verify(client, customer, for_own).refused(422, "validation_failed")
    change(client, customer, "victim@example.com").ok(202)
    verify(client, customer, for_new).refused(422, "validation_failed")
    assert email_of(client, customer) == (customer.email, False)


def test_a_code_that_was_sent_before_another_address_was_asked_for_is_void(
    client: Api, customer: User, mailbox: Mailbox
) -> None:
    """The mailer is about to send the code for the first address when the second one is asked for."""
    mailbox.held = True
    change(client, customer).ok(202)
    first = mailbox.orders[0]
    mailbox.held = False
    with just_before("TransactWriteItems", lambda: change(client, customer, "victim@example.com")):
        mailbox.deliver(first)
    verify(client, customer, mailbox.code_for(NEW)).refused(422, "validation_failed")
    assert email_of(client, customer) == (customer.email, False)


def test_one_s_own_address_takes_the_request_back(client: Api, customer: User, mailbox: Mailbox) -> None:
    change(client, customer).ok(202)
    code = mailbox.code_for(NEW)
    change(client, customer, customer.email).ok(202)
    verify(client, customer, code).refused(422, "validation_failed")
    assert verify(client, customer, mailbox.code_for(customer.email)).status == 204
    assert email_of(client, customer) == (customer.email, True)


def test_whether_somebody_has_the_new_address_only_its_owner_learns(
    client: Api, customer: User, other_customer: User, mailbox: Mailbox
) -> None:
    taken, free = change(client, customer, other_customer.email), change(client, customer)
    assert taken.ok(202) == free.ok(202)
    change(client, customer, other_customer.email).ok(202)
    verify(client, customer, mailbox.code_for(other_customer.email)).refused(409, "conflict")
    assert email_of(client, customer) == (customer.email, False)
    assert email_of(client, other_customer) == (other_customer.email, False)


def test_the_old_address_is_free_afterwards(client: Api, customer: User, mailbox: Mailbox) -> None:
    change(client, customer).ok(202)
    assert verify(client, customer, mailbox.code_for(NEW)).status == 204
    person = {"email": customer.email, "password": customer.password, "first_name": "Eve", "last_name": "Money"}
    client.post("/v1/auth/register", person).ok(201)


def test_a_reset_code_in_the_old_mailbox_is_worth_nothing_afterwards(
    client: Api, customer: User, mailbox: Mailbox
) -> None:
    client.post("/v1/auth/password/reset-requests", {"email": customer.email}).ok(202)
    old = mailbox.code_for(customer.email)
    change(client, customer).ok(202)
    assert verify(client, customer, mailbox.code_for(NEW)).status == 204
    body = {"token": old, "new_password": "a new and longer password"}
    client.post("/v1/auth/password/reset", body).refused(422, "validation_failed")


def test_a_verified_customer_pays_while_a_new_address_waits(
    client: Api, customer: User, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_VERIFICATION", "on")
    account = opened(client, customer, "10.00")
    client.post("/v1/auth/email/verification-requests", token=customer.token).ok(202)
    assert verify(client, customer, mailbox.code_for(customer.email)).status == 204
    change(client, customer).ok(202)
    withdraw(client, customer, account, "1.00").ok(201)


def test_three_requests_an_hour_are_answered_and_a_fourth_is_no_failed_log_in(
    client: Api, customer: User, mailbox: Mailbox, at_time: Callable[[timedelta], None]
) -> None:
    at_time(timedelta())
    for number in range(3):
        change(client, customer, f"{number}@example.com").ok(202)
    for _ in range(5):
        refused = change(client, customer).refused(429, "too_many_attempts")
        assert refused.headers["Retry-After"] == "3600"
    guess(client, customer.email, customer.password).ok()
    assert len(mailbox.sent_to(customer.email)) == 3


def test_a_customer_who_is_erased_meanwhile_keeps_no_new_address(
    client: Api, admin: User, customer: User, mailbox: Mailbox
) -> None:
    change(client, customer).ok(202)
    client.delete(f"/v1/customers/{customer.customer_id}", token=admin.token).ok()
    [stored] = items(type="email_verification")
    assert (stored.get("email"), stored.get("email_hmac")) == (None, None)


def test_neither_address_is_stored_or_repeated_in_plaintext(
    stream: Stream, client: Api, customer: User, mailbox: Mailbox, log: io.StringIO
) -> None:
    change(client, customer).ok(202)
    before = str(items())
    code = mailbox.code_for(NEW)
    assert verify(client, customer, code).status == 204
    stream.deliver()
    everywhere = f"{before} {items()} {audited()} {mailbox.orders} {log.getvalue()}"
    for secret in (NEW, customer.email, code.partition(".")[2]):
        assert secret not in everywhere


@pytest.mark.parametrize("email", ["", "x", None, 1, "a b@example.com"])
def test_a_bad_address_is_named(client: Api, customer: User, email: object) -> None:
    assert change(client, customer, email).refused(422, "validation_failed").wrong_fields == ["email"]


def test_it_needs_a_session(client: Api) -> None:
    client.post("/v1/auth/email", {"email": NEW, "current_password": "x"}).refused(401, "unauthorized")
