"""Payments to other banks in the ledger: held, queued, cancelled, settled, and ended by nothing else."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain import ids
from chalicelib.domain.clearing.identity import uetr_of
from chalicelib.domain.errors import Conflict, Forbidden, IdempotencyKeyReused, InsufficientFunds, NotFound
from chalicelib.domain.ledger import general_ledger
from chalicelib.domain.ledger.balance import Status
from chalicelib.domain.permissions import Caller, system
from chalicelib.models.approvals.approval import Approval
from chalicelib.models.clearing.payment import ClearingPayment
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.hold import NO_END
from chalicelib.models.ledger.posting_request import PostingRequest
from chalicelib.models.ledger.terms import Terms
from chalicelib.services import payment_rights
from chalicelib.services.crypto import personal_fields
from chalicelib.services.payments import approvals, hold_expiry, outgoing, transfer_steps
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.outgoing import Outgoing, Payee
from chalicelib.services.payments.transaction_views import view_all
from chalicelib.services.payments.transfer_request import TransferRequest, to_posting_request
from chalicelib.services.payments.transfer_steps import outcome_of
from tests.fake_dynamodb.wire import WRITE, after
from tests.small_bank import A, B, SmallBank, customer, staff
from tests.unit.payments.risky_bank import hold_above

CLEARING = general_ledger.clearing("standard", "EUR")
SEALED = Outgoing("standard", "cus_1", "v1.AAAA", "v1.BBBB", None, None)
UNTIL = "2026-11-24T12:00:00.000000Z"


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open(A, 10_000, currency="EUR")
    for person in (customer(), staff()):
        bank.user(person)


def payment(bank: SmallBank, caller: Caller | None = None, **fields: Any) -> TransferRequest:
    caller = caller or customer()
    given: dict[str, Any] = {"from_account_id": A, "to_account_id": CLEARING, "amount": "12.50", "currency": "EUR"}
    given |= {"annotations": Annotations(), "caller": caller, "idempotency_key": bank.key(caller), "outgoing": SEALED}
    return TransferRequest(**given | fields)


def queued(bank: SmallBank, **fields: Any) -> str:
    return str(outcome_of(transfer_steps.post(payment(bank, **fields))).transaction.id)


def waiting(bank: SmallBank) -> str:
    """Return a payment of 12.50 that waits for a review."""
    asked: PostingRequest = replace(to_posting_request(payment(bank)), awaits="risk_review")
    return str(ledger.hold(asked, UNTIL).transaction.id)


def listed() -> list[str]:
    """Return the queued payments."""
    pages = ClearingPayment.walk_due("queued", ["standard"], NO_END, 5)
    return [one.id for page in pages for one in page]


def stored(transaction_id: str) -> ClearingPayment:
    found = ClearingPayment.by_id(transaction_id)
    assert found
    return found


def test_request_goes_through_the_workflow_as_json(bank: SmallBank) -> None:
    request = payment(bank)
    assert TransferRequest.from_json(request.to_json()) == request


def test_payment_is_held_for_the_clearing_and_queued(bank: SmallBank) -> None:
    name = queued(bank)
    made, item = bank.transaction(name), stored(name)
    assert (made.transaction_type, made.status, made.awaits) == ("payment", "pending", "clearing")
    assert {leg.account_id for leg in made.movement().legs} == {A, CLEARING}
    assert "hold_until" not in made.serialize()
    assert (bank.account(A).balance, bank.account(A).held, bank.account(A).spent) == (10_000, 1250, 1250)
    assert bank.hold(A, name).gsi1sk == NO_END
    assert (item.status, item.rail, item.amount, item.currency, item.account_id) == (
        "queued",
        "standard",
        1250,
        "EUR",
        A,
    )
    assert (item.submit_by, item.settlement_date) == ("2026-11-23T15:00:00.000000Z", "2026-11-23")
    assert ClearingPayment.id_by_uetr(uetr_of(name)) == name
    assert listed() == [name]


def test_same_key_makes_one_payment(bank: SmallBank) -> None:
    request = payment(bank)
    first, again = (outcome_of(transfer_steps.post(request)) for _ in range(2))
    assert (first.transaction.id, bank.account(A).held) == (again.transaction.id, 1250)


def test_view_of_a_payment_has_what_the_other_bank_knows_and_its_version(bank: SmallBank) -> None:
    name = queued(bank)
    [view] = view_all(customer(), [bank.transaction(name)])
    assert view.payment
    assert view.payment.item.id == name
    assert view.version == "1-0-1"
    approvals.cancel(customer(), name, None)
    [view] = view_all(customer(), [bank.transaction(name)])
    assert view.version == "2-0-2"


def test_refused_payment_leaves_no_item(bank: SmallBank) -> None:
    refused = outcome_of(transfer_steps.post(payment(bank, amount="100.01"))).transaction
    assert (refused.status, refused.failure["code"]) == ("failed", "insufficient_funds")
    assert ClearingPayment.by_id(refused.id) is None
    assert ClearingPayment.id_by_uetr(uetr_of(refused.id)) is None


def test_no_timer_and_no_ended_right_releases_what_the_clearing_has(bank: SmallBank) -> None:
    name = queued(bank)
    bank.user(customer(), status="disabled")
    bank.later(days=400)
    assert hold_expiry.sweep() == {"expired": 0, "voided": 0, "approvals": 0}
    payment_rights.void_ended([name], "r")
    for end in (ledger.expire, ledger.void, ledger.settle):
        with pytest.raises(Conflict, match="at the clearing"):
            end(name, system("r"))
    assert (bank.transaction(name).status, bank.account(A).held) == ("pending", 1250)


def test_queued_payment_is_cancelled_by_its_maker(bank: SmallBank) -> None:
    name = queued(bank)
    ended = approvals.cancel(customer(), name, None).transaction
    assert (ended.status, bank.account(A).held, bank.account(A).spent) == ("voided", 0, 0)
    assert (stored(name).status, stored(name).reason_code) == ("rejected", "CUST")
    assert [one["what"] for one in stored(name).trace] == ["queued", "cancelled"]
    assert approvals.cancel(customer(request_id="req_2"), name, None).replayed


def test_submitted_payment_cannot_be_cancelled(bank: SmallBank) -> None:
    name = queued(bank)
    item = stored(name)
    item.status = "submitted"
    bank.put(item)
    with pytest.raises(Conflict, match="submitted"):
        approvals.cancel(customer(), name, None)
    assert bank.transaction(name).status == "pending"


def test_payment_that_is_sent_while_its_maker_cancels_it_goes_on(bank: SmallBank) -> None:
    name = queued(bank)

    def submit() -> None:
        item = stored(name)
        item.status, item.version = "submitted", item.version + 1
        bank.put(item)

    bank.dynamodb.next(WRITE, after(submit))
    with pytest.raises(Conflict, match="just been sent to the clearing"):
        approvals.cancel(customer(), name, bank.key(customer()))
    assert (bank.transaction(name).status, stored(name).status, bank.account(A).held) == ("pending", "submitted", 1250)


def test_cancellation_under_a_key_is_made_once(bank: SmallBank) -> None:
    name, key = queued(bank), bank.key(customer())
    for is_repeated in (False, True):
        ended = approvals.cancel(customer(), name, key)
        assert (ended.transaction.status, ended.transaction.reason, ended.replayed) == (
            "voided",
            "Cancelled by the person who made it.",
            is_repeated,
        )
    with pytest.raises(IdempotencyKeyReused):
        approvals.cancel(customer(), name, type(key)(key.transaction_id, "another fingerprint"))


def test_approval_queues_the_payment_for_the_cycle_of_that_moment(bank: SmallBank) -> None:
    name = waiting(bank)
    assert stored(name).status == "waiting"
    assert listed() == []
    bank.now = datetime(2026, 11, 23, 15, tzinfo=UTC)
    key = bank.key(staff())
    outcome = approvals.approve(staff(), name, key)
    assert (outcome.transaction.status, outcome.transaction.awaits, outcome.replayed) == ("pending", "clearing", False)
    made = bank.transaction(name)
    assert (made.status, made.awaits, bank.hold(A, name).gsi1sk) == ("pending", "clearing", NO_END)
    assert "hold_until" not in made.serialize()
    assert (stored(name).status, stored(name).settlement_date, bank.account(A).held) == ("queued", "2026-11-24", 1250)
    assert approvals.approve(staff(), name, key).replayed
    with pytest.raises(Conflict, match="at the clearing"):
        approvals.approve(staff(request_id="req_2"), name, None)


def test_approval_is_executed_when_the_payment_is_queued(bank: SmallBank) -> None:
    hold_above(bank, 1000, currency="EUR")
    request = payment(bank)
    assert transfer_steps.post(request) == {"status": "review", "reasons": ["policy"]}
    held = outcome_of(transfer_steps.hold(request, ("policy",))).transaction
    approvals.approve(staff(), held.id, bank.key(staff()), "seen")
    approval = Approval.by_id(str(held.approval_id))
    assert approval
    assert (approval.status, [one["by"] for one in approval.decisions]) == ("executed", ["usr_staff"])
    assert (stored(held.id).status, bank.transaction(held.id).awaits) == ("queued", "clearing")


def test_payment_that_another_manager_approves_at_the_same_time_is_theirs(bank: SmallBank) -> None:
    name, another = waiting(bank), staff(user_id="usr_another", request_id="req_another")
    bank.user(another)
    bank.dynamodb.next(WRITE, after(lambda: approvals.approve(another, name, bank.key(another))))
    with pytest.raises(Conflict):
        approvals.approve(staff(), name, bank.key(staff()))
    assert (bank.transaction(name).updated_by, stored(name).status) == ("usr_another", "queued")


@pytest.mark.parametrize(
    ("caller", "account_id", "refusal"),
    [
        (customer(9), A, NotFound),
        (customer(3), A, Forbidden),
        (customer(), B, NotFound),
        (customer(), "acc_1", NotFound),
    ],
)
def test_payee_is_sealed_for_those_only_who_may_pay_from_the_account(
    bank: SmallBank, monkeypatch: pytest.MonkeyPatch, caller: Caller, account_id: str, refusal: type[Exception]
) -> None:
    bank.open(A, 10_000, currency="EUR", holders={"cus_3": "view"})
    sealed = list[object]()
    monkeypatch.setattr(personal_fields, "encrypt", lambda *given: sealed.append(given))
    bank.dynamodb.sent.clear()
    with pytest.raises(refusal):
        outgoing.prepare(caller, bank.key(caller), account_id, None, Payee("DE89370400440532013000", "Ada", "instant"))
    assert sealed == []
    assert len(bank.dynamodb.sent) == (account_id != "acc_1"), "what cannot be an account is not looked up"


def test_rejection_of_a_waiting_payment_gives_the_money_back(bank: SmallBank) -> None:
    name = waiting(bank)
    approvals.reject(staff(), name, "unusual", None)
    assert (bank.transaction(name).status, bank.account(A).held, stored(name).status) == ("voided", 0, "waiting")


def test_waiting_payment_expires(bank: SmallBank) -> None:
    name = waiting(bank)
    bank.later(days=4)
    with pytest.raises(Conflict, match="expired"):
        approvals.approve(staff(), name, None)
    assert (bank.transaction(name).status, bank.account(A).held) == ("expired", 0)


def test_waiting_payment_whose_maker_lost_the_right_is_not_queued(bank: SmallBank) -> None:
    name = waiting(bank)
    bank.user(customer(), status="disabled")
    with pytest.raises(Conflict, match="voided"):
        approvals.approve(staff(), name, None)
    assert (bank.transaction(name).status, bank.account(A).held, stored(name).status) == ("voided", 0, "waiting")


def test_approval_of_a_payment_that_the_account_cannot_pay_leaves_it_waiting(bank: SmallBank) -> None:
    name = waiting(bank)
    poor = bank.account(A)
    poor.balance, poor.ledger_version = 100, poor.ledger_version + 1
    bank.put(poor)
    with pytest.raises(InsufficientFunds):
        approvals.approve(staff(), name, None)
    assert stored(name).status == "waiting"


@pytest.mark.parametrize("status", ["active", "frozen"])
def test_paid_elsewhere_is_posted_whatever_the_account_has_become(bank: SmallBank, status: Status) -> None:
    name = queued(bank)
    now = bank.account(A)
    now.status, now.balance, now.ledger_version = status, 1000, now.ledger_version + 1
    bank.put(now)
    posted = ledger.settle(name, system("r"), Terms(is_paid=True)).transaction
    assert (posted.status, bank.account(A).balance, bank.account(A).held) == ("posted", -250, 0)
    assert bank.account(f"{CLEARING}.000").balance == 1250
    assert [entry.type for entry in bank.entries(A)] == ["payment"]
    assert ledger.settle(name, system("r"), Terms(is_paid=True)).replayed


def test_a_transfer_cannot_be_settled_as_paid_elsewhere(bank: SmallBank) -> None:
    with pytest.raises(Conflict, match="not at the clearing"):
        ledger.settle(waiting(bank), system("r"), Terms(is_paid=True))


def test_unknown_payment_is_not_found(bank: SmallBank) -> None:
    unknown = ids.transaction_id("usr_1", "nothing")
    with pytest.raises(NotFound, match=f"no payment {unknown}"):
        outgoing.find(unknown)


def test_payment_that_was_rejected_is_not_queued_again(bank: SmallBank) -> None:
    name = waiting(bank)
    item = stored(name)
    item.status = "rejected"
    bank.put(item)
    with pytest.raises(Conflict, match="payment is rejected"):
        outgoing.queue(staff(), bank.transaction(name))
