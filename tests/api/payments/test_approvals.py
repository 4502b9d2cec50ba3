"""Payments that wait for a review: held, approved, rejected, expired, and every way to decide twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from chalice.test import Client as ChaliceClient

from app import app
from chalicelib.domain.errors import Conflict, Contention
from chalicelib.domain.permissions import Caller
from chalicelib.domain.time import moment
from chalicelib.models import transact
from chalicelib.models.item import Action
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.services.payments import transactions
from infra.settings import ROOT
from tests.api.helpers.accounts import balance, deposit, history, new_key, opened, read, reverse, withdraw
from tests.api.helpers.accounts import transfer as pay
from tests.api.helpers.bank import STAGE, Api, Json, Reply, User, items
from tests.api.helpers.prepared_banks import People
from tests.api.helpers.race import just_before
from tests.api.helpers.risk import alerts, held_by_hand, set_rule
from tests.api.helpers.stream import Stream

LARGE = "2500.00"
AtTime = Callable[[timedelta], None]


@pytest.fixture
def stream(bank: People, empty_bank: None) -> Stream:
    return Stream()


@pytest.fixture
def account(client: Api, customer: User, manager: User, stream: Stream) -> Json:
    """Of somebody whose large payments to people whom it has not paid are looked at first."""
    set_rule(client, manager, "new_counterparty", action="review")
    return opened(client, customer, "3000.00")


@pytest.fixture
def payee(client: Api, other_customer: User) -> Json:
    return opened(client, other_customer)


@pytest.fixture
def held(client: Api, customer: User, account: Json, payee: Json) -> Json:
    made: Json = pay(client, customer, account, payee, LARGE).ok(202)
    return made


def decide(client: Api, user: User, held: Json, how: str, key: str | None = None, reason: str = "Called Ada.") -> Reply:
    body = {"reason": reason} if how == "reject" else None
    return client.post(f"/v1/transactions/{held['id']}/{how}", body, token=user.token, key=key or new_key())


def expired() -> int:
    """How many expire when the schedule has its function look."""
    functions = ChaliceClient(app, stage_name=STAGE, project_dir=str(ROOT))
    told = functions.lambda_.invoke("expire_holds", functions.events.generate_cw_event("events", "Scheduled", {}, []))
    assert told.payload["voided"] == 0
    return int(told.payload["expired"])


def current(client: Api, user: User, held: Json) -> Json:
    found: Json = client.get(f"/v1/transactions/{held['id']}", token=user.token).ok()
    return found


def meanwhile(monkeypatch: Any, happens: Callable[[], object]) -> None:
    """Something happens after the next decision has looked at the payment, and before it decides."""
    find = transactions.found

    def looked(transaction_id: str) -> Transaction:
        found = find(transaction_id)
        monkeypatch.setattr(transactions, "found", find)
        happens()
        return found

    monkeypatch.setattr(transactions, "found", looked)


def money(client: Api, user: User, account: Json) -> tuple[str, str, str]:
    found = read(client, user, account)
    return found["balance"], found["held"], found["available"]


def test_a_payment_that_is_to_be_reviewed_waits_and_its_money_is_set_aside(
    client: Api, customer: User, other_customer: User, manager: User, account: Json, payee: Json, stream: Stream
) -> None:
    key = new_key()
    made = pay(client, customer, account, payee, LARGE, key=key, category="car").ok(202)
    assert made.items() >= {
        "status": "pending", "amount": LARGE, "entries": [], "posted_at": None, "failure": None, "category": "car",
    }.items()  # fmt: skip
    assert made["waiting"]["code"] == "risk_review"
    assert moment(made["waiting"]["until"]) - moment(made["created_at"]) == pytest.approx(
        timedelta(hours=72), abs=timedelta(seconds=5)
    )
    again = pay(client, customer, account, payee, LARGE, key=key, category="car")
    assert (again.ok(202), again.headers["Idempotent-Replayed"]) == (made, "true")
    assert money(client, customer, account) == ("3000.00", LARGE, "500.00")
    withdraw(client, customer, account, "500.01").refused(422, "insufficient_funds")
    assert balance(payee) == 0
    assert current(client, customer, made) == made
    assert current(client, other_customer, made)["waiting"] is None
    stream.let_follow()
    [alert] = alerts(client, manager)
    assert alert.items() >= {
        "transaction_id": made["id"], "account_id": account["id"], "severity": "high", "declined": False,
        "held_for_review": True,
    }.items()  # fmt: skip


def test_what_waits_is_on_the_lists_and_in_no_history(
    client: Api, customer: User, auditor: User, account: Json, held: Json
) -> None:
    for user in (customer, auditor):
        for path in ("/v1/transactions", "/v1/reports/transactions"):
            [listed] = client.get(f"{path}?status=pending", token=user.token).ok()["data"]
            assert listed["id"] == held["id"]
    assert len(history(client, customer, account)["data"]) == 1


def test_once_approved_it_is_posted_counted_and_told_no_second_time(
    client: Api, customer: User, manager: User, auditor: User, account: Json, payee: Json, stream: Stream
) -> None:
    held = pay(client, customer, account, payee, LARGE, category="car").ok(202)
    stream.let_follow()
    [raised] = alerts(client, manager)
    posted = decide(client, manager, held, "approve", key="k").ok()
    assert posted.items() >= {"status": "posted", "waiting": None, "category": "car"}.items()
    assert {entry["account_id"]: entry["amount"] for entry in posted["entries"]} == {
        account["id"]: f"-{LARGE}", payee["id"]: LARGE,
    }  # fmt: skip
    assert money(client, customer, account) == ("500.00", "0.00", "500.00")
    stream.let_follow()
    assert alerts(client, manager) == [raised]
    [line] = client.get("/v1/reports/summary?category=car", token=customer.token).ok()["totals"]
    assert (line["type"], line["count"], line["total_out"]) == ("transfer", 1, LARGE)
    assert client.get("/v1/audit/verify", token=auditor.token).ok()["ok"] is True


def test_a_decision_is_made_once_under_its_key(
    client: Api, customer: User, manager: User, admin: User, account: Json, payee: Json, held: Json
) -> None:
    decide(client, manager, held, "approve", key="k").ok()
    again = decide(client, manager, held, "approve", key="k")
    assert (again.ok()["status"], again.headers["Idempotent-Replayed"]) == ("posted", "true")
    decide(client, manager, held, "reject", key="k").refused(409, "idempotency_key_reused")
    for user, how in ((manager, "approve"), (admin, "approve"), (admin, "reject")):
        decide(client, user, held, how).refused(409, "conflict")
    assert balance(payee) == 250_000
    other = pay(client, customer, account, payee, "1.00").ok(201)
    decide(client, manager, other, "approve").refused(409, "conflict")
    client.post(f"/v1/transactions/{held['id']}/approve", token=manager.token).refused(400, "idempotency_key_missing")


def test_once_rejected_its_money_is_available_again_and_the_reason_stays_inside(
    client: Api, customer: User, manager: User, admin: User, account: Json, payee: Json, held: Json, stream: Stream
) -> None:
    voided = decide(client, manager, held, "reject", reason="Ada was talked into it.").ok()
    assert voided.items() >= {"status": "voided", "waiting": None, "entries": []}.items()
    assert "talked" not in str(current(client, customer, held))
    assert money(client, customer, account) == ("3000.00", "0.00", "3000.00")
    decide(client, manager, held, "approve").refused(409, "conflict")
    stream.deliver()
    [decided, _] = client.get(f"/v1/audit?entity={held['id']}", token=admin.token).ok()["data"]
    assert (decided["event"], decided["actor"]) == ("transaction.voided", manager.user_id)
    assert decided["after"]["reason"] == "Ada was talked into it."
    assert [item["status"] for item in items(type="hold")] == ["released"]
    assert not any("gsi1pk" in item for item in items(type="hold"))


def test_a_rejection_needs_no_key_and_gives_back_the_day_s_limit(
    client: Api, customer: User, manager: User, account: Json, payee: Json, held: Json, monkeypatch: Any
) -> None:
    monkeypatch.setenv("DAILY_LIMIT", "2600")
    withdraw(client, customer, account, "200.00").refused(422, "limit_exceeded")
    body = {"reason": "r"}
    client.post(f"/v1/transactions/{held['id']}/reject", body, token=manager.token).ok()
    withdraw(client, customer, account, "200.00").ok(201)


def test_what_nobody_decides_expires(
    client: Api, log_in: Any, customer: User, manager: User, account: Json, held: Json, at_time: AtTime
) -> None:
    assert expired() == 0
    at_time(timedelta(hours=73))
    assert expired() == 1
    assert expired() == 0
    customer, manager = log_in(customer.email), log_in(manager.email)
    assert current(client, customer, held)["status"] == "expired"
    assert money(client, customer, account) == ("3000.00", "0.00", "3000.00")
    decide(client, manager, held, "approve").refused(409, "conflict")


def test_what_is_in_the_way_of_one_expiry_keeps_no_other_waiting(
    client: Api, customer: User, account: Json, payee: Json, held: Json, at_time: AtTime, monkeypatch: Any
) -> None:
    other = opened(client, customer, "3000.00")
    pay(client, customer, other, payee, LARGE).ok(202)
    at_time(timedelta(hours=73))
    expire = ledger.expire

    def stubborn(transaction_id: str, caller: Caller) -> Any:
        if transaction_id == held["id"]:
            raise Conflict("decided") if is_decided else Contention("not now")
        return expire(transaction_id, caller)

    is_decided = False
    monkeypatch.setattr(ledger, "expire", stubborn)
    with pytest.raises(ExceptionGroup):
        expired()
    assert sorted(item["status"] for item in items(type="hold")) == ["active", "released"]
    is_decided = True
    assert expired() == 0


def test_who_may_decide(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User, manager: User, held: Json
) -> None:
    for user in (customer, other_customer, teller, auditor):
        for how in ("approve", "reject"):
            decide(client, user, held, how).refused(403, "forbidden")
    for how in ("approve", "reject"):
        for unknown in ("txn_x", f"txn_{'0' * 26}", "acc_1"):
            decide(client, manager, {"id": unknown}, how).refused(404, "not_found")
    assert current(client, customer, held)["status"] == "pending"


def test_nobody_decides_about_a_payment_of_their_own(
    client: Api, manager: User, admin: User, account: Json, payee: Json
) -> None:
    """Staff are not stopped, so this payment is held by hand."""
    own = {"id": held_by_hand(manager, account, payee, LARGE, "manager")}
    for how in ("approve", "reject"):
        decide(client, manager, own, how).refused(403, "forbidden")
    decide(client, admin, own, "approve").ok()


@pytest.mark.parametrize("second", ["approve", "reject"])
@pytest.mark.parametrize(("first", "ends"), [("approve", "posted"), ("reject", "voided")])
def test_of_two_who_decide_at_once_one_has_decided(
    client: Api, manager: User, admin: User, held: Json, first: str, second: str, ends: str, monkeypatch: Any
) -> None:
    """Both have seen it waiting."""
    meanwhile(monkeypatch, lambda: decide(client, admin, held, first).ok())
    decide(client, manager, held, second).refused(409, "conflict")
    assert current(client, manager, held)["status"] == ends


def test_of_two_who_reject_at_once_without_a_key_one_has_decided(
    client: Api, manager: User, admin: User, held: Json, monkeypatch: Any
) -> None:
    meanwhile(monkeypatch, lambda: decide(client, admin, held, "reject").ok())
    path, body = f"/v1/transactions/{held['id']}/reject", {"reason": "r"}
    client.post(path, body, token=manager.token).refused(409, "conflict")


def test_a_rejection_without_a_key_is_answered_though_its_own_answer_was_lost(
    client: Api, manager: User, held: Json, monkeypatch: Any
) -> None:
    write, writes = transact.write, list[str]()

    def unheard(actions: list[Action]) -> None:
        write(actions)
        writes.append("landed")
        if len(writes) == 1:
            raise transact.Ambiguous("no answer")

    monkeypatch.setattr(transact, "write", unheard)
    body = {"reason": "r"}
    rejected = client.post(f"/v1/transactions/{held['id']}/reject", body, token=manager.token).ok()
    assert (rejected["status"], writes) == ("voided", ["landed"])


def test_a_key_that_serves_another_request_meanwhile_decides_nothing(
    client: Api, customer: User, manager: User, account: Json, payee: Json, held: Json, monkeypatch: Any
) -> None:
    other_account = opened(client, customer, "3000.00")
    other = pay(client, customer, other_account, payee, LARGE).ok(202)
    meanwhile(monkeypatch, lambda: decide(client, manager, other, "approve", key="k").ok())
    decide(client, manager, held, "approve", key="k").refused(409, "idempotency_key_reused")
    assert current(client, customer, held)["status"] == "pending"


def test_a_frozen_payer_leaves_it_waiting(
    client: Api, customer: User, teller: User, manager: User, account: Json, held: Json
) -> None:
    client.post(f"/v1/accounts/{account['id']}/freeze", {"reason": "r"}, token=teller.token).ok()
    decide(client, manager, held, "approve").refused(422, "account_frozen")
    assert current(client, customer, held)["status"] == "pending"
    client.post(f"/v1/accounts/{account['id']}/unfreeze", {"reason": "r"}, token=teller.token).ok()
    decide(client, manager, held, "approve").ok()


def test_money_that_is_not_there_any_more_leaves_it_waiting(
    client: Api, customer: User, manager: User, payee: Json, account: Json, stream: Stream
) -> None:
    poor = opened(client, customer)
    paid_in = deposit(client, customer, poor, LARGE).ok(201)
    held = pay(client, customer, poor, payee, LARGE).ok(202)
    reverse(client, manager, paid_in).refused(422, "insufficient_funds")
    reverse(client, manager, paid_in, allow_overdrawn=True).ok(201)
    assert money(client, customer, poor) == ("0.00", LARGE, f"-{LARGE}")
    decide(client, manager, held, "approve").refused(422, "insufficient_funds")
    assert current(client, customer, held)["status"] == "pending"
    assert (balance(poor), balance(payee)) == (0, 0)
    deposit(client, customer, poor, LARGE).ok(201)
    decide(client, manager, held, "approve").ok()


def test_an_overdraft_that_was_withdrawn_leaves_it_waiting(
    client: Api, customer: User, manager: User, payee: Json, account: Json
) -> None:
    poor = opened(client, customer)
    path = f"/v1/accounts/{poor['id']}"
    client.patch(path, {"overdraft_limit": LARGE}, token=manager.token).ok()
    held = pay(client, customer, poor, payee, LARGE).ok(202)
    client.patch(path, {"overdraft_limit": "0.00"}, token=manager.token).ok()
    decide(client, manager, held, "approve").refused(422, "insufficient_funds")
    assert (current(client, customer, held)["status"], balance(payee)) == ("pending", 0)


@pytest.mark.parametrize("limit", ["TRANSACTION_LIMIT", "DAILY_LIMIT"])
def test_a_limit_that_was_lowered_leaves_it_waiting(
    client: Api, customer: User, manager: User, held: Json, limit: str, monkeypatch: Any
) -> None:
    monkeypatch.setenv(limit, "2499")
    decide(client, manager, held, "approve").refused(422, "limit_exceeded")
    assert current(client, customer, held)["status"] == "pending"
    monkeypatch.setenv(limit, "2500")
    decide(client, manager, held, "approve").ok()


@pytest.mark.parametrize("how", ["approve", "reject", "cancel"])
def test_nothing_is_decided_after_the_end(
    client: Api, log_in: Any, customer: User, manager: User, account: Json, held: Json, how: str, at_time: AtTime
) -> None:
    """Before the sweep has come."""
    at_time(timedelta(hours=72, minutes=1))
    customer, manager = log_in(customer.email), log_in(manager.email)
    decide(client, customer if how == "cancel" else manager, held, how).refused(409, "conflict")
    assert current(client, customer, held)["status"] == "expired"
    assert money(client, customer, account) == ("3000.00", "0.00", "3000.00")
    assert (balance({"id": held["to_account_id"]}), expired()) == (0, 0)


def test_who_made_a_payment_cancels_it(
    client: Api, customer: User, manager: User, account: Json, payee: Json, held: Json, monkeypatch: Any
) -> None:
    monkeypatch.setenv("DAILY_LIMIT", "2600")
    withdraw(client, customer, account, "200.00").refused(422, "limit_exceeded")
    first = decide(client, customer, held, "cancel", key="c")
    assert first.ok().items() >= {"status": "voided", "waiting": None, "entries": []}.items()
    again = decide(client, customer, held, "cancel", key="c")
    assert (again.ok(), again.headers["Idempotent-Replayed"]) == (first.ok(), "true")
    assert client.post(f"/v1/transactions/{held['id']}/cancel", token=customer.token).ok() == first.ok()
    assert money(client, customer, account) == ("3000.00", "0.00", "3000.00")
    for how in ("approve", "reject"):
        decide(client, manager, held, how).refused(409, "conflict")
    withdraw(client, customer, account, "200.00").ok(201)


def test_nobody_else_cancels_a_payment(
    client: Api, customer: User, other_customer: User, teller: User, auditor: User, manager: User, held: Json,
    new_customer: Callable[[], User],
) -> None:  # fmt: skip
    stranger, account = new_customer(), {"id": held["from_account_id"]}
    for user in (other_customer, teller, auditor, manager):
        decide(client, user, held, "cancel").refused(403, "forbidden")
    decide(client, stranger, held, "cancel").refused(404, "not_found")
    decide(client, customer, {"id": f"txn_{'0' * 26}"}, "cancel").refused(404, "not_found")
    assert current(client, customer, held)["status"] == "pending"
    posted = withdraw(client, customer, account, "1.00").ok(201)
    decide(client, customer, posted, "cancel").refused(409, "conflict")


def test_a_manager_cancels_what_it_has_asked_for(client: Api, manager: User, account: Json, payee: Json) -> None:
    own = {"id": held_by_hand(manager, account, payee, LARGE, "manager")}
    assert decide(client, manager, own, "cancel").ok()["status"] == "voided"


@pytest.mark.parametrize(("how", "ends"), [("approve", "posted"), ("reject", "voided")])
def test_of_a_decision_and_a_cancellation_at_once_one_counts(
    client: Api, customer: User, manager: User, account: Json, held: Json, how: str, ends: str
) -> None:
    with just_before("TransactWriteItems", lambda: decide(client, manager, held, how).ok()):
        decide(client, customer, held, "cancel").refused(409, "conflict")
    assert current(client, manager, held)["status"] == ends
    assert read(client, customer, account)["held"] == "0.00"


def test_an_account_with_something_waiting_is_not_closed(
    client: Api, customer: User, teller: User, manager: User, account: Json, held: Json
) -> None:
    withdraw(client, customer, account, "500.00").ok(201)
    client.delete(f"/v1/accounts/{account['id']}", token=customer.token).refused(422, "account_not_empty")
    decide(client, manager, held, "approve").ok()
    client.delete(f"/v1/accounts/{account['id']}", token=customer.token).ok()


def test_what_is_declined_does_not_wait(
    client: Api, customer: User, other_customer: User, manager: User, account: Json, payee: Json, stream: Stream
) -> None:
    pay(client, customer, account, payee, "10.00").ok(201)
    stream.let_follow()
    set_rule(client, manager, "velocity_sum", action="decline", in_hour_units=1000, in_day_units=1000)
    somebody_new = opened(client, other_customer)
    refused = pay(client, customer, account, somebody_new, LARGE).refused(422, "risk_declined")
    assert money(client, customer, account) == ("2990.00", "0.00", "2990.00")
    decide(client, manager, {"id": refused.json["transaction_id"]}, "approve").refused(409, "conflict")
