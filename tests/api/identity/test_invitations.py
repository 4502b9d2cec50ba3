"""Invitations: customers whom staff have created get a user, and nobody else does."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from chalicelib import clock
from chalicelib.domain.identity.invitation import GUESSES_MAX
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.identity.invitation import Invitation
from tests.api.helpers.accounts import new_key, opened, transfer
from tests.api.helpers.bank import Api, AtTime, Json, Reply, User, counted_calls, items
from tests.api.helpers.customers import edit, read, review
from tests.api.helpers.invitations import (
    ADDRESS,
    BIRTHDAY,
    PASSWORD,
    WRONG,
    accept,
    counter_customer,
    invite,
    nobody_is_in,
    refused,
)
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream, audited

OTHERS = "the other one's password"


def stored() -> Json:
    [invitation] = items(type="invitation")
    return invitation


def test_invited_customer_gets_a_user_of_its_own(
    client: Api, teller: User, grace: Json, code: str, log_in: Callable[[str], User]
) -> None:
    account = client.post(
        "/v1/accounts", {"type": "current", "customer_id": grace["id"]}, token=teller.token, key=new_key()
    ).ok(201)
    made = accept(client, code).ok(201)
    assert made == {**made, "customer_id": grace["id"], "email": ADDRESS, "role": "customer"}
    user = log_in(ADDRESS)
    assert (user.user_id, user.customer_id) == (made["user_id"], grace["id"])
    assert [one["id"] for one in client.get("/v1/accounts", token=user.token).ok()["data"]] == [account["id"]]
    profile = client.get("/v1/user/profile", token=user.token).ok()
    assert (profile["email"], profile["email_verified"], profile["role"]) == (ADDRESS, True, "customer")
    assert read(client, teller, grace["id"])["user_id"] == made["user_id"]


def test_response_and_mail_say_what_the_invitation_is(
    client: Api, teller: User, grace: Json, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVITATION_URL", "https://bank.example/#/invitation")
    shown = invite(client, teller, grace).ok(201)
    assert (shown["customer_id"], shown["invited_by"], shown["status"]) == (grace["id"], teller.user_id, "sent")
    assert shown["valid_until"] > shown["invited_at"]
    own = {"customer_id", "status", "void", "guesses_left", "invited_by", "invited_at", "valid_until"}
    assert set(shown) == own | {"contact_set_by", "contact_set_at"}
    assert (shown["void"], shown["guesses_left"], shown["contact_set_by"]) == (None, GUESSES_MAX, teller.user_id)
    [mail] = mailbox.sent_to(ADDRESS)
    assert "https://bank.example/#/invitation\n" in mail
    assert "Hopper" not in mail
    assert BIRTHDAY not in mail


def test_no_secret_and_no_address_is_in_orders_items_or_logs(
    client: Api, teller: User, mailbox: Mailbox, code: str, log: io.StringIO
) -> None:
    [order] = mailbox.orders
    assert order == {"kind": "customer_invitation", "to": stored()["customer_id"], "request_id": order["request_id"]}
    secret = code.partition(".")[2]
    accept(client, code, WRONG)
    accept(client, code).ok(201)
    for text in (str(items()), log.getvalue()):
        assert secret not in text
        assert ADDRESS not in text
        assert BIRTHDAY not in text


def test_invitation_is_audited_and_told(
    empty_bank: None, client: Api, admin: User, new_staff: Callable[[str], User], mailbox: Mailbox
) -> None:
    stream, teller = Stream(), new_staff("teller")
    grace = counter_customer(client, teller)
    invite(client, teller, grace).ok(201)
    accept(client, mailbox.code_for(ADDRESS), WRONG)
    user_id = accept(client, mailbox.code_for(ADDRESS)).ok(201)["user_id"]
    stream.deliver()
    by = {one["event"]: one["actor"] for one in audited() if one["event"].startswith("invitation.")}
    assert by == {
        "invitation.created": teller.user_id,
        "invitation.sent": "anonymous",
        "invitation.updated": "anonymous",
        "invitation.used": user_id,
    }
    events = client.get("/v1/events", token=admin.token).ok()["data"]
    told = {one["type"]: one["data"] for one in events if one["type"] in ("customer.invited", "customer.joined")}
    assert set(told) == {"customer.invited", "customer.joined"}
    for data in told.values():
        assert (data["customer_id"], data["invited_by"]) == (grace["id"], teller.user_id)


# --- The invited person, or who has the mailbox ---


def test_a_wrong_date_of_birth_lets_nobody_in_and_ends_the_invitation_after_five(
    client: Api, grace: Json, code: str
) -> None:
    for _ in range(GUESSES_MAX):
        refused(accept(client, code, WRONG), "date_of_birth")
    refused(accept(client, code))
    assert nobody_is_in(grace)


def test_of_many_guesses_at_once_five_are_looked_at(grace: Json, code: str) -> None:
    invitation = Invitation.of(grace["id"])
    assert invitation

    def guess(number: int) -> bool:
        try:
            caller = Caller("anonymous", "customer", f"request-{number}")
            transact.commit([invitation.count_guess(caller, clock.now())], caller.request_id)
        except transact.Cancelled:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(guess, range(16))) == GUESSES_MAX
    assert stored()["guesses"] == GUESSES_MAX


def test_a_guess_in_between_does_not_give_another_one(client: Api, grace: Json, code: str) -> None:
    """All read the invitation before any of them has counted its guess."""
    for _ in range(GUESSES_MAX - 1):
        refused(accept(client, code, WRONG), "date_of_birth")
    with just_before("TransactWriteItems", lambda: refused(accept(client, code, WRONG), "date_of_birth")):
        refused(accept(client, code))
    assert nobody_is_in(grace)


@pytest.mark.parametrize("password", ["password1234", "grace@example.com"])
def test_a_password_that_is_guessed_costs_no_guess_at_the_date(client: Api, code: str, password: str) -> None:
    for _ in range(GUESSES_MAX + 1):
        refused(accept(client, code, password=password), "password")
    assert stored()["guesses"] == 0
    accept(client, code).ok(201)


def test_who_does_not_know_the_date_of_birth_learns_nothing_of_the_password(client: Api, code: str) -> None:
    refused(accept(client, code, WRONG, "grace@example.com"), "date_of_birth")


@pytest.mark.parametrize("why", ["unknown", "malformed", "of another customer", "cut"])
def test_a_strange_code_is_refused_in_the_same_words(client: Api, grace: Json, code: str, why: str) -> None:
    customer, _, secret = code.partition(".")
    other = customer[:-1] + ("0" if customer[-1] != "0" else "1")
    codes = {
        "unknown": f"{customer}.{'A' * 43}",
        "malformed": "not a code",
        "of another customer": f"{other}.{secret}",
        "cut": code[:-1],
    }
    used = refused(accept(client, codes[why]))
    accept(client, code).ok(201)
    assert refused(accept(client, code)) == used


def test_a_code_is_good_once(client: Api, grace: Json, code: str, log_in: Callable[[str], User]) -> None:
    accept(client, code).ok(201)
    refused(accept(client, code, password=OTHERS))
    log_in(ADDRESS)
    assert len([one for one in items(type="user") if one.get("customer_id") == grace["id"]]) == 1


@pytest.mark.parametrize("nth", [1, 2])
def test_of_two_at_once_one_gets_a_user(client: Api, grace: Json, code: str, nth: int) -> None:
    with just_before("TransactWriteItems", lambda: accept(client, code).ok(201), nth):
        refused(accept(client, code, password=OTHERS))
    assert len([one for one in items(type="user") if one.get("customer_id") == grace["id"]]) == 1
    client.post("/v1/auth/login", {"email": ADDRESS, "password": PASSWORD}).ok()


def test_a_code_expires_after_seven_days(
    at_time: AtTime, client: Api, new_staff: Callable[[str], User], mailbox: Mailbox
) -> None:
    teller = new_staff("teller")
    at_time(timedelta())
    grace = counter_customer(client, teller)
    invite(client, teller, grace).ok(201)
    at_time(timedelta(days=7))
    refused(accept(client, mailbox.code_for(ADDRESS)))
    at_time(timedelta(days=7, seconds=-1))
    accept(client, mailbox.code_for(ADDRESS)).ok(201)


def test_a_new_invitation_voids_the_former_one_and_its_guesses(
    client: Api, teller: User, grace: Json, code: str, mailbox: Mailbox
) -> None:
    for _ in range(GUESSES_MAX):
        accept(client, code, WRONG)
    invite(client, teller, grace).ok(201)
    refused(accept(client, code))
    accept(client, mailbox.code_for(ADDRESS)).ok(201)


def test_an_address_that_somebody_signs_in_with_meanwhile_lets_nobody_in(client: Api, grace: Json, code: str) -> None:
    person = {"email": ADDRESS, "password": PASSWORD, "first_name": "Eve", "last_name": "M"}
    client.post("/v1/auth/register", person).ok(201)
    refused(accept(client, code, WRONG), "date_of_birth")
    accept(client, code).refused(409, "conflict")
    assert nobody_is_in(grace)
    assert stored()["guesses"] == 1


# --- Staff ---


@pytest.mark.parametrize("field", ["email", "date_of_birth"])
def test_an_edit_of_address_or_birthday_voids_the_invitation(
    client: Api, teller: User, grace: Json, code: str, field: str
) -> None:
    """Also one that is taken back: whoever made it could have let another person in."""
    other = {"email": "thief@example.com", "date_of_birth": "1990-01-01"}[field]
    edit(client, teller, grace["id"], **{field: other}).ok()
    refused(accept(client, code))
    edit(client, teller, grace["id"], **{field: grace[field]}).ok()
    refused(accept(client, code))
    assert nobody_is_in(grace)


def test_who_has_edited_the_address_invites_where_one_person_may(
    client: Api, teller: User, grace: Json, mailbox: Mailbox
) -> None:
    edit(client, teller, grace["id"], email="grace.hopper@example.com").ok()
    invite(client, teller, grace).ok(201)
    accept(client, mailbox.code_for("grace.hopper@example.com")).ok(201)


def test_an_edit_of_the_rest_leaves_the_invitation(client: Api, teller: User, grace: Json, code: str) -> None:
    edit(client, teller, grace["id"], phone="+442071234567").ok()
    accept(client, code).ok(201)


def test_an_edit_at_the_last_moment_lets_nobody_in(client: Api, teller: User, grace: Json, code: str) -> None:
    change = partial(edit, client, teller, grace["id"], email="thief@example.com")
    with just_before("TransactWriteItems", lambda: change().ok(), 2):
        refused(accept(client, code))
    assert nobody_is_in(grace)


def test_an_edit_before_the_mail_is_written_sends_none(
    client: Api, teller: User, grace: Json, mailbox: Mailbox
) -> None:
    mailbox.held = True
    assert invite(client, teller, grace).ok(201)["status"] == "requested"
    edit(client, teller, grace["id"], email="thief@example.com").ok()
    mailbox.deliver(mailbox.orders[-1])
    assert mailbox.mails == []


def test_an_order_that_comes_again_sends_a_code_that_counts(
    client: Api, grace: Json, code: str, mailbox: Mailbox
) -> None:
    mailbox.deliver(mailbox.orders[-1])
    newest = mailbox.code_for(ADDRESS)
    refused(accept(client, code))
    accept(client, newest).ok(201)
    mailbox.deliver(mailbox.orders[-1])
    assert len(mailbox.sent_to(ADDRESS)) == 2


@pytest.mark.parametrize("end", [{"status": "disabled"}, {"role": "auditor"}])
def test_an_invitation_ends_with_the_right_of_its_maker(
    client: Api, admin: User, teller: User, grace: Json, code: str, end: Json
) -> None:
    client.patch(f"/v1/users/{teller.user_id}", end, token=admin.token).ok()
    refused(accept(client, code))
    assert nobody_is_in(grace)


def test_an_erased_customer_is_neither_invited_nor_let_in(
    client: Api, teller: User, manager: User, grace: Json, code: str
) -> None:
    client.delete(f"/v1/customers/{grace['id']}", token=manager.token).ok()
    refused(accept(client, code))
    invite(client, teller, grace).refused(409, "conflict")
    assert nobody_is_in(grace)


def test_an_erasure_at_the_last_moment_lets_nobody_in(client: Api, manager: User, grace: Json, code: str) -> None:
    erase = partial(client.delete, f"/v1/customers/{grace['id']}", token=manager.token)
    with just_before("TransactWriteItems", lambda: erase().ok(), 2):
        refused(accept(client, code))
    assert nobody_is_in(grace)


def test_a_customer_with_a_user_is_not_invited(client: Api, teller: User, customer: User, grace: Json) -> None:
    edit(client, teller, customer.customer_id, date_of_birth=BIRTHDAY).ok()
    invite(client, teller, {"id": customer.customer_id}).refused(409, "conflict")


@pytest.mark.parametrize("missing", ["email", "date_of_birth"])
def test_a_customer_without_address_or_birthday_is_not_invited(client: Api, teller: User, missing: str) -> None:
    grace = counter_customer(client, teller, **{missing: None})
    invite(client, teller, grace).refused(409, "conflict")


def test_an_address_that_is_a_users_is_not_invited(client: Api, teller: User, manager: User, mailbox: Mailbox) -> None:
    """Such as the own one of a member of staff."""
    grace = counter_customer(client, teller, email=teller.email.upper())
    invite(client, teller, grace).refused(409, "conflict")
    assert mailbox.mails == []


def test_an_address_that_no_mail_goes_to_is_not_invited(client: Api, teller: User) -> None:
    invite(client, teller, counter_customer(client, teller, email="straße@example.com")).refused(409, "conflict")


def test_a_customer_is_invited_three_times_a_day(
    at_time: AtTime, client: Api, new_staff: Callable[[str], User], log_in: Callable[[str], User]
) -> None:
    teller = new_staff("teller")
    grace = counter_customer(client, teller)

    def invite_after(hours: int) -> Reply:
        at_time(timedelta(hours=hours))
        return invite(client, log_in(teller.email), grace)

    for hours in range(3):
        invite_after(hours).ok(201)
    assert invite_after(2).refused(429, "too_many_attempts").headers["Retry-After"] == str(22 * 3600)
    invite_after(24).ok(201)


def test_two_invitations_at_once_count_twice(client: Api, teller: User, grace: Json) -> None:
    with just_before("TransactWriteItems", lambda: invite(client, teller, grace).ok(201), 2):
        invite(client, teller, grace).ok(201)
    assert len(stored()["requests"].strip("[]").split(",")) == 2


def test_a_repeated_request_sends_one_mail(client: Api, teller: User, grace: Json, mailbox: Mailbox) -> None:
    key = new_key()
    first = invite(client, teller, grace, key).ok(201)
    again = invite(client, teller, grace, key)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.ok(201)["invited_at"] == first["invited_at"]
    assert len(mailbox.sent_to(ADDRESS)) == 1


def test_an_unverified_customer_is_not_let_in_where_that_is_required(
    client: Api, teller: User, grace: Json, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KYC_REQUIRED", "true")
    invite(client, teller, grace).refused(409, "conflict")
    review(client, teller, grace["id"], "verified").ok()
    invite(client, teller, grace).ok(201)
    review(client, teller, grace["id"], "rejected").ok()
    refused(accept(client, mailbox.code_for(ADDRESS)))
    review(client, teller, grace["id"], "pending").ok()
    review(client, teller, grace["id"], "verified").ok()
    accept(client, mailbox.code_for(ADDRESS)).ok(201)


def test_staff_do_not_invite_themselves(
    client: Api, admin: User, teller: User, grace: Json, log_in: Callable[[str], User]
) -> None:
    client.patch(f"/v1/users/{teller.user_id}", {"customer_id": grace["id"]}, token=admin.token).ok()
    invite(client, log_in(teller.email), grace).refused(403, "conflict_of_interest")


def test_an_invited_customer_pays_as_a_registered_one(
    client: Api, teller: User, customer: User, code: str, log_in: Callable[[str], User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code came by mail, so the address is verified; no second factor is asked of customers."""
    accept(client, code).ok(201)
    monkeypatch.setenv("EMAIL_VERIFICATION", "on")
    monkeypatch.setenv("MFA_REQUIRED", "staff")
    user = log_in(ADDRESS)
    own, others = opened(client, user, "10.00"), opened(client, customer)
    transfer(client, user, own, others, "1.00").ok(201)


def test_a_lost_password_is_replaced_as_always(client: Api, code: str, mailbox: Mailbox) -> None:
    accept(client, code).ok(201)
    client.post("/v1/auth/password/reset-requests", {"email": ADDRESS}).ok(202)
    body = {"token": mailbox.code_for(ADDRESS), "new_password": OTHERS}
    client.post("/v1/auth/password/reset", body).ok(204)
    client.post("/v1/auth/login", {"email": ADDRESS, "password": OTHERS}).ok()


def test_a_code_of_an_invitation_resets_no_password(client: Api, code: str) -> None:
    client.post("/v1/auth/password/reset", {"token": code, "new_password": OTHERS}).refused(422, "validation_failed")


def test_a_strange_code_costs_nothing(client: Api) -> None:
    with counted_calls() as calls:
        refused(accept(client, "A" * 43))
    assert not calls
