"""Invitations as staff see them, and withdrawn ones: their code lets nobody in, whenever it is withdrawn."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chalicelib.domain.identity.invitation import GUESSES_MAX
from tests.api.helpers.bank import Api, AtTime, Json, Reply, User, items
from tests.api.helpers.customers import edit, review
from tests.api.helpers.invitations import (
    ADDRESS,
    PASSWORD,
    WRONG,
    accept,
    counter_customer,
    invitation_of,
    invite,
    nobody_is_in,
    refused,
    withdraw,
)
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.race import just_before
from tests.api.helpers.stream import Stream, audited

# --- What staff see ---


def test_staff_see_who_invited_until_when_and_the_tries_that_are_left(
    client: Api, teller: User, manager: User, grace: Json, code: str
) -> None:
    invitation_of(client, manager, counter_customer(client, teller, email="b@example.com")).refused(404, "not_found")
    refused(accept(client, code, WRONG), "date_of_birth")
    shown = invitation_of(client, manager, grace).ok()
    assert (shown["status"], shown["void"], shown["guesses_left"]) == ("sent", None, GUESSES_MAX - 1)
    assert (shown["invited_by"], shown["contact_set_by"]) == (teller.user_id, teller.user_id)
    assert shown["contact_set_at"] < shown["invited_at"] < shown["valid_until"]
    assert ADDRESS not in str(shown)


def test_a_used_up_or_accepted_invitation_says_so(client: Api, teller: User, grace: Json, code: str) -> None:
    for _ in range(GUESSES_MAX):
        accept(client, code, WRONG)
    shown = invitation_of(client, teller, grace).ok()
    assert (shown["guesses_left"], shown["void"]) == (0, "no_guesses_left")


def test_an_accepted_invitation_is_used(client: Api, teller: User, grace: Json, code: str) -> None:
    accept(client, code).ok(201)
    shown = invitation_of(client, teller, grace).ok()
    assert (shown["status"], shown["void"]) == ("used", "used")
    withdraw(client, teller, grace).refused(409, "conflict")


def test_an_edit_a_rejection_a_loss_of_rights_and_an_erasure_are_named(
    client: Api, admin: User, manager: User, teller: User, grace: Json, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def void() -> object:
        return invitation_of(client, manager, grace).ok()["void"]

    monkeypatch.setenv("KYC_REQUIRED", "true")
    assert void() == "not_verified"
    review(client, teller, grace["id"], "verified").ok()
    assert void() is None
    client.patch(f"/v1/users/{teller.user_id}", {"status": "disabled"}, token=admin.token).ok()
    assert void() == "inviter_left"
    edit(client, manager, grace["id"], email="other@example.com").ok()
    assert void() == "contact_edited"
    client.delete(f"/v1/customers/{grace['id']}", token=manager.token).ok()
    assert void() == "customer_erased"
    refused(accept(client, code))


def test_an_old_invitation_is_expired(
    at_time: AtTime, client: Api, new_staff: Callable[[str], User], log_in: Callable[[str], User]
) -> None:
    teller = new_staff("teller")
    at_time(timedelta())
    grace = counter_customer(client, teller)
    invite(client, teller, grace).ok(201)
    at_time(timedelta(days=7))
    assert invitation_of(client, log_in(teller.email), grace).ok()["void"] == "expired"


@pytest.mark.parametrize("ask", [invitation_of, withdraw])
def test_neither_auditors_nor_customers_see_or_withdraw_it(
    client: Api, auditor: User, customer: User, grace: Json, code: str, ask: Callable[..., Reply]
) -> None:
    for user in (auditor, customer):
        ask(client, user, grace).refused(403, "forbidden")
    accept(client, code).ok(201)


# --- Withdrawn ---


def test_a_withdrawn_code_is_refused_like_an_unknown_one(client: Api, teller: User, grace: Json, code: str) -> None:
    unknown = refused(accept(client, f"{grace['id']}.{'A' * 43}"))
    withdrawn = withdraw(client, teller, grace).ok()
    assert (withdrawn["status"], withdrawn["void"]) == ("withdrawn", "withdrawn")
    assert refused(accept(client, code)) == refused(accept(client, code, WRONG)) == unknown
    assert invitation_of(client, teller, grace).ok() == withdrawn
    assert nobody_is_in(grace)


def test_it_is_withdrawn_once_by_whoever_is_first(
    client: Api, teller: User, manager: User, grace: Json, code: str
) -> None:
    first = withdraw(client, manager, grace).ok()
    [stored] = items(type="invitation")
    assert withdraw(client, teller, grace).ok() == first
    assert items(type="invitation") == [stored]
    assert stored["updated_by"] == manager.user_id


def test_two_who_withdraw_at_once_both_succeed(
    client: Api, teller: User, manager: User, grace: Json, code: str
) -> None:
    with just_before("TransactWriteItems", lambda: withdraw(client, manager, grace).ok()):
        withdraw(client, teller, grace).ok()
    refused(accept(client, code))


@pytest.mark.parametrize("nth", [1, 2])
def test_withdrawn_between_check_and_use_lets_nobody_in(
    client: Api, teller: User, grace: Json, code: str, nth: int
) -> None:
    """Before the guess is counted, and before the user is created."""
    with just_before("TransactWriteItems", lambda: withdraw(client, teller, grace).ok(), nth):
        refused(accept(client, code))
    assert nobody_is_in(grace)
    assert invitation_of(client, teller, grace).ok()["status"] == "withdrawn"


def test_withdrawn_after_it_was_used_is_a_conflict(client: Api, teller: User, grace: Json, code: str) -> None:
    with just_before("TransactWriteItems", lambda: accept(client, code).ok(201)):
        withdraw(client, teller, grace).refused(409, "conflict")
    client.post("/v1/auth/login", {"email": ADDRESS, "password": PASSWORD}).ok()


def test_withdrawn_before_the_mail_is_written_sends_none(
    client: Api, teller: User, grace: Json, mailbox: Mailbox
) -> None:
    mailbox.held = True
    invite(client, teller, grace).ok(201)
    withdraw(client, teller, grace).ok()
    mailbox.deliver(mailbox.orders[-1])
    assert mailbox.mails == []


def test_withdrawn_while_the_mail_is_written_sends_none(
    client: Api, teller: User, grace: Json, mailbox: Mailbox
) -> None:
    mailbox.held = True
    invite(client, teller, grace).ok(201)
    with just_before("TransactWriteItems", lambda: withdraw(client, teller, grace).ok()):
        mailbox.deliver(mailbox.orders[-1])
    assert mailbox.mails == []


def test_a_repeated_request_does_not_bring_it_back(client: Api, teller: User, grace: Json, mailbox: Mailbox) -> None:
    invite(client, teller, grace, "invite-1").ok(201)
    withdraw(client, teller, grace).ok()
    again = invite(client, teller, grace, "invite-1").ok(201)
    assert again["status"] == "withdrawn"
    assert len(mailbox.sent_to(ADDRESS)) == 1


def test_a_withdrawn_one_counts_as_one_of_the_day_and_another_one_gives_no_old_code_back(
    client: Api, teller: User, grace: Json, code: str, mailbox: Mailbox
) -> None:
    withdraw(client, teller, grace).ok()
    invite(client, teller, grace).ok(201)
    refused(accept(client, code))
    withdraw(client, teller, grace).ok()
    invite(client, teller, grace).ok(201)
    withdraw(client, teller, grace).ok()
    invite(client, teller, grace).refused(429, "too_many_attempts")
    refused(accept(client, mailbox.code_for(ADDRESS)))


def test_an_invitation_in_between_is_the_one_that_is_withdrawn(
    client: Api, teller: User, grace: Json, code: str, mailbox: Mailbox
) -> None:
    with just_before("TransactWriteItems", lambda: invite(client, teller, grace).ok(201)):
        withdraw(client, teller, grace).ok()
    refused(accept(client, mailbox.code_for(ADDRESS)))
    assert nobody_is_in(grace)


def test_of_many_who_use_and_withdraw_it_at_once_one_side_wins(
    client: Api, teller: User, grace: Json, code: str
) -> None:
    with ThreadPoolExecutor(6) as threads:
        used = [threads.submit(accept, client, code) for _ in range(4)]
        withdrawn = [threads.submit(withdraw, client, teller, grace) for _ in range(2)]
    entered = [one for one in used if one.result().status == 201]
    ended = [one for one in withdrawn if one.result().status == 200]
    assert (len(entered), len(ended)) in ((1, 0), (0, 2))
    assert nobody_is_in(grace) is (entered == [])


def test_staff_do_not_withdraw_their_own(
    client: Api, admin: User, teller: User, grace: Json, code: str, log_in: Callable[[str], User]
) -> None:
    client.patch(f"/v1/users/{teller.user_id}", {"customer_id": grace["id"]}, token=admin.token).ok()
    withdraw(client, log_in(teller.email), grace).refused(403, "conflict_of_interest")


def test_the_audit_names_who_withdrew_it_and_an_event_tells(
    empty_bank: None, client: Api, admin: User, new_staff: Callable[[str], User], mailbox: Mailbox
) -> None:
    stream, teller, manager = Stream(), new_staff("teller"), new_staff("manager")
    grace = counter_customer(client, teller)
    invite(client, teller, grace).ok(201)
    withdraw(client, manager, grace).ok()
    stream.deliver()
    assert [one["actor"] for one in audited() if one["event"] == "invitation.withdrawn"] == [manager.user_id]
    events = client.get("/v1/events", token=admin.token).ok()["data"]
    [told] = [one["data"] for one in events if one["type"] == "customer.invitation_withdrawn"]
    assert (told["customer_id"], told["invited_by"]) == (grace["id"], teller.user_id)
