"""Payments that people settle or void because the clearing is silent: two of them, and never two effects."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from chalicelib.domain.clearing.pacs002 import Status
from chalicelib.services.clearing import cycles, inbox, inquiries
from tests.api.helpers.accounts import new_key
from tests.api.helpers.accounts import read as read_account
from tests.api.helpers.bank import Api, Json, Reply, User
from tests.api.helpers.clearing import (
    BANK,
    Clearing,
    own,
    pay,
    read,
    report,
    send_return,
    stored,
    submit_instant,
)
from tests.api.helpers.links import linked
from tests.api.helpers.race import just_before

REASON = {"reason": "Read from the clearing's statement"}

AGREES: dict[str, Status] = {"settle": "ACSC", "void": "RJCT"}
CONTRADICTS: dict[str, Status] = {"settle": "RJCT", "void": "ACSC"}
STATES = {"settle": "settled", "void": "rejected"}
TRACES = {"settle": "settled_by_hand", "void": "voided_by_hand"}
AFTER = {"settle": ("990.00", "0.00", 1000), "void": ("1000.00", "0.00", 0)}
each_end = pytest.mark.parametrize("how", ["settle", "void"])


@dataclass
class Desk:
    """Two managers, and a payment of a customer that was sent and asked after, and not answered."""

    client: Api
    customer: User
    manager: User
    admin: User
    payer: Json
    clearing: Clearing
    payment: Json

    def end(self, how: str, by: User | None = None, key: str | None = None, payment: Json | None = None) -> Reply:
        path = f"/v1/clearing/payments/{(payment or self.payment)['id']}/{how}"
        return self.client.post(path, REASON, token=(by or self.manager).token, key=key or new_key())

    def approve(self, approval: Json, by: User) -> Reply:
        return self.client.post(f"/v1/approvals/{approval['id']}/approve", {}, token=by.token)

    def money(self) -> tuple[str, str, int]:
        """Return the payer's balance, what is held of it, and what the clearing has."""
        found = read_account(self.client, self.customer, self.payer)
        return found["balance"], found["held"], own("clearing")

    def report(self, status: Status) -> str:
        return report(self.clearing, status, self.payment, code="AC04" if status == "RJCT" else None)

    def answer(self, status: Status) -> None:
        inbox.receive(BANK, self.report(status))

    @property
    def state(self) -> str:
        return str(stored(self.payment).status)

    @property
    def trace(self) -> list[str]:
        return [one["what"] for one in stored(self.payment).trace]


@pytest.fixture
def desk(client: Api, customer: User, manager: User, admin: User, payer: Json, clearing: Clearing) -> Desk:
    payment = pay(client, customer, payer, rail="instant")
    submit_instant(payment)
    inquiries.inquire(BANK, [stored(payment)])
    return Desk(client, customer, manager, admin, payer, clearing, payment)


@pytest.fixture
def two_people(client: Api, admin: User) -> None:
    """Demand a second person for both ends."""
    for action in ("payment.settle", "payment.void"):
        client.put(f"/v1/approval-policies/{action}", {"control": "require"}, token=admin.token).ok()


@each_end
@pytest.mark.usefixtures("two_people")
def test_an_end_by_hand_takes_two_people_and_moves_the_money_once(desk: Desk, how: str) -> None:
    approval = desk.end(how, key="k").ok(202)
    assert desk.end(how, key="k").ok(202)["id"] == approval["id"]
    assert desk.money() == ("1000.00", "10.00", 0)
    desk.approve(approval, desk.manager).refused(403, "approval_own_request")
    assert desk.approve(approval, desk.admin).ok()["status"] == "executed"
    assert (desk.state, desk.money()) == (STATES[how], AFTER[how])
    desk.answer(AGREES[how])
    assert desk.trace[-1] == TRACES[how]
    desk.answer(CONTRADICTS[how])
    assert desk.trace[-1].startswith("contradiction")
    assert (desk.state, desk.money()) == (STATES[how], AFTER[how])
    desk.end(how).refused(409, "conflict")


@each_end
@pytest.mark.usefixtures("two_people")
def test_an_answer_before_the_decision_counts_alone(desk: Desk, how: str) -> None:
    approval = desk.end(how).ok(202)
    desk.answer(CONTRADICTS[how])
    assert desk.approve(approval, desk.admin).ok()["failure"]["code"] == "conflict"
    assert desk.money() == AFTER["void" if how == "settle" else "settle"]
    assert TRACES[how] not in desk.trace


