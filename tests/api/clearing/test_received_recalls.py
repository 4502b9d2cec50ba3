"""Recalls by other banks: refused with a code, or given back by two people, from an account that has the money."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytest

from chalicelib import clock, config
from chalicelib.domain.clearing import camt029, pacs004
from chalicelib.domain.clearing.credit_transfer import Rail
from chalicelib.domain.clearing.heading import heading_of
from chalicelib.domain.time import timestamp
from chalicelib.services import progress
from chalicelib.services.clearing import received_recalls, sweep
from chalicelib.services.verification.verify import verify_bank
from tests.api.helpers.accounts import closed, frozen, new_key, opened, withdraw
from tests.api.helpers.accounts import read as read_account
from tests.api.helpers.bank import Api, Json, Reply, User, items
from tests.api.helpers.clearing import BANK, Clearing, own, pay
from tests.api.helpers.links import linked
from tests.api.helpers.race import just_before
from tests.api.helpers.received_recalls import UETR, ask_back, credit
from tests.api.helpers.stream import Stream

RECALLS = "/v1/clearing/recalls"


@dataclass
class Desk:
    """A customer with 1,025.00, of which another bank has paid 25.00 and asks it back."""

    client: Api
    customer: User
    manager: User
    admin: User
    payer: Json
    clearing: Clearing

    def page(self, status: str = "open") -> list[Json]:
        found: list[Json] = self.client.get(f"{RECALLS}?status={status}", token=self.manager.token).ok()["data"]
        return found

    def decide(self, how: str, by: User | None = None, key: str | None = None, code: str = "CUST") -> Reply:
        [recall] = items(type="clearing_recall")
        body = {"code": code} if how == "refuse" else {"reason": "The payee agrees"}
        path = f"{RECALLS}/{recall['id']}/{how}"
        return self.client.post(path, body, token=(by or self.manager).token, key=key or new_key())

    def balance(self) -> str:
        return str(read_account(self.client, self.customer, self.payer)["balance"])

    def answers(self) -> list[tuple[str, str]]:
        """Return the names and codes of the answers that were sent."""
        found = list[tuple[str, str]]()
        for one in self.clearing.sent:
            if b"camt.029" in one:
                [answer] = camt029.parse(one).answers
                found.append((answer.decision, answer.reason.code if answer.reason else ""))
            elif b"pacs.004" in one:
                [back] = pacs004.parse(one).returns
                named = (back.original.transaction_id, back.original.end_to_end_id, back.original.uetr)
                assert (back.amount, named) == (2500, ("T-1", "E-1", UETR))
                found.append(("return", back.reason.code))
        return found


@pytest.fixture
def desk(client: Api, customer: User, manager: User, admin: User, payer: Json, clearing: Clearing) -> Desk:
    credit(clearing, payer["iban"])
    ask_back(clearing)
    return Desk(client, customer, manager, admin, payer, clearing)


def require_two_people(desk: Desk) -> None:
    path = "/v1/approval-policies/recall.accept"
    desk.client.put(path, {"control": "require"}, token=desk.admin.token).ok()


def test_a_recall_waits_for_people_and_takes_nothing_by_itself(desk: Desk) -> None:
    ask_back(desk.clearing, name="RCM-2")
    [one] = desk.page()
    assert (one["status"], one["amount"], one["reason"]["code"]) == ("open", "25.00", "DUPL")
    assert "Acme GmbH" not in str(one)
    assert (desk.balance(), desk.answers()) == ("1025.00", [])


def test_two_people_give_the_money_back_once(desk: Desk) -> None:
    require_two_people(desk)
    approval = desk.decide("accept", key="k").ok(202)
    assert desk.balance() == "1025.00"
    path = f"/v1/approvals/{approval['id']}/approve"
    desk.client.post(path, {}, token=desk.manager.token).refused(403, "approval_own_request")
    assert desk.client.post(path, {}, token=desk.admin.token).ok()["status"] == "executed"
    assert (desk.balance(), own("clearing"), desk.answers()) == ("1000.00", 0, [("return", "FOCR")])
    [found] = desk.page("returned")
    [back] = items(type="transaction", transaction_type="payment_return")
    assert (found["return_id"], back["from_account_id"]) == (back["id"], desk.payer["id"])
    for how in ("accept", "refuse"):
        desk.decide(how).refused(409, "conflict")
    ask_back(desk.clearing, name="RCM-2")
    assert desk.answers() == [("return", "FOCR")] * 2
    assert desk.balance() == "1000.00"


def test_a_refusal_leaves_the_money_and_tells_the_code_once(desk: Desk) -> None:
    refused = desk.decide("refuse", key="k", code="NOAS").ok()
    assert (refused["status"], refused["refusal"]) == (
        "refused",
        {"code": "NOAS", "detail": "The payee did not answer."},
    )
    assert desk.decide("refuse", key="k", code="NOAS").ok() == refused
    desk.decide("accept").refused(409, "conflict")
    assert (desk.balance(), desk.answers()) == ("1025.00", [("refused", "NOAS")])


@pytest.mark.parametrize(("uetr", "amount"), [("4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e91", 2500), (UETR, 2501)])
def test_what_never_came_in_is_refused_at_once(desk: Desk, uetr: str, amount: int) -> None:
    ask_back(desk.clearing, uetr, amount, name="RCM-2")
    assert desk.answers() == [("refused", "NOOR")]
    assert len(desk.page()) == 1


@pytest.mark.parametrize(("how", "code"), [("accept", "ARDT"), ("refuse", "NOAS")])
def test_another_recall_of_a_decided_payment_is_answered_by_its_own_id(desk: Desk, how: str, code: str) -> None:
    desk.decide(how, code="NOAS").ok()
    ask_back(desk.clearing, name="RCM-2", recall_id="RCL-2")
    first, second = desk.clearing.sent[-2:]
    [answer] = camt029.parse(second).answers
    assert (answer.recall_id, desk.answers()[-1]) == ("RCL-2", ("refused", code))
    assert heading_of(first).message_id != heading_of(second).message_id
    assert desk.balance() == ("1000.00" if how == "accept" else "1025.00")


@pytest.mark.parametrize(
    ("hour", "rail", "settled_on"), [(16, "standard", 0), (17, "standard", 1), (23, "standard", 1), (23, "instant", 0)]
)
def test_money_is_given_back_on_a_day_that_the_clearing_still_takes(
    desk: Desk, hour: int, rail: Rail, settled_on: int
) -> None:
    monday = date(2029, 11, 26)
    uetr = "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e91"
    credit(desk.clearing, desk.payer["iban"], uetr, rail=rail)
    ask_back(desk.clearing, uetr, name="RCM-2")
    [found] = [one for one in items(type="clearing_recall") if one["uetr"] == uetr]
    left = datetime.combine(monday, time(hour), config.timezone()) - desk.clearing.real_now()
    with desk.clearing.later(seconds=left.total_seconds()):
        received_recalls.accept(BANK, None, str(found["id"]), "The payee agrees")
    [back] = pacs004.parse(desk.clearing.sent[-1]).returns
    assert back.settlement_date == monday + timedelta(days=settled_on)


def test_a_payment_of_our_own_is_not_given_to_who_recalls_it(desk: Desk) -> None:
    made = pay(desk.client, desk.customer, desk.payer)
    ask_back(desk.clearing, made["payment"]["uetr"], 1000, name="RCM-2")
    assert desk.answers() == [("refused", "NOOR")]


def test_the_recall_for_a_closed_account_is_refused_at_once(
    client: Api, customer: User, manager: User, admin: User, payer: Json, clearing: Clearing
) -> None:
    credit(clearing, payer["iban"])
    withdraw(client, customer, payer, "1025.00").ok(201)
    closed(client, customer, payer)
    ask_back(clearing)
    desk = Desk(client, customer, manager, admin, payer, clearing)
    assert (desk.answers(), desk.page()) == ([("refused", "AC04")], [])


def test_spent_or_frozen_money_is_not_given_back_until_it_is_there(desk: Desk, teller: User) -> None:
    withdraw(desk.client, desk.customer, desk.payer, "1010.00").ok(201)
    desk.decide("accept").refused(422, "insufficient_funds")
    assert [one["status"] for one in desk.page()] == ["open"]
    desk.client.post(
        "/v1/transactions/deposit",
        {"account_id": desk.payer["id"], "amount": "10.00"},
        token=desk.customer.token,
        key=new_key(),
    ).ok(201)
    frozen(desk.client, teller, desk.payer)
    desk.decide("accept").refused(422, "account_frozen")
    desk.client.post(f"/v1/accounts/{desk.payer['id']}/unfreeze", {"reason": "r"}, token=desk.admin.token).ok()
    desk.decide("accept").ok()
    assert (desk.balance(), desk.answers()) == ("0.00", [("return", "FOCR")])


@pytest.mark.parametrize("first", ["accept", "refuse"])
def test_of_two_decisions_at_once_one_counts(desk: Desk, first: str) -> None:
    second = "refuse" if first == "accept" else "accept"
    with just_before("TransactWriteItems", lambda: desk.decide(first, desk.admin).ok()):
        desk.decide(second).refused(409, "conflict")
    assert len(desk.answers()) == 1
    assert desk.balance() == ("1000.00" if first == "accept" else "1025.00")


@pytest.mark.parametrize("how", ["accept", "refuse"])
def test_an_answer_that_the_queue_refuses_is_sent_by_the_sweep(desk: Desk, how: str) -> None:
    desk.clearing.fails = True
    assert desk.decide(how).ok()["status"] == "answering"
    desk.clearing.fails = False
    for _ in range(2):
        sweep.sweep(BANK)
    assert len(desk.answers()) == 1
    assert len(desk.page("returned" if how == "accept" else "refused")) == 1


def test_only_managers_who_are_not_the_payee_decide(
    desk: Desk, teller: User, auditor: User, new_staff: Callable[[str], User], log_in: Callable[[str], User]
) -> None:
    require_two_people(desk)
    oneself = linked(desk.client, desk.admin, new_staff("manager"), desk.customer, log_in)
    for how in ("accept", "refuse"):
        for user in (desk.customer, teller, auditor):
            desk.decide(how, user).refused(403, "forbidden")
        desk.decide(how, oneself).refused(404, "not_found")
    approval = desk.decide("accept").ok(202)
    path = f"/v1/approvals/{approval['id']}/approve"
    desk.client.post(path, {}, token=oneself.token).refused(404, "not_found")
    assert desk.balance() == "1025.00"


def test_staff_who_are_the_payee_learn_nothing_of_a_recall(
    desk: Desk, new_staff: Callable[[str], User], log_in: Callable[[str], User], new_customer: Callable[[], User]
) -> None:
    """It may say that the money is stolen: whoever hears of that first would spend it."""
    require_two_people(desk)
    other, uetr = opened(desk.client, new_customer(), currency="EUR"), "4f1b0c2e-2f7a-4c60-9c51-5d1f5a3b7e91"
    credit(desk.clearing, other["iban"], uetr)
    ask_back(desk.clearing, uetr, name="RCM-2")
    [mine, others] = desk.page()
    approval = desk.client.post(f"{RECALLS}/{mine['id']}/accept", {"reason": "r"}, token=desk.manager.token).ok(202)
    oneself = linked(desk.client, desk.admin, new_staff("admin"), desk.customer, log_in)

    def seen(path: str) -> Json:
        found: Json = desk.client.get(path, token=oneself.token).ok()
        return found

    first = seen(f"{RECALLS}?limit=1")
    assert ([one["id"] for one in first["data"]], first["has_more"]) == ([others["id"]], False)
    assert seen("/v1/approvals")["data"] == []
    assert seen(f"/v1/accounts/{desk.payer['id']}")["pending_approvals"] == []
    desk.client.get(f"/v1/approvals/{approval['id']}", token=oneself.token).refused(404, "not_found")
    assert [one["id"] for one in desk.page()] == [mine["id"], others["id"]]


@pytest.fixture
def stream(wholly_streamed_bank: None) -> Stream:
    return Stream()


def test_audit_tells_staff_who_are_the_payee_nothing_of_a_recall(
    stream: Stream, desk: Desk, new_staff: Callable[[str], User], log_in: Callable[[str], User]
) -> None:
    client, admin = desk.client, desk.admin
    require_two_people(desk)
    approval = desk.decide("accept").ok(202)
    oneself = linked(client, admin, new_staff("admin"), desk.customer, log_in)
    stream.deliver()
    [recall] = desk.page()
    for entity in (recall["id"], approval["id"]):
        records = client.get(f"/v1/audit?entity={entity}", token=admin.token).ok()["data"]
        assert records, entity
        assert client.get(f"/v1/audit?entity={entity}", token=oneself.token).ok()["data"] == []
    by_bank = client.get("/v1/audit?actor=clearing-test&limit=100", token=oneself.token)
    assert "RECALL#" not in by_bank.text


def test_what_was_given_back_is_verified(stream: Stream, desk: Desk) -> None:
    desk.decide("accept").ok()
    stream.deliver()
    with desk.clearing.later(days=10):
        assert verify_bank(progress.ignore, timestamp(clock.now())).broken is None
