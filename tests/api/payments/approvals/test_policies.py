"""Payments that a policy holds back: by amount, by what was sent in 24 hours, for one decision or two."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.api.helpers.accounts import balance, deposit, new_key, opened, transfer, withdraw
from tests.api.helpers.bank import Api, AtTime, Json, User, items
from tests.api.helpers.held_money import approval_of, decide_approval, set_policy, stored
from tests.api.helpers.race import just_before
from tests.api.helpers.reviews import decide, money
from tests.api.helpers.risk import set_rule
from tests.api.helpers.stream import Stream

ABOVE = {"USD": "1000.00"}


def test_customers_payment_above_the_threshold_waits_and_others_do_not(
    client: Api, customer: User, manager: User, admin: User, account: Json, payee: Json
) -> None:
    set_policy(client, admin, "transfer", above=ABOVE)
    transfer(client, customer, account, payee, "1000.00").ok(201)
    key = new_key()
    reply = transfer(client, customer, account, payee, "1000.01", key=key)
    held = reply.ok(202)
    assert held["waiting"].items() >= {"code": "approval", "required": 1}.items()
    assert reply.headers["Location"] == f"/v1/approvals/{held['waiting']['approval_id']}"
    again = transfer(client, customer, account, payee, "1000.01", key=key)
    assert (again.ok(202), again.headers["Idempotent-Replayed"]) == (held, "true")
    assert again.headers["Location"] == reply.headers["Location"]
    [listed] = client.get("/v1/approvals", token=manager.token).ok()["data"]
    assert listed | {"person": None} == approval_of(client, customer, held)
    decide_approval(client, customer, held, "approve").refused(403, "forbidden")
    decide_approval(client, manager, held, "approve").ok()
    done = transfer(client, customer, account, payee, "1000.01", key=key)
    assert (done.ok(201)["status"], done.headers["Idempotent-Replayed"]) == ("posted", "true")
    assert balance(payee) == 200_001


@pytest.mark.parametrize("how", ["reject", "cancel"])
def test_replay_after_the_end_answers_the_end(
    client: Api, customer: User, manager: User, admin: User, account: Json, payee: Json, how: str
) -> None:
    set_policy(client, admin, "transfer", above=ABOVE)
    key = new_key()
    held = transfer(client, customer, account, payee, "1000.01", key=key).ok(202)
    decide_approval(client, customer if how == "cancel" else manager, held, how).ok()
    ended = transfer(client, customer, account, payee, "1000.01", key=key)
    assert (ended.json["status"], ended.headers["Idempotent-Replayed"]) == ("voided", "true")
    assert money(client, customer, account) == ("9000.00", "0.00", "9000.00")


def test_two_people_must_approve_where_the_policy_says_two(
    client: Api, log_in: Callable[[str], User], customer: User, manager: User, admin: User, auditor: User,
    account: Json, payee: Json,
) -> None:  # fmt: skip
    set_policy(client, admin, "transfer", required=2)
    held = transfer(client, customer, account, payee, "5.00").ok(202)
    assert held["waiting"]["required"] == 2
    first = decide(client, manager, held, "approve", key="first")
    assert (first.ok(202)["status"], balance(payee)) == ("pending", 0)
    repeated = decide(client, manager, held, "approve", key="first")
    assert repeated.headers["Idempotent-Replayed"] == "true"
    for how in ("approve", "reject"):
        decide_approval(client, log_in(manager.email), held, how).refused(409, "conflict")
    assert stored(held) == ("pending", "requested")
    executed = decide_approval(client, admin, held, "approve").ok()
    assert [one["by"] for one in executed["decisions"]] == [manager.user_id, admin.user_id]
    assert (stored(held), balance(payee)) == (("posted", "executed"), 500)
    assert client.get("/v1/audit/verify", token=auditor.token).ok()["ok"] is True


def test_one_rejection_ends_what_two_must_approve(
    client: Api, customer: User, manager: User, admin: User, account: Json, payee: Json
) -> None:
    set_policy(client, admin, "transfer", required=2)
    held = transfer(client, customer, account, payee, "5.00").ok(202)
    decide_approval(client, manager, held, "approve").ok()
    decide_approval(client, admin, held, "reject").ok()
    assert stored(held) == ("voided", "rejected")
    assert money(client, customer, account) == ("9000.00", "0.00", "9000.00")


@pytest.mark.parametrize("when", ["before", "at that moment"])
def test_vote_of_a_manager_who_was_disabled_since_does_not_count(
    client: Api, new_staff: Callable[[str], User], customer: User, manager: User, admin: User, account: Json,
    payee: Json, when: str,
) -> None:  # fmt: skip
    set_policy(client, admin, "transfer", required=2)
    other = new_staff("manager")
    held = transfer(client, customer, account, payee, "5.00").ok(202)
    decide_approval(client, manager, held, "approve").ok()
    gone = {"status": "disabled"}

    def disable() -> None:
        client.patch(f"/v1/users/{manager.user_id}", gone, token=admin.token).ok()

    if when == "before":
        disable()
        assert decide_approval(client, other, held, "approve").ok()["status"] == "requested"
    else:
        with just_before("TransactWriteItems", disable):
            decide_approval(client, other, held, "approve").refused(409, "conflict")
    assert (stored(held), balance(payee)) == (("pending", "requested"), 0)
    third = new_staff("manager")
    if when != "before":
        assert decide_approval(client, other, held, "approve").ok()["status"] == "requested"
    assert decide_approval(client, third, held, "approve").ok()["status"] == "executed"
    assert (stored(held), balance(payee)) == (("posted", "executed"), 500)


def test_two_are_needed_and_there_is_one(client: Api, customer: User, admin: User, account: Json, payee: Json) -> None:
    """The admin is the only one who decides."""
    set_policy(client, admin, "transfer", required=2)
    transfer(client, customer, account, payee, "5.00").refused(422, "no_approver")
    assert money(client, customer, account) == ("9000.00", "0.00", "9000.00")


def test_policy_that_changes_while_one_waits_does_not_bear_on_it(
    client: Api, customer: User, manager: User, admin: User, account: Json, payee: Json
) -> None:
    set_policy(client, admin, "transfer")
    held = transfer(client, customer, account, payee, "5.00").ok(202)
    set_policy(client, admin, "transfer", required=2, roles=["admin"])
    decide_approval(client, manager, held, "approve").ok()
    assert stored(held) == ("posted", "executed")


def test_blocked_payment_is_refused(client: Api, customer: User, admin: User, account: Json, payee: Json) -> None:
    for action in ("transfer", "withdraw", "deposit"):
        set_policy(client, admin, action, control="block", above=ABOVE)
    transfer(client, customer, account, payee, "1000.01").refused(403, "action_blocked")
    withdraw(client, customer, account, "1000.01").refused(403, "action_blocked")
    deposit(client, customer, account, "1000.01").refused(403, "action_blocked")
    transfer(client, customer, account, payee, "1000.00").ok(201)


def test_what_cannot_be_posted_is_refused_and_does_not_wait(
    client: Api, customer: User, admin: User, account: Json, payee: Json
) -> None:
    set_policy(client, admin, "transfer")
    transfer(client, customer, account, payee, "9000.01").refused(422, "insufficient_funds")
    assert items(type="approval") == []


def test_split_amounts_add_up(client: Api, customer: User, admin: User, account: Json, payee: Json) -> None:
    set_policy(client, admin, "transfer", above=ABOVE, within_24h=True)
    set_policy(client, admin, "withdraw", above=ABOVE, within_24h=True)
    transfer(client, customer, account, payee, "600.00").ok(201)
    transfer(client, customer, account, payee, "400.01").ok(202)
    withdraw(client, customer, account, "0.01").ok(202)


def test_split_amounts_add_up_to_nothing_where_the_policy_does_not_count(
    client: Api, customer: User, admin: User, account: Json, payee: Json
) -> None:
    set_policy(client, admin, "transfer", above=ABOVE)
    for _ in range(3):
        transfer(client, customer, account, payee, "1000.00").ok(201)


def test_of_two_halves_at_the_same_moment_one_waits(
    client: Api, customer: User, admin: User, account: Json, payee: Json
) -> None:
    """Both have passed the screening; the second is posted while the first is about to be."""
    set_policy(client, admin, "transfer", above=ABOVE, within_24h=True)
    with just_before("TransactWriteItems", lambda: transfer(client, customer, account, payee, "600.00").ok(201)):
        transfer(client, customer, account, payee, "600.00").ok(202)
    assert balance(payee) == 60_000


def test_yesterday_within_24_hours_counts(
    client: Api, log_in: Callable[[str], User], stream: Stream, customer: User, admin: User, account: Json,
    payee: Json, at_time: AtTime,
) -> None:  # fmt: skip
    set_policy(client, admin, "transfer", above=ABOVE, within_24h=True)
    transfer(client, customer, account, payee, "600.00").ok(201)
    stream.let_follow()
    at_time(timedelta(hours=23, minutes=50))
    transfer(client, log_in(customer.email), account, payee, "400.01").ok(202)
    at_time(timedelta(hours=49))
    transfer(client, log_in(customer.email), account, payee, "1000.00").ok(201)


def test_payment_with_two_reasons_waits_once(
    client: Api, customer: User, manager: User, admin: User, account: Json, payee: Json
) -> None:
    set_rule(client, manager, "new_counterparty", action="review")
    set_policy(client, admin, "transfer", above=ABOVE)
    held = transfer(client, customer, account, payee, "2500.00").ok(202)
    assert held["waiting"]["code"] == "risk_review"
    assert approval_of(client, admin, held)["reasons"] == ["risk_review", "policy"]
    decide(client, manager, held, "approve").ok()
    assert stored(held) == ("posted", "executed")


def test_risk_review_is_in_the_same_inbox_and_its_notes_stay_inside(
    client: Api, customer: User, manager: User, account: Json, payee: Json
) -> None:
    set_rule(client, manager, "new_counterparty", action="review")
    held = transfer(client, customer, account, payee, "2500.00").ok(202)
    [listed] = client.get("/v1/approvals?action=transfer", token=manager.token).ok()["data"]
    assert (listed["resource"], listed["reasons"]) == (held["id"], ["risk_review"])
    decide_approval(client, manager, held, "reject").ok()
    assert "talked" in str(approval_of(client, manager, held))
    assert "talked" not in str(approval_of(client, customer, held))
    [mine] = client.get("/v1/approvals?status=rejected", token=customer.token).ok()["data"]
    assert "talked" not in str(mine)


def test_held_second_account_of_a_stranger_is_not_seen(
    client: Api, customer: User, other_customer: User, admin: User, account: Json, payee: Json
) -> None:
    set_policy(client, admin, "transfer")
    held = transfer(client, customer, account, payee, "5.00").ok(202)
    for how in ("approve", "reject"):
        decide_approval(client, other_customer, held, how).refused(403, "forbidden")
    decide_approval(client, other_customer, held, "cancel").refused(404, "not_found")
    assert client.get("/v1/approvals", token=other_customer.token).ok()["data"] == []
    opened(client, other_customer)
