"""A forgotten password: a code by mail, and what it is good for."""

import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.services.crypto import bank_keys
from tests.api.helpers.bank import Api, AtTime, Reply, User, counted_calls, items, revealed
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream, audited

NEW = "a new and longer password"


def ask(client: Api, email: str) -> Reply:
    return client.post("/v1/auth/password/reset-requests", {"email": email})


def reset(client: Api, code: str, new: object = NEW, **headers: str) -> Reply:
    return client.post("/v1/auth/password/reset", {"token": code, "new_password": new}, headers=headers)


def log_in_with(client: Api, user: User, password: str) -> Reply:
    return client.post("/v1/auth/login", {"email": user.email, "password": password})


def refused(reply: Reply) -> str:
    """What is said of a code that is good for nothing."""
    assert reply.refused(422, "validation_failed").wrong_fields == ["token"]
    return str(reply.json["detail"])


@pytest.fixture
def stream(bank: People, streamed_bank: None) -> Stream:
    """Begun before there are people."""
    return Stream()


def test_a_code_from_the_mail_sets_a_new_password(
    client: Api, customer: User, mailbox: Mailbox, log_in: Callable[[str], User]
) -> None:
    other = log_in(customer.email)
    ask(client, customer.email.upper()).ok(202)
    with counted_calls() as calls:
        done = reset(client, mailbox.code_for(customer.email), **{"User-Agent": "curl/8"})
    assert (done.status, done.text) == (204, "")
    # User and code, whose name it is, failures and devices; sessions and their end, the change, the other sessions; and
    # the mailer reads the user.
    assert calls == {"BatchGetItem": 2, "GetItem": 2, "Query": 2, "TransactWriteItems": 2}
    for session in (customer, other):
        client.get("/v1/user/profile", token=session.token).refused(401, "unauthorized")
        client.post("/v1/auth/refresh", {"refresh_token": session.refresh_token}).refused(401, "unauthorized")
    log_in_with(client, customer, customer.password).refused(401, "unauthorized")
    log_in_with(client, customer, NEW).ok()
    [entry] = items(type="login", outcome="password_reset")
    assert (entry["user_id"], revealed(entry)["user_agent"]) == (customer.user_id, "curl/8")
    assert "was changed" in mailbox.sent_to(customer.email)[-1]


@pytest.mark.parametrize("who", ["customer", "staff", "disabled", "unknown"])
def test_the_answer_tells_nothing_of_an_address(
    client: Api, admin: User, customer: User, teller: User, mailbox: Mailbox, who: str
) -> None:
    if who == "disabled":
        client.patch(f"/v1/users/{customer.user_id}", {"status": "disabled"}, token=admin.token).ok()
    email = {"staff": teller.email, "unknown": "nobody-here@example.com"}.get(who, customer.email)
    mailbox.held = True
    with counted_calls() as calls:
        reply = ask(client, email)
    assert not calls
    assert reply.ok(202)["detail"].startswith("If this email address is registered")
    assert set(reply.json) == {"detail"}
    [order] = mailbox.orders
    assert order == {"kind": "password_reset", "to": bank_keys.email_hmac(email), "request_id": order["request_id"]}
    before = items()
    mailbox.deliver(order)
    assert len(mailbox.sent_to(email)) == (1 if who in ("customer", "staff") else 0) == len(mailbox.mails)
    assert (items() == before) is (not mailbox.mails)


def test_a_code_is_good_once(client: Api, customer: User, mailbox: Mailbox) -> None:
    ask(client, customer.email)
    code = mailbox.code_for(customer.email)
    assert reset(client, code).status == 204
    refused(reset(client, code, "another new password"))
    log_in_with(client, customer, NEW).ok()


def test_of_two_at_once_one_is_served(client: Api, customer: User, mailbox: Mailbox) -> None:
    ask(client, customer.email)
    code = mailbox.code_for(customer.email)
    with just_before("TransactWriteItems", lambda: reset(client, code, "the other one's password")):
        refused(reset(client, code))
    log_in_with(client, customer, "the other one's password").ok()


def test_a_newer_code_replaces_an_older_one(client: Api, customer: User, mailbox: Mailbox) -> None:
    ask(client, customer.email)
    first = mailbox.code_for(customer.email)
    ask(client, customer.email)
    refused(reset(client, first))
    assert reset(client, mailbox.code_for(customer.email)).status == 204


def test_a_code_lasts_thirty_minutes(client: Api, customer: User, mailbox: Mailbox, at_time: AtTime) -> None:
    at_time(timedelta())
    ask(client, customer.email)
    code = mailbox.code_for(customer.email)
    at_time(timedelta(minutes=30, seconds=1))
    refused(reset(client, code))
    at_time(timedelta(minutes=29, seconds=58))
    assert reset(client, code).status == 204


def test_whatever_is_wrong_with_a_code_the_words_are_the_same(
    client: Api, admin: User, customer: User, other_customer: User, mailbox: Mailbox
) -> None:
    ask(client, customer.email)
    code = mailbox.code_for(customer.email)
    user_id, secret = code.split(".")
    wrong = ["x", secret, f"{user_id}.{'A' * 43}", f"{other_customer.user_id}.{secret}", code + "x", code.lower()]
    said = {refused(reset(client, one)) for one in wrong}
    before = items()
    said.add(refused(reset(client, f"usr_01ARZ3NDEKTSV4RRFFQ69G5FAV.{secret}")))
    assert items() == before
    client.patch(f"/v1/users/{customer.user_id}", {"status": "disabled"}, token=admin.token).ok()
    said.add(refused(reset(client, code)))
    assert len(said) == 1


