"""Payments that wait, decided through their approvals: the ledger posts or voids them, by the same rules."""

from dataclasses import replace

import pytest

from chalicelib.domain.errors import ApprovalOwnRequest, Conflict, Forbidden
from chalicelib.domain.permissions import Caller
from chalicelib.models.approvals.approval import Approval
from chalicelib.services.approvals import decisions
from chalicelib.services.payments import transfer_steps
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transfer_request import TransferRequest
from chalicelib.services.payments.transfer_steps import outcome_of
from tests.small_bank import A, B, SmallBank, customer, staff
from tests.unit.approvals.held_requests import DECIDER, OTHER, control, employ, stored


@pytest.fixture
def waiting(bank: SmallBank) -> Approval:
    """Return the approval of a transfer of 12.50 from customer 1 to customer 2."""
    bank.open(A, 10_000)
    bank.open(B, 500, owner=2)
    bank.user(customer())
    employ(bank, DECIDER, OTHER)
    return hold(bank)


def hold(bank: SmallBank, required: int = 1) -> Approval:
    control("transfer", above={"USD": 1000}, required=required)
    request = TransferRequest(A, B, "12.50", None, Annotations(), customer(), bank.key(customer()))
    assert transfer_steps.post(request) == {"status": "review", "reasons": ["policy"]}
    held = outcome_of(transfer_steps.hold(request, ("policy",))).transaction
    return stored(str(held.approval_id))


def payment_status(bank: SmallBank, approval: Approval) -> str:
    return str(bank.transaction(str(approval.transaction_id)).status)


def test_approval_posts_the_payment(bank: SmallBank, waiting: Approval) -> None:
    key = bank.key(DECIDER)
    decided, replayed = decisions.approve(DECIDER, waiting.id, "seen", key)
    assert (decided.status, decided.notes, replayed) == ("executed", {DECIDER.user_id: "seen"}, False)
    assert (bank.account(A).balance, bank.account(B).balance) == (8_750, 1_750)
    again, replayed = decisions.approve(DECIDER, waiting.id, "seen", key)
    assert (again.status, replayed, bank.account(B).balance) == ("executed", True, 1_750)
    with pytest.raises(Conflict):
        decisions.approve(OTHER, waiting.id, None, None)


def test_rejection_voids_the_payment_and_says_why(bank: SmallBank, waiting: Approval) -> None:
    key = bank.key(DECIDER)
    decided, replayed = decisions.reject(DECIDER, waiting.id, "odd", key)
    assert (decided.status, decided.notes, replayed) == ("rejected", {DECIDER.user_id: "odd"}, False)
    assert bank.transaction(str(waiting.transaction_id)).reason == "odd"
    assert (bank.account(A).balance, bank.account(A).held) == (10_000, 0)
    assert decisions.reject(DECIDER, waiting.id, "odd", key)[1] is True


def test_first_of_two_approvals_leaves_the_payment_waiting(bank: SmallBank) -> None:
    bank.open(A, 10_000)
    bank.open(B, 500, owner=2)
    bank.user(customer())
    employ(bank, DECIDER, OTHER)
    approval = hold(bank, required=2)
    assert decisions.approve(DECIDER, approval.id, None, None)[0].status == "requested"
    assert payment_status(bank, approval) == "pending"
    with pytest.raises(Conflict, match="You have decided about this request already"):
        decisions.approve(DECIDER, approval.id, None, None)
    assert decisions.approve(OTHER, approval.id, None, None)[0].status == "executed"
    assert payment_status(bank, approval) == "posted"


@pytest.mark.parametrize(
    ("caller", "refusal", "message"),
    [
        (replace(staff(user_id="usr_1")), ApprovalOwnRequest, "You made this request"),
        (replace(OTHER, own_customer_id="cus_2"), ApprovalOwnRequest, "concerns yourself"),
        (staff("teller", user_id="usr_teller"), Forbidden, "Only manager or admin may decide"),
    ],
)
def test_person_who_may_not_decide_moves_no_money(
    bank: SmallBank, waiting: Approval, caller: Caller, refusal: type[Exception], message: str
) -> None:
    for decide in (decisions.approve, decisions.reject):
        with pytest.raises(refusal, match=message):
            decide(caller, waiting.id, "x", None)
    assert (payment_status(bank, waiting), bank.account(A).balance) == ("pending", 10_000)


def test_decision_of_the_ledger_is_held_to_the_rules_of_requests(bank: SmallBank, waiting: Approval) -> None:
    """`decide` is what the ledger calls in its commit, on the approval as it is by then."""
    at = "2026-11-21T12:00:01.000000Z"
    values = decisions.decide(waiting, DECIDER, "approved", "seen", at)
    assert (values["status"], values["notes"]) == ("approved", {DECIDER.user_id: "seen"})
    assert decisions.decide(waiting, DECIDER, "rejected", None, at)["status"] == "rejected"
    with pytest.raises(ApprovalOwnRequest, match="You made this request"):
        decisions.decide(waiting, staff(user_id="usr_1"), "approved", None, at)
    with pytest.raises(Forbidden):
        decisions.decide(waiting, staff("teller"), "approved", None, at)
    waiting.status = "rejected"
    with pytest.raises(Conflict, match="The request is rejected: it cannot be decided any more"):
        decisions.decide(waiting, DECIDER, "approved", None, at)


def test_maker_cancels_its_payment(bank: SmallBank, waiting: Approval) -> None:
    key = bank.key(customer())
    with pytest.raises(Forbidden):
        decisions.cancel(DECIDER, waiting.id, None)
    cancelled, replayed = decisions.cancel(customer(), waiting.id, key)
    assert (cancelled.status, replayed, payment_status(bank, waiting)) == ("cancelled", False, "voided")
    assert (bank.account(A).balance, bank.account(A).held) == (10_000, 0)
    assert decisions.cancel(customer(), waiting.id, key)[1] is True
    assert decisions.cancel(customer(), waiting.id, None)[1] is True, "the ledger knows that it was the maker"
