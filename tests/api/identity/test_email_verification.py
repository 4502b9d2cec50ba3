"""Verified e-mail addresses: a code by mail, and what is refused without."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.services.identity import authenticate
from chalicelib.services.identity.tokens import Principal
from tests.api.helpers.accounts import deposit, opened, transfer, withdraw
from tests.api.helpers.bank import Api, AtTime, Json, Reply, User, counted_calls, items
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream, audited

PERSON = {"password": "correct horse battery staple", "first_name": "Ada", "last_name": "Lovelace"}


def ask(client: Api, user: User) -> Reply:
    return client.post("/v1/auth/email/verification-requests", token=user.token)


def verify(client: Api, user: User, code: object) -> Reply:
    return client.post("/v1/auth/email/verify", {"code": code}, token=user.token)


def verified(client: Api, user: User, mailbox: Mailbox) -> str:
    """Verify somebody's address; return the code."""
    ask(client, user).ok(202)
    code = mailbox.code_for(user.email)
    assert verify(client, user, code).status == 204
    return code


def refused(reply: Reply) -> str:
    """What is said of a code that is good for nothing."""
    assert reply.refused(422, "validation_failed").wrong_fields == ["code"]
    return str(reply.json["detail"])


@pytest.fixture(autouse=True)
def required(bank: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Require it, as the stages dev and prod do."""
    monkeypatch.setenv("EMAIL_VERIFICATION", "on")


@pytest.fixture
def account(client: Api, customer: User) -> Json:
    return opened(client, customer, "100.00")


@pytest.fixture
def gateways_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember what the authorizer said of a token, as API Gateway does."""
    known: dict[str, Principal] = {}
    principal_of = authenticate.principal_of

    def remembered(authorization: str) -> Principal:
        if authorization not in known:
            known[authorization] = principal_of(authorization)
        return known[authorization]

    monkeypatch.setattr(authenticate, "principal_of", remembered)


def test_a_code_goes_to_the_address_at_sign_up(client: Api, mailbox: Mailbox, log_in: Callable[[str], User]) -> None:
    client.post("/v1/auth/register", PERSON | {"email": "new@example.com"}).ok(201)
    assert [order["kind"] for order in mailbox.orders] == ["email_verification"]
    user = log_in("new@example.com")
    assert client.get("/v1/user/profile", token=user.token).ok()["email_verified"] is False
    assert verify(client, user, mailbox.code_for("new@example.com")).status == 204
    assert client.get("/v1/user/profile", token=user.token).ok()["email_verified"] is True


def test_a_sign_up_stands_though_no_mail_can_be_ordered(client: Api, mailbox: Mailbox) -> None:
    mailbox.throttled = True
    client.post("/v1/auth/register", PERSON | {"email": "new@example.com"}).ok(201)


def test_no_mail_is_sent_at_sign_up_where_none_is_required(
    client: Api, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_VERIFICATION", "off")
    client.post("/v1/auth/register", PERSON | {"email": "new@example.com"}).ok(201)
    assert mailbox.orders == []


def test_until_then_no_money_leaves_by_the_customers_own_request(
    client: Api, customer: User, account: Json, mailbox: Mailbox
) -> None:
    other = opened(client, customer)
    paths = ("/v1/auth/email/verification-requests", "/v1/auth/email/verify")
    for reply in (
        withdraw(client, customer, account, "1.00", key="w"),
        transfer(client, customer, account, other, "1.00", key="t"),
    ):
        detail = reply.refused(403, "forbidden").json["detail"]
        assert all(path in detail for path in paths)
    assert client.get(f"/v1/accounts/{account['id']}", token=customer.token).ok()["balance"] == "100.00"
    deposit(client, customer, account, "1.00").ok(201)
    verified(client, customer, mailbox)
    withdraw(client, customer, account, "1.00", key="w").ok(201)
    transfer(client, customer, account, other, "1.00", key="t").ok(201)


def test_staff_pay_for_a_customer_whose_address_is_not_verified(client: Api, teller: User, account: Json) -> None:
    withdraw(client, teller, account, "1.00").ok(201)


def test_a_joint_holder_needs_an_address_of_its_own(
    client: Api, admin: User, customer: User, other_customer: User, account: Json, mailbox: Mailbox
) -> None:
    verified(client, customer, mailbox)
    path = f"/v1/accounts/{account['id']}/holders/{other_customer.customer_id}"
    client.put(path, {"rights": "pay"}, token=admin.token).ok()
    withdraw(client, other_customer, account, "1.00").refused(403, "forbidden")
    withdraw(client, customer, account, "1.00").ok(201)


def test_the_check_reads_nothing_once_the_session_knows(
    client: Api, customer: User, account: Json, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted_calls() as calls:
        withdraw(client, customer, account, "1.00").refused(403, "forbidden")
    assert calls == {"GetItem": 2}  # the authorizer's, and the user
    verified(client, customer, mailbox)
    withdraw(client, customer, account, "1.00").ok(201)
    with counted_calls() as calls:
        withdraw(client, customer, account, "1.00").ok(201)
    monkeypatch.setenv("EMAIL_VERIFICATION", "off")
    with counted_calls() as without:
        withdraw(client, customer, account, "1.00").ok(201)
    assert calls == without


def test_a_verification_counts_at_once_though_the_gateway_remembers_the_session_from_before(
    client: Api, customer: User, account: Json, mailbox: Mailbox, gateways_memory: None
) -> None:
    withdraw(client, customer, account, "1.00").refused(403, "forbidden")
    verified(client, customer, mailbox)
    withdraw(client, customer, account, "1.00").ok(201)


def test_other_sessions_and_later_ones_know_it_too(
    client: Api, customer: User, account: Json, mailbox: Mailbox, log_in: Callable[[str], User]
) -> None:
    before = log_in(customer.email)
    verified(client, customer, mailbox)
    withdraw(client, before, account, "1.00").ok(201)
    after = log_in(customer.email)
    tokens = client.post("/v1/auth/refresh", {"refresh_token": before.refresh_token}).ok()
    for token in (after.token, tokens["access_token"]):
        with counted_calls() as calls:
            body = {"account_id": account["id"], "amount": "1.00"}
            client.post("/v1/transactions/withdraw", body, token=token, key=token[-60:]).ok(201)
        assert calls["GetItem"] == 1, "the authorizer's, and no user"


def test_a_password_reset_verifies_the_address_as_well(
    client: Api, customer: User, account: Json, mailbox: Mailbox, log_in: Callable[[str], User]
) -> None:
    client.post("/v1/auth/password/reset-requests", {"email": customer.email}).ok(202)
    body = {"token": mailbox.code_for(customer.email), "new_password": PERSON["password"]}
    assert client.post("/v1/auth/password/reset", body).status == 204
    withdraw(client, log_in(customer.email), account, "1.00").ok(201)


def test_a_code_is_good_for_its_user_only(client: Api, customer: User, other_customer: User, mailbox: Mailbox) -> None:
    """Somebody signs up with another's address: the owner of the mailbox has no session of that user, and its code does
    nothing for the owner's own one."""
    ask(client, customer).ok(202)
    code = mailbox.code_for(customer.email)
    ask(client, other_customer).ok(202)
    refused(verify(client, other_customer, code))
    _, secret = code.split(".")
    refused(verify(client, other_customer, f"{other_customer.user_id}.{secret}"))
    assert verify(client, customer, code).status == 204
    assert client.get("/v1/user/profile", token=other_customer.token).ok()["email_verified"] is False


def test_whatever_is_wrong_with_a_code_the_words_are_the_same(client: Api, customer: User, mailbox: Mailbox) -> None:
    said = {refused(verify(client, customer, f"{customer.user_id}.{'A' * 43}"))}
    ask(client, customer)
    old = mailbox.code_for(customer.email)
    ask(client, customer)
    said |= {refused(verify(client, customer, one)) for one in (old, "x", old + "x", old.lower(), old.split(".")[1])}
    assert len(said) == 1
    assert verify(client, customer, mailbox.code_for(customer.email)).status == 204


def test_a_code_lasts_a_day(
    client: Api, customer: User, mailbox: Mailbox, at_time: AtTime, log_in: Callable[[str], User]
) -> None:
    at_time(timedelta())
    ask(client, customer)
    code = mailbox.code_for(customer.email)
    at_time(timedelta(hours=24))
    refused(verify(client, log_in(customer.email), code))
    at_time(timedelta(hours=24, seconds=-1))
    assert verify(client, log_in(customer.email), code).status == 204


def test_three_requests_an_hour_lead_to_a_mail(client: Api, customer: User, mailbox: Mailbox) -> None:
    for _ in range(5):
        ask(client, customer).ok(202)
    assert len(mailbox.sent_to(customer.email)) == 3


def test_one_who_is_verified_gets_no_mail_and_may_repeat_the_verification(
    client: Api, customer: User, mailbox: Mailbox
) -> None:
    code = verified(client, customer, mailbox)
    before = items()
    ask(client, customer).ok(202)
    assert verify(client, customer, code).status == 204
    assert items() == before
    assert len(mailbox.sent_to(customer.email)) == 1


def test_of_two_verifications_at_once_both_are_answered(client: Api, customer: User, mailbox: Mailbox) -> None:
    ask(client, customer)
    code = mailbox.code_for(customer.email)
    others: list[Reply] = []
    with just_before("TransactWriteItems", lambda: others.append(verify(client, customer, code))):
        assert verify(client, customer, code).status == 204
    assert [reply.status for reply in others] == [204]
    [user] = items(type="user", id=customer.user_id)
    assert user["version"] == 2


def test_a_session_that_has_just_ended_verifies_nothing(client: Api, customer: User, mailbox: Mailbox) -> None:
    ask(client, customer)
    code = mailbox.code_for(customer.email)
    with just_before("TransactWriteItems", lambda: client.post("/v1/auth/logout", token=customer.token)):
        verify(client, customer, code).refused(401, "unauthorized")
    [user] = items(type="user", id=customer.user_id)
    assert "email_verified_at" not in user


def test_both_need_a_session(client: Api) -> None:
    client.post("/v1/auth/email/verification-requests").refused(401, "unauthorized")
    client.post("/v1/auth/email/verify", {"code": "x"}).refused(401, "unauthorized")


def test_a_code_is_kept_as_a_hash_and_repeated_nowhere(
    empty_bank: None, client: Api, mailbox: Mailbox, log: io.StringIO, log_in: Callable[[str], User]
) -> None:
    stream = Stream()
    client.post("/v1/auth/register", PERSON | {"email": "new@example.com"}).ok(201)
    code = mailbox.code_for("new@example.com")
    assert verify(client, log_in("new@example.com"), code).status == 204
    stream.deliver()
    assert code.partition(".")[2] not in f"{items()} {audited()} {mailbox.orders} {log.getvalue()}"
    told = [record["event"] for record in audited() if record["sk"].startswith("EMAIL_VERIFICATION")]
    assert told == ["email_verification.created", "email_verification.used"]