@pytest.mark.parametrize("status", ["ACSC", "RJCT"])
@each_end
def test_an_answer_at_the_same_moment_leaves_one_effect(desk: Desk, how: str, status: Status) -> None:
    document = desk.report(status)
    with just_before("TransactWriteItems", lambda: inbox.receive(BANK, document)):
        desk.end(how).refused(409, "conflict")
    assert desk.money() == AFTER["settle" if status == "ACSC" else "void"]
    assert TRACES[how] not in desk.trace


@each_end
def test_an_end_at_the_same_moment_makes_a_contrary_answer_ring(desk: Desk, how: str) -> None:
    document = desk.report(CONTRADICTS[how])
    with just_before("TransactWriteItems", lambda: desk.end(how).ok()):
        inbox.receive(BANK, document)
    assert (desk.state, desk.money()) == (STATES[how], AFTER[how])
    assert desk.trace[-1].startswith("contradiction")


@each_end
def test_a_return_after_an_end_by_hand_gives_back_what_was_settled_only(desk: Desk, how: str) -> None:
    desk.end(how).ok()
    send_return(desk.clearing, desk.payment)
    assert desk.money() == ("1000.00", "0.00", 0)
    assert desk.state == ("returned" if how == "settle" else "rejected")


@each_end
def test_of_two_ends_at_once_one_is_done(desk: Desk, how: str) -> None:
    other = "void" if how == "settle" else "settle"
    with just_before("TransactWriteItems", lambda: desk.end(other, desk.admin).ok()):
        desk.end(how).refused(409, "conflict")
    assert desk.money() == AFTER[other]


@each_end
def test_what_is_not_silent_is_left_to_the_clearing(desk: Desk, how: str) -> None:
    queued = pay(desk.client, desk.customer, desk.payer)
    desk.end(how, payment=queued).refused(409, "conflict")
    desk.clearing.cut_off(queued)
    refused = desk.end(how, payment=queued).refused(409, "conflict")
    assert "not asked" in refused.json["detail"]
    desk.answer("ACSC")
    desk.end(how).refused(409, "conflict")


def test_a_payment_ended_by_hand_counts_as_answered_in_its_cycle(desk: Desk) -> None:
    payment = pay(desk.client, desk.customer, desk.payer)
    cycle = desk.clearing.cut_off(payment)
    cycles.wait(BANK, cycle, "token")
    inquiries.inquire(BANK, [stored(payment)])
    found = desk.end("void", key="k", payment=payment).ok()
    assert found["reason"] == {"code": "AB06", "detail": "The other bank did not answer in time."}
    assert (desk.clearing.woken, cycles.close(BANK, cycle)) == ([], 0)
    assert desk.end("void", key="k", payment=payment).ok() == found
    assert REASON["reason"] not in str(read(desk.client, desk.customer, payment))


@pytest.mark.usefixtures("two_people")
def test_only_managers_who_are_no_party_end_a_payment_by_hand(
    desk: Desk, teller: User, auditor: User, new_staff: Callable[[str], User], log_in: Callable[[str], User]
) -> None:
    for user in (desk.customer, teller, auditor):
        desk.end("void", user).refused(403, "forbidden")
    oneself = linked(desk.client, desk.admin, new_staff("manager"), desk.customer, log_in)
    desk.end("void", oneself).refused(403, "conflict_of_interest")
    approval = desk.end("void").ok(202)
    desk.approve(approval, oneself).refused(403, "approval_own_request")
    assert desk.state == "submitted"


@each_end
@pytest.mark.usefixtures("two_people")
def test_of_two_ends_that_two_people_ask_for_the_first_that_is_approved_is_done(desk: Desk, how: str) -> None:
    """Each asks for another end, and approves that of the other."""
    other = "void" if how == "settle" else "settle"
    asked = desk.end(how, desk.manager).ok(202)
    opposite = desk.end(other, desk.admin)
    if opposite.status == 202:
        desk.approve(asked, desk.admin).ok()
        desk.approve(opposite.json, desk.manager)
    else:
        opposite.refused(409, "conflict")
        desk.approve(asked, desk.admin).ok()
    assert desk.money() == AFTER[how]
    assert (desk.state, desk.trace.count(TRACES[how]), TRACES[other] in desk.trace) == (STATES[how], 1, False)
    desk.end(other, desk.admin).refused(409, "conflict")
    desk.end(how, desk.admin).refused(409, "conflict")
    assert desk.money() == AFTER[how]