def test_a_bad_new_password_is_named_and_uses_nothing_up(client: Api, customer: User, mailbox: Mailbox) -> None:
    ask(client, customer.email)
    code = mailbox.code_for(customer.email)
    assert reset(client, code, "short").refused(422, "validation_failed").wrong_fields == ["new_password"]
    assert reset(client, code).status == 204


def test_a_reset_lifts_a_lock_out(client: Api, customer: User, mailbox: Mailbox) -> None:
    for _ in range(5):
        log_in_with(client, customer, "a wrong password").refused(401, "unauthorized")
    ask(client, customer.email)
    assert reset(client, mailbox.code_for(customer.email)).status == 204
    log_in_with(client, customer, NEW).ok()


def test_a_change_that_overtakes_a_reset_wins(client: Api, customer: User, mailbox: Mailbox) -> None:
    ask(client, customer.email)
    change = {"current_password": customer.password, "new_password": "changed in between"}
    code = mailbox.code_for(customer.email)
    with just_before("Query", lambda: client.post("/v1/auth/password", change, token=customer.token)):
        refused(reset(client, code))
    log_in_with(client, customer, "changed in between").ok()


def test_three_requests_an_hour_lead_to_a_mail(client: Api, customer: User, mailbox: Mailbox, at_time: AtTime) -> None:
    for minute in range(0, 50, 10):
        at_time(timedelta(minutes=minute))
        ask(client, customer.email).ok(202)
    assert len(mailbox.sent_to(customer.email)) == 3
    at_time(timedelta(minutes=49))
    assert reset(client, mailbox.code_for(customer.email)).status == 204
    at_time(timedelta(minutes=60, seconds=1))
    ask(client, customer.email).ok(202)
    assert len([text for text in mailbox.sent_to(customer.email) if "code" in text]) == 4


def test_an_order_delivered_again_counts_once_and_sends_a_code_that_works(
    client: Api, customer: User, mailbox: Mailbox
) -> None:
    ask(client, customer.email)
    for _ in range(3):
        mailbox.deliver(mailbox.orders[0])
    [item] = items(type="password_reset")
    assert (len(json.loads(item["requests"])), item["version"]) == (1, 4)
    assert reset(client, mailbox.code_for(customer.email)).status == 204


def test_what_ses_refuses_is_tried_again_and_names_nobody(
    client: Api, customer: User, mailbox: Mailbox, log: io.StringIO
) -> None:
    mailbox.held = True
    ask(client, customer.email).ok(202)
    mailbox.refusal = "MessageRejected"
    with pytest.raises(Exception, match=r"^MessageRejected$") as raised:
        mailbox.deliver(mailbox.orders[0])
    assert raised.value.__suppress_context__
    mailbox.refusal = None
    mailbox.deliver(mailbox.orders[0])
    assert reset(client, mailbox.code_for(customer.email)).status == 204
    assert customer.email not in log.getvalue()


def test_when_the_mailer_is_too_busy_a_request_is_repeated_and_a_change_stands(
    client: Api, customer: User, mailbox: Mailbox
) -> None:
    mailbox.throttled = True
    assert ask(client, customer.email).refused(503, "unavailable").headers["Retry-After"]
    change = {"current_password": customer.password, "new_password": NEW}
    assert client.post("/v1/auth/password", change, token=customer.token).status == 204
    log_in_with(client, customer, NEW).ok()


def test_secrets_are_kept_as_a_hash_and_repeated_nowhere(
    stream: Stream,
    client: Api,
    customer: User,
    mailbox: Mailbox,
    log: io.StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    ask(client, customer.email)
    code = mailbox.code_for(customer.email)
    reset(client, code, "short")
    assert reset(client, code).status == 204
    stream.deliver()
    everywhere = f"{items()} {audited()} {mailbox.orders} {log.getvalue()} {capfd.readouterr()}"
    for secret in (code, code.partition(".")[2], NEW):
        assert secret not in everywhere
    assert "password reset" in everywhere
    told = [record for record in audited() if record["sk"].startswith("PASSWORD_RESET")]
    assert [record["event"] for record in told] == ["password_reset.created", "password_reset.used"]
    assert {record["actor"] for record in told} == {"anonymous", customer.user_id}


def test_a_change_of_password_is_told_by_mail(client: Api, customer: User, mailbox: Mailbox) -> None:
    change = {"current_password": customer.password, "new_password": NEW}
    assert client.post("/v1/auth/password", change, token=customer.token).status == 204
    [text] = mailbox.sent_to(customer.email)
    assert "was changed" in text
    assert customer.user_id not in text


def test_a_page_to_reset_at_is_linked_with_the_code_as_its_fragment(
    client: Api, customer: User, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESET_URL", "https://bank.example/reset")
    ask(client, customer.email)
    [text] = mailbox.sent_to(customer.email)
    assert f"https://bank.example/reset#{mailbox.code_for(customer.email)}\n" in text


def test_a_password_that_is_tried_first_does_not_use_up_the_code(client: Api, customer: User, mailbox: Mailbox) -> None:
    ask(client, customer.email)
    code = mailbox.code_for(customer.email)
    assert reset(client, code, customer.email).refused(422, "validation_failed").wrong_fields == ["new_password"]
    assert reset(client, "x", customer.email).refused(422, "validation_failed").wrong_fields == ["token"]
    log_in_with(client, customer, customer.password).ok()
    assert reset(client, code).status == 204
