"""Who a customer is: reviewed by staff, ended by time or by another name; and what it gates."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib import clock
from tests.api.helpers.accounts import new_key
from tests.api.helpers.bank import Api, AtTime, Json, User
from tests.api.helpers.customers import edit, read, review
from tests.api.helpers.race import just_before

REASON = "Passport seen at the counter"


def status(client: Api, user: User, customer: User) -> str:
    return str(read(client, user, customer.customer_id)["kyc"]["status"])


def days_ahead(days: int) -> str:
    return (clock.now() + timedelta(days=days)).date().isoformat()


def test_staff_review_and_customers_see_the_outcome_only(
    client: Api, customer: User, teller: User, auditor: User
) -> None:
    ends = days_ahead(30)
    reviewed = review(client, teller, customer.customer_id, "verified", expires_on=ends).ok()
    assert reviewed["version"] == 2
    told = {"status": "verified", "reviewed_at": reviewed["updated_at"], "expires_on": ends}
    assert reviewed["kyc"] == told | {"reason": REASON, "reviewed_by": teller.user_id}
    assert read(client, auditor, customer.customer_id)["kyc"] == reviewed["kyc"]
    mine = read(client, customer, customer.customer_id)
    profile = client.get("/v1/user/profile", token=customer.token).ok()
    assert mine["kyc"] == profile["customer"]["kyc"] == told | {"reason": None, "reviewed_by": None}
    for user in (customer, auditor):
        review(client, user, customer.customer_id, "rejected").refused(403, "forbidden")


def test_steps_follow_the_diagram(client: Api, customer: User, teller: User) -> None:
    for step in ("rejected", "pending", "verified", "verified", "expired", "verified", "rejected"):
        review(client, teller, customer.customer_id, step).ok()
    for step in ("verified", "rejected", "expired"):
        review(client, teller, customer.customer_id, step).refused(409, "conflict")
    assert status(client, customer, customer) == "rejected"


def test_a_verification_ends_after_its_last_day(
    client: Api, customer: User, teller: User, log_in: Callable[[str], User], at_time: AtTime
) -> None:
    review(client, teller, customer.customer_id, "verified", expires_on=days_ahead(0)).ok()
    assert status(client, customer, customer) == "verified"
    at_time(timedelta(days=1))
    again = log_in(teller.email)
    assert status(client, again, customer) == "expired"
    assert review(client, again, customer.customer_id, "verified").ok()["kyc"]["expires_on"] is None


def test_another_name_needs_another_look(client: Api, customer: User, teller: User) -> None:
    mine = customer.customer_id
    for edits in ({"last_name": "King"}, {"date_of_birth": "1990-01-01"}, {"national_id": "AB-1234"}):
        review(client, teller, mine, "verified", expires_on=days_ahead(9)).ok()
        assert edit(client, customer, mine, phone="+442071234567").ok()["kyc"]["status"] == "verified"
        edit(client, customer, mine, phone=None).ok()
        edited = edit(client, teller, mine, **edits).ok()
        assert edited["kyc"] == dict.fromkeys(edited["kyc"]) | {"status": "pending"}
    review(client, teller, mine, "verified").ok()
    client.patch("/v1/user/profile", {"first_name": "Augusta"}, token=customer.token).ok()
    assert status(client, teller, customer) == "pending"
    review(client, teller, mine, "rejected").ok()
    assert edit(client, customer, mine, first_name="Ada").ok()["kyc"]["status"] == "rejected"


def test_nobody_verifies_a_name_that_they_have_not_read(client: Api, customer: User, teller: User) -> None:
    mine = customer.customer_id
    etag = f'"{read(client, teller, mine)["version"]}"'
    with just_before("TransactWriteItems", lambda: edit(client, customer, mine, last_name="Other").ok()):
        review(client, teller, mine, "verified", if_match=etag).refused(409, "conflict")
    assert status(client, teller, customer) == "pending"


def test_of_two_reviews_at_once_the_second_decides_on_what_the_first_has_left(
    client: Api, customer: User, teller: User, manager: User
) -> None:
    mine = customer.customer_id
    with just_before("TransactWriteItems", lambda: review(client, manager, mine, "rejected").ok()):
        review(client, teller, mine, "verified").refused(409, "conflict")
    assert read(client, teller, mine)["kyc"]["reviewed_by"] == manager.user_id


def test_one_key_reviews_once(client: Api, customer: User, teller: User) -> None:
    key = new_key()
    first = review(client, teller, customer.customer_id, "rejected", key=key).ok()
    reply = review(client, teller, customer.customer_id, "rejected", key=key)
    assert (reply.ok(), reply.headers["Idempotent-Replayed"]) == (first, "true")
    review(client, teller, customer.customer_id, "pending", key=key).refused(409, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"status": "unknown"}, "status"),
        ({"status": "rejected", "expires_on": "2999-01-01"}, "expires_on"),
        ({"status": "verified", "expires_on": "2020-01-01"}, "expires_on"),
        ({"status": "verified", "expires_on": "2026-02-30"}, "expires_on"),
        ({"status": "verified", "reason": ""}, "reason"),
    ],
)
def test_a_wrong_review_is_named(client: Api, customer: User, teller: User, fields: Json, wrong: str) -> None:
    reply = review(client, teller, customer.customer_id, **fields)
    assert reply.refused(422, "validation_failed").wrong_fields == [wrong]


def test_an_account_may_need_a_verified_customer(
    client: Api, customer: User, teller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KYC_REQUIRED", "true")
    account = {"type": "savings"}
    for user, body in ((customer, account), (teller, account | {"customer_id": customer.customer_id})):
        client.post("/v1/accounts", body, token=user.token).refused(409, "conflict")
    review(client, teller, customer.customer_id, "verified").ok()
    client.post("/v1/accounts", account, token=customer.token).ok(201)


@pytest.mark.parametrize("money", [{}, {"initial_deposit": "5.00"}])
def test_what_was_opened_by_a_verified_customer_stays_so_when_asked_again(
    client: Api, customer: User, teller: User, monkeypatch: pytest.MonkeyPatch, money: Json
) -> None:
    monkeypatch.setenv("KYC_REQUIRED", "true")
    review(client, teller, customer.customer_id, "verified").ok()
    account, key = {"type": "savings", **money}, new_key()
    first = client.post("/v1/accounts", account, token=customer.token, key=key).ok(201)
    review(client, teller, customer.customer_id, "rejected").ok()
    reply = client.post("/v1/accounts", account, token=customer.token, key=key)
    assert (reply.ok(201), reply.headers["Idempotent-Replayed"]) == (first, "true")
    client.post("/v1/accounts", account, token=customer.token, key=new_key()).refused(409, "conflict")


@pytest.mark.parametrize("money", [{}, {"initial_deposit": "5.00"}])
def test_nobody_opens_an_account_under_a_name_that_was_never_verified(
    client: Api, customer: User, teller: User, monkeypatch: pytest.MonkeyPatch, money: Json
) -> None:
    monkeypatch.setenv("KYC_REQUIRED", "true")
    review(client, teller, customer.customer_id, "verified").ok()
    with just_before("TransactWriteItems", lambda: edit(client, customer, customer.customer_id, last_name="X").ok()):
        reply = client.post("/v1/accounts", {"type": "savings", **money}, token=customer.token, key=new_key())
    reply.refused(409, "conflict")
    assert client.get("/v1/accounts", token=customer.token).ok()["data"] == []
