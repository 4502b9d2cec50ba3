"""Transfers that wait for another person, or are refused, for their risk or by a policy."""

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.permissions import Role
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.identity.user import User
from chalicelib.services.payments import transfer_steps
from chalicelib.services.payments.transfer_request import TransferRequest
from chalicelib.services.payments.transfer_steps import outcome_of
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, lost, served
from tests.small_bank import NOON_TEXT, A, B, C, SmallBank, customer, staff
from tests.unit.payments.risky_bank import hold_above
from tests.unit.payments.transfer_requests import occurrence, stop_new_counterparties, through_json, transfer

UNTIL_72_HOURS = "2026-11-24T12:00:00.000000Z"
LOST_PROFILES = (served, lost, lost, served, lost, lost)
"""The thresholds are read; the profiles neither with the accounts nor by themselves."""
LOST_THRESHOLDS = (lost, lost, served, lost, lost)


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open(A, 10_000, holders={"cus_3": "view"})
    bank.open(B, 500, owner=2)


@pytest.fixture
def request_(bank: SmallBank) -> TransferRequest:
    """Return a request of customer 1 to transfer 12.50 from A to B."""
    return transfer(bank)


def test_held_transfer_waits_for_a_review_for_three_days(bank: SmallBank, request_: TransferRequest) -> None:
    result = through_json(transfer_steps.hold(request_))
    held = outcome_of(result).transaction
    assert (result["status"], held.status, held.awaits) == ("decided", "pending", "risk_review")
    assert held.hold_until == UNTIL_72_HOURS
    assert (bank.account(A).balance, bank.account(A).held) == (10_000, 1250)


def test_time_for_a_review_is_a_setting(
    bank: SmallBank, request_: TransferRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RISK_REVIEW_HOURS", "2")
    assert outcome_of(transfer_steps.hold(request_)).transaction.hold_until == "2026-11-21T14:00:00.000000Z"


def test_transfer_that_must_wait_is_answered_with_what_its_key_has_led_to(
    bank: SmallBank, request_: TransferRequest
) -> None:
    transfer_steps.post(request_)
    stop_new_counterparties(bank, "review")
    result = through_json(transfer_steps.post(replace(request_, caller=customer(request_id="req_2"))))
    assert (result["status"], result["replayed"]) == ("decided", True)


def test_transfer_that_would_have_to_wait_after_a_lost_answer_is_what_its_write_has_made_it(
    bank: SmallBank, request_: TransferRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The write has landed, its answer is lost, and the thresholds become stricter before the next attempt."""
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "0")

    def lose(answer: Any, _: Any) -> Any:
        answer()
        stop_new_counterparties(bank, "review")
        return lost(answer, _)

    bank.dynamodb.next(WRITE, lose, lost)
    result = through_json(transfer_steps.post(request_))
    assert outcome_of(result).transaction.status == "posted"
    assert (bank.account(A).balance, bank.account(A).held) == (8750, 0)


def test_risk_that_must_be_reviewed_is_told_and_nothing_is_written(bank: SmallBank, request_: TransferRequest) -> None:
    stop_new_counterparties(bank, "review")
    assert transfer_steps.post(request_) == {"status": "review", "reasons": ["risk_review"]}
    assert bank.dynamodb.count(WRITE) == 0


def test_risk_that_must_be_declined_is_refused_and_recorded(bank: SmallBank, request_: TransferRequest) -> None:
    stop_new_counterparties(bank, "decline")
    result = through_json(transfer_steps.post(request_))
    assert (result["status"], outcome_of(result).transaction.failure["code"]) == ("decided", "risk_declined")
    assert bank.account(A).balance == 10_000


@pytest.mark.parametrize("role", ["teller", "manager", "admin"])
def test_what_staff_pay_for_a_customer_is_screened_like_the_customers_own(bank: SmallBank, role: Role) -> None:
    stop_new_counterparties(bank, "review")
    assert transfer_steps.post(transfer(bank, staff(role))) == {"status": "review", "reasons": ["risk_review"]}
    stop_new_counterparties(bank, "decline")
    declined = through_json(transfer_steps.post(transfer(bank, staff(role, user_id="usr_other"))))
    assert outcome_of(declined).transaction.failure["code"] == "risk_declined"
    assert bank.account(A).balance == 10_000


@pytest.mark.parametrize("steps", [LOST_PROFILES, LOST_THRESHOLDS])
def test_risk_that_cannot_be_judged_passes_or_waits_as_the_setting_says(
    bank: SmallBank, request_: TransferRequest, monkeypatch: pytest.MonkeyPatch, steps: Any
) -> None:
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "0")
    bank.dynamodb.next(BATCH_GET, *steps)
    assert transfer_steps.post(request_)["status"] == "decided"
    monkeypatch.setenv("RISK_UNKNOWN", "refuse")
    bank.dynamodb.next(BATCH_GET, *steps)
    result = through_json(transfer_steps.post(transfer(bank)))
    assert (result["status"], result["code"], result["retry_after_seconds"]) == ("rejected", "unavailable", 5)


def test_transfer_that_is_gone_through_at_once_is_screened_and_posted_or_held(
    bank: SmallBank, request_: TransferRequest
) -> None:
    assert transfer_steps.execute(request_).transaction.status == "posted"
    stop_new_counterparties(bank, "review")
    bank.open(C, owner=3)
    held = transfer_steps.execute(transfer(bank, to_account_id=C)).transaction
    assert (held.status, held.awaits) == ("pending", "risk_review")
    assert transfer_steps.execute(transfer(bank, amount="999.00")).transaction.failure["code"] == "insufficient_funds"


@pytest.fixture
def policy(bank: SmallBank) -> None:
    """Have transfers above 10.00 wait, of one or of several in 24 hours."""
    hold_above(bank, 1000, within_24h=True)


@pytest.mark.parametrize(("is_approved", "status"), [(True, "posted"), (False, "pending")])
def test_payment_of_an_order_that_was_approved_waits_for_no_policy(
    bank: SmallBank, policy: None, *, is_approved: bool, status: str
) -> None:
    made = transfer_steps.execute(transfer(bank, ordered=occurrence(is_approved=is_approved))).transaction
    assert (made.status, made.order_id, made.occurrence) == (status, "ord_1", "2026-12-01")
    stored = bank.transaction(made.id)
    assert (stored.order_id, stored.occurrence) == ("ord_1", "2026-12-01")


def test_transfer_beyond_what_its_customer_may_send_in_24_hours_waits(bank: SmallBank, policy: None) -> None:
    """The policy's threshold is a condition of the write, which counts the customer's accounts together."""
    for account_id in (A, C):
        bank.open(account_id, 10_000, counts_alone=None)
    assert outcome_of(transfer_steps.post(transfer(bank, amount="9.00"))).transaction.status == "posted"
    other = outcome_of(transfer_steps.post(transfer(bank, amount="2.00", from_account_id=C))).transaction
    assert (other.status, other.awaits, bank.account(C).balance) == ("pending", "approval", 10_000)


def test_held_transfer_waits_for_the_reasons_that_its_screening_has_found(
    bank: SmallBank, request_: TransferRequest
) -> None:
    bank.put(User.new("usr_decider", "hmac", "hash", "manager").stamp(staff(), NOON_TEXT).listed())
    held = outcome_of(through_json(transfer_steps.hold(request_, ("risk_review", "policy")))).transaction
    approval = Approval.by_id(str(held.approval_id))
    assert approval
    assert approval.reasons == ["risk_review", "policy"]
