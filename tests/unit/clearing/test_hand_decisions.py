"""Payments that two people end because the clearing is silent."""

from dataclasses import replace

import pytest

from chalicelib.domain.approvals.held import HeldForApproval
from chalicelib.domain.clearing import reasons
from chalicelib.domain.errors import Conflict, ConflictOfInterest, IdempotencyKeyReused, NotFound
from chalicelib.models.approvals.approval import Approval
from chalicelib.services.approvals import decisions
from chalicelib.services.clearing import hand_decisions
from tests.fake_dynamodb.wire import WRITE, after
from tests.small_bank import A, SmallBank, customer, staff
from tests.unit.approvals.held_requests import DECIDER, MAKER, OTHER, control, employ
from tests.unit.clearing.queued_payments import CLEARING, queue, stored, submit

MANAGER = staff("manager", user_id="usr_m", request_id="req_m")


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open(A, 10_000, currency="EUR", holders={"cus_3": "view"})
    bank.user(customer())
    employ(bank, MANAGER, DECIDER, OTHER, MAKER)


def test_settlement_posts_the_money_to_the_clearing(bank: SmallBank) -> None:
    payment, key = submit(bank), bank.key(MANAGER)
    settled, replayed = hand_decisions.settle(MANAGER, key, payment.id, "they called")
    assert (settled.status, settled.trace[-1]["what"], replayed) == ("settled", "settled_by_hand", False)
    assert settled.holder_ids == ["cus_3"]
    assert (bank.transaction(payment.id).status, bank.account(A).balance, bank.account(A).held) == ("posted", 8750, 0)
    [entry] = bank.entries(f"{CLEARING}.000")
    assert entry.amount == 1250
    again, replayed = hand_decisions.settle(MANAGER, key, payment.id, "they called")
    assert (again.status, replayed) == ("settled", True)


def test_void_releases_the_money_and_keeps_the_reason(bank: SmallBank) -> None:
    payment, key = submit(bank), bank.key(MANAGER)
    voided, replayed = hand_decisions.void(MANAGER, key, payment.id, "never arrived")
    assert (voided.status, voided.trace[-1]["what"], replayed) == ("rejected", "voided_by_hand", False)
    assert voided.reason_code == reasons.NO_ANSWER
    made = bank.transaction(payment.id)
    assert (made.status, made.reason) == ("voided", "never arrived")
    assert (bank.account(A).balance, bank.account(A).held) == (10_000, 0)
    assert hand_decisions.void(MANAGER, key, payment.id, "never arrived")[1] is True


def test_payment_has_one_end(bank: SmallBank) -> None:
    payment = submit(bank)
    hand_decisions.settle(MANAGER, None, payment.id, "x")
    for end in (hand_decisions.settle, hand_decisions.void):
        with pytest.raises(Conflict, match="The payment is settled"):
            end(MANAGER, None, payment.id, "x")
    assert bank.account(A).balance == 8750


def test_payment_that_is_not_at_the_clearing_is_not_ended_by_hand(bank: SmallBank) -> None:
    queued = queue(bank)
    for end in (hand_decisions.settle, hand_decisions.void):
        with pytest.raises(Conflict, match="The payment is queued"):
            end(MANAGER, None, queued.id, "x")


def test_clearing_is_asked_before_a_payment_is_ended_by_hand(bank: SmallBank) -> None:
    payment = submit(bank, is_asked_after=False)
    for end in (hand_decisions.settle, hand_decisions.void):
        with pytest.raises(Conflict, match="Ask it first"):
            end(MANAGER, None, payment.id, "x")
    assert (stored(payment.id).status, bank.transaction(payment.id).status) == ("submitted", "pending")


def test_staff_of_the_paying_account_do_not_end_its_payment(bank: SmallBank) -> None:
    payment = submit(bank)
    for own in ("cus_1", "cus_3"):
        with pytest.raises(ConflictOfInterest):
            hand_decisions.settle(replace(MANAGER, own_customer_id=own), None, payment.id, "x")
    for unknown in ("txn_x", payment.id[:-1] + "0"):
        with pytest.raises(NotFound):
            hand_decisions.settle(MANAGER, None, unknown, "x")


@pytest.mark.parametrize(("action", "status"), [("payment.settle", "posted"), ("payment.void", "voided")])
def test_end_by_hand_waits_for_a_second_person(bank: SmallBank, action: str, status: str) -> None:
    control(action)  # type: ignore[arg-type]
    payment = submit(bank)
    end = hand_decisions.settle if action == "payment.settle" else hand_decisions.void
    with pytest.raises(HeldForApproval) as held:
        end(MANAGER, None, payment.id, "they called")
    approval = Approval.by_id(held.value.approval_id)
    assert approval
    verb = "Settle" if action == "payment.settle" else "Void"
    assert approval.summary == f"{verb} payment {payment.id} of 12.50 EUR by hand: the clearing has not answered."
    assert (approval.action, approval.resource_id, approval.resource_version) == (action, payment.id, "MSG-1")
    assert (approval.parties, approval.payload) == (["cus_1", "cus_3"], {"reason": "they called"})
    assert bank.transaction(payment.id).status == "pending"
    assert decisions.approve(DECIDER, approval.id, None, None)[0].status == "executed"
    assert bank.transaction(payment.id).status == status


def test_answer_that_comes_at_the_same_time_wins(bank: SmallBank) -> None:
    payment = submit(bank)
    bank.dynamodb.next(WRITE, after(lambda: hand_decisions.settle(OTHER, None, payment.id, "sooner")))
    with pytest.raises(Conflict):
        hand_decisions.void(MANAGER, None, payment.id, "x")
    assert (stored(payment.id).status, bank.transaction(payment.id).status) == ("settled", "posted")
    second = submit(bank)
    bank.dynamodb.next(WRITE, after(lambda: hand_decisions.settle(OTHER, None, second.id, "sooner")))
    with pytest.raises(Conflict):
        hand_decisions.settle(MANAGER, None, second.id, "x")
    assert bank.account(A).balance == 7500, "each was paid once"


def test_key_of_another_request_is_refused(bank: SmallBank) -> None:
    payment, key = submit(bank), bank.key(MANAGER)
    hand_decisions.settle(MANAGER, key, payment.id, "x")
    with pytest.raises(IdempotencyKeyReused):
        hand_decisions.settle(MANAGER, replace(key, fingerprint="other"), payment.id, "x")
