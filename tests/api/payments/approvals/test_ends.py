"""How a held payment and its approval end: together, once, whatever happens at the same moment."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from chalicelib.domain.errors import BankError
from chalicelib.domain.ledger.idempotency import derive_key
from chalicelib.domain.ledger.posting import Leg, Movement
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.identity.user import User as User_
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.services.payments import approvals
from tests.api.helpers.accounts import balance, deposit, transfer
from tests.api.helpers.bank import Api, AtTime, Json, User
from tests.api.helpers.held_money import approval_item, approval_of, decide_approval, set_ceilings, set_policy, stored
from tests.api.helpers.race import just_before
from tests.api.helpers.reviews import decide, expired, money
from tests.api.helpers.stream import Stream

DECIDERS = 32
LATER = "2099-01-01T00:00:00.000000Z"


@pytest.fixture
def held(client: Api, customer: User, admin: User, account: Json, payee: Json) -> Json:
    set_policy(client, admin, "transfer")
    made: Json = transfer(client, customer, account, payee, "1000.00").ok(202)
    return made


@pytest.fixture
def held_deposit(client: Api, teller: User, manager: User, admin: User, account: Json) -> Json:
    set_ceilings(client, admin, teller="10.00")
    made: Json = deposit(client, teller, account, "1000.00").ok(202)
    return made


def at_once(deciders: list[Caller], decide: Callable[[Caller], object]) -> Counter[str]:
    """Let all decide at the same moment, in threads; how often each answer came."""
    together = Barrier(len(deciders))

    def run(caller: Caller) -> str:
        together.wait()
        try:
            decide(caller)
        except BankError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(len(deciders)) as pool:
        return Counter(pool.map(run, deciders))


@pytest.fixture
def deciders() -> list[Caller]:
    """Managers who have not signed in: the services are called directly."""
    made = [Caller(f"usr_{number:026d}", "manager", f"decision-{number}") for number in range(DECIDERS)]
    for one in made:
        User_.new(one.user_id, f"hmac-{one.user_id}", "none", "manager").stamp(one, "2026-11-29T00:00:00Z").put()
    return made


def test_of_32_decisions_at_once_one_takes_effect(
    client: Api, customer: User, account: Json, payee: Json, held: Json, deciders: list[Caller]
) -> None:
    maker = Caller(customer.user_id, "customer", "cancellation", customer_id=customer.customer_id)

    def decide_one(caller: Caller) -> object:
        number = int(caller.user_id[-2:])
        if number % 8 == 0:
            return approvals.cancel(maker, held["id"], None)
        if number % 2:
            return approvals.approve(caller, held["id"], None)
        return approvals.reject(caller, held["id"], "no", None)

    answers = at_once(deciders, decide_one)
    assert answers.keys() <= {"done", "conflict", "contention"}
    ended = stored(held)
    assert ended in {("posted", "executed"), ("voided", "rejected"), ("voided", "cancelled")}
    assert len(approval_item(held)["decisions"]) == (0 if ended[1] == "cancelled" else 1)
    assert money(client, customer, account)[1] == "0.00"
    assert balance(payee) == (100_000 if ended[0] == "posted" else 0)


def test_of_32_approvals_at_once_two_people_count_where_two_are_needed(
    client: Api, customer: User, manager: User, admin: User, account: Json, payee: Json, deciders: list[Caller]
) -> None:
    set_policy(client, admin, "transfer", required=2)
    held = transfer(client, customer, account, payee, "5.00").ok(202)
    answers = at_once(deciders, lambda caller: approvals.approve(caller, held["id"], None))
    assert answers["done"] == 2
    assert (stored(held), balance(payee)) == (("posted", "executed"), 500)
    assert len({one["by"] for one in approval_item(held)["decisions"]}) == 2


def test_of_many_first_approvals_at_once_two_people_count(
    client: Api, customer: User, manager: User, second_manager: User, admin: User, account: Json, payee: Json
) -> None:
    set_policy(client, admin, "transfer", required=2)
    held = transfer(client, customer, account, payee, "5.00").ok(202)
    with just_before("TransactWriteItems", lambda: decide_approval(client, manager, held, "approve").ok()):
        decide_approval(client, second_manager, held, "approve").ok()
    assert (stored(held), balance(payee)) == (("posted", "executed"), 500)
    decided = [one["by"] for one in approval_of(client, admin, held)["decisions"]]
    assert decided == [manager.user_id, second_manager.user_id]


def test_same_person_twice_at_once_counts_once(
    client: Api, log_in: Callable[[str], User], customer: User, manager: User, admin: User, account: Json, payee: Json
) -> None:
    set_policy(client, admin, "transfer", required=2)
    held = transfer(client, customer, account, payee, "5.00").ok(202)
    again = log_in(manager.email)
    with just_before("TransactWriteItems", lambda: decide_approval(client, manager, held, "approve").ok()):
        decide_approval(client, again, held, "approve").refused(409, "conflict")
    assert stored(held) == ("pending", "requested")


def test_expiry_ends_payment_and_approval(
    client: Api, log_in: Callable[[str], User], stream: Stream, customer: User, manager: User, account: Json,
    held: Json, at_time: AtTime,
) -> None:  # fmt: skip
    at_time(timedelta(hours=73))
    assert expired() == 1
    assert stored(held) == ("expired", "expired")
    assert money(client, log_in(customer.email), account) == ("9000.00", "0.00", "9000.00")
    for door in (decide, decide_approval):
        door(client, log_in(manager.email), held, "approve").refused(409, "conflict")


@pytest.fixture
def held_for_two(client: Api, customer: User, admin: User, account: Json, payee: Json) -> Json:
    set_policy(client, admin, "transfer", required=2)
    made: Json = transfer(client, customer, account, payee, "5.00").ok(202)
    return made


@pytest.mark.parametrize("how", ["approve", "reject"])
def test_decision_after_the_time_expires_both(
    client: Api, log_in: Callable[[str], User], stream: Stream, manager: User, payee: Json, held_for_two: Json,
    at_time: AtTime, how: str,
) -> None:  # fmt: skip
    at_time(timedelta(hours=72, minutes=1))
    decide_approval(client, log_in(manager.email), held_for_two, how).refused(409, "conflict")
    assert (stored(held_for_two), balance(payee)) == (("expired", "expired"), 0)


def test_held_deposit_expires_though_it_holds_nothing(
    stream: Stream, account: Json, held_deposit: Json, at_time: AtTime
) -> None:
    at_time(timedelta(hours=73))
    assert expired() == 1
    assert stored(held_deposit) == ("expired", "expired")


def test_maker_who_is_disabled_takes_its_payments_along(
    client: Api, customer: User, manager: User, admin: User, account: Json, payee: Json, held: Json
) -> None:
    client.patch(f"/v1/users/{customer.user_id}", {"status": "disabled"}, token=admin.token).ok()
    assert stored(held) == ("voided", "failed")
    decide_approval(client, manager, held, "approve").refused(409, "conflict")
    assert balance(payee) == 0


def test_deposit_of_a_teller_who_is_disabled_is_not_credited(
    client: Api, teller: User, manager: User, admin: User, account: Json, held_deposit: Json
) -> None:
    client.patch(f"/v1/users/{teller.user_id}", {"status": "disabled"}, token=admin.token).ok()
    assert stored(held_deposit) == ("voided", "failed")
    decide_approval(client, manager, held_deposit, "approve").refused(409, "conflict")
    assert balance(account) == 900_000


def test_holder_whose_right_has_ended_does_not_pay(
    client: Api, customer: User, other_customer: User, manager: User, admin: User, account: Json, payee: Json
) -> None:
    path = f"/v1/accounts/{account['id']}/holders/{other_customer.customer_id}"
    client.put(path, {"rights": "pay"}, token=admin.token).ok()
    set_policy(client, admin, "transfer")
    held = transfer(client, other_customer, account, payee, "5.00").ok(202)
    client.put(path, {"rights": "view"}, token=admin.token).ok()
    assert stored(held) == ("voided", "failed")
    decide_approval(client, manager, held, "approve").refused(409, "conflict")


def test_frozen_account_leaves_it_waiting(
    client: Api, teller: User, manager: User, admin: User, account: Json, held: Json
) -> None:
    client.post(f"/v1/accounts/{account['id']}/freeze", {"reason": "r"}, token=teller.token).ok()
    for door in (decide, decide_approval):
        door(client, manager, held, "approve").refused(422, "account_frozen")
    assert stored(held) == ("pending", "requested")
    assert approval_of(client, manager, held)["decisions"] == []
    client.post(f"/v1/accounts/{account['id']}/unfreeze", {"reason": "r"}, token=teller.token).ok()
    decide_approval(client, manager, held, "approve").ok()


@pytest.mark.parametrize("how", ["approve", "reject"])
def test_decider_who_loses_the_role_meanwhile_decides_nothing(
    client: Api, manager: User, admin: User, held: Json, how: str
) -> None:
    path, body = f"/v1/users/{manager.user_id}", {"role": "teller"}
    with just_before("TransactWriteItems", lambda: client.patch(path, body, token=admin.token).ok()):
        decide_approval(client, manager, held, how).refused(403, "forbidden")
    assert stored(held) == ("pending", "requested")


def test_lost_answer_to_the_last_decision_is_found(
    client: Api, manager: User, payee: Json, held: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, writes = transact.write, list[str]()

    def unheard(actions: list[Action]) -> None:
        write(actions)
        writes.append("landed")
        if len(writes) == 1:
            raise transact.Ambiguous("no answer")

    monkeypatch.setattr(transact, "write", unheard)
    assert decide_approval(client, manager, held, "approve", key="k").ok()["status"] == "executed"
    again = decide_approval(client, manager, held, "approve", key="k")
    assert (again.ok()["status"], again.headers["Idempotent-Replayed"]) == ("executed", "true")
    assert (writes, balance(payee)) == (["landed"], 100_000)


def test_write_that_never_lands_leaves_both_as_they_were(
    client: Api, manager: User, held: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unheard(_: list[Action]) -> None:
        raise transact.Ambiguous("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(transact, "write", unheard)
        patch.setattr(transact, "ATTEMPTS_MAX", 2)
        decide_approval(client, manager, held, "approve", key="k").refused(503, "outcome_unknown")
    assert stored(held) == ("pending", "requested")
    decide_approval(client, manager, held, "approve", key="k").ok()


def test_settlement_without_enough_decisions_is_refused_by_the_ledger(account: Json, payee: Json, held: Json) -> None:
    """As code that forgets to ask would call it."""
    with pytest.raises(Exception, match="does not have yet"):
        ledger.settle(held["id"], Caller("usr_x", "manager", "r"))
    assert (stored(held), balance(payee)) == (("pending", "requested"), 0)


def test_payment_held_before_approvals_were_stored_is_still_decided(
    client: Api, customer: User, manager: User, account: Json, payee: Json
) -> None:
    caller = Caller(customer.user_id, "customer", "r", customer_id=customer.customer_id)
    key = derive_key(customer.user_id, "old", "POST /v1/transactions/transfer", {})
    legs = (Leg(account["id"], -500), Leg(payee["id"], 500))
    movement = Movement(key.transaction_id, "transfer", "USD", legs)
    accounts = (account["id"], payee["id"])
    order = PostingRequest(key, caller, accounts, lambda _: movement, awaits="risk_review")
    old: Json = {"id": ledger.hold(order, LATER).transaction.id}
    seen: Any = client.get(f"/v1/transactions/{old['id']}", token=manager.token).ok()["waiting"]
    assert (seen["code"], seen["approval_id"], seen["required"]) == ("risk_review", None, 1)
    decide_approval(client, manager, old, "approve").refused(404, "not_found")
    assert decide(client, manager, old, "approve").ok()["status"] == "posted"
    assert balance(payee) == 500
