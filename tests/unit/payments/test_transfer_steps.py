"""The states of a transfer: posted, refused or rejected. What they say is JSON."""

import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import trial
from chalicelib.domain.errors import (
    AccountFrozen,
    Conflict,
    Contention,
    CurrencyMismatch,
    Forbidden,
    IdempotencyKeyReused,
    InsufficientFunds,
    NotFound,
    SameAccount,
    ValidationFailed,
)
from chalicelib.domain.permissions import Caller
from chalicelib.models import transact
from chalicelib.models.accounts.pin import Pin
from chalicelib.models.ledger import ledger
from chalicelib.models.ledger.transaction import Transaction
from chalicelib.models.payments.label import Label
from chalicelib.models.transact import Extra
from chalicelib.services.approvals import in_force
from chalicelib.services.payments import transfer_steps
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.outgoing import Outgoing
from chalicelib.services.payments.transfer_request import TransferRequest
from chalicelib.services.payments.transfer_steps import outcome_of
from chalicelib.services.risk import screening
from tests.fake_dynamodb.wire import BATCH_GET, WRITE, conflict, served
from tests.small_bank import NOON_TEXT, A, B, C, SmallBank, customer, staff
from tests.unit.payments.transfer_requests import occurrence, through_json, transfer

ENDED = Extra(
    {
        "ConditionCheck": {
            "TableName": "florin-unit-bank",
            "Key": {"pk": {"S": "ORDER#ord_1"}, "sk": {"S": "ORDER"}},
            "ConditionExpression": "attribute_exists(pk)",
        }
    },
    Conflict("The order has ended."),
)
"""A condition that does not hold."""


@pytest.fixture(autouse=True)
def accounts(bank: SmallBank) -> None:
    bank.open(A, 10_000, holders={"cus_3": "view"})
    bank.open(B, 500, owner=2)


@pytest.fixture
def request_(bank: SmallBank) -> TransferRequest:
    """Return a request of customer 1 to transfer 12.50 from A to B."""
    return transfer(bank)


def test_request_goes_from_state_to_state_as_json(bank: SmallBank) -> None:
    annotations = Annotations("rent", "home", ("x", "y"))
    request = transfer(bank, currency="USD", annotations=annotations)
    assert TransferRequest.from_json(json.loads(json.dumps(request.to_json()))) == request


def test_transfer_is_posted_with_all_that_was_asked_for(bank: SmallBank) -> None:
    caller = Caller("usr_teller", "teller", "req_9", branch_id="brn_1")
    request = transfer(bank, caller, annotations=Annotations("rent", "home", ("x",)))
    result = through_json(transfer_steps.post(request))
    assert (result["status"], result["replayed"], result["sides"]) == ("decided", False, [A, B])
    posted = outcome_of(result).transaction
    assert posted.serialize() == bank.transaction(posted.id).serialize()
    assert (posted.transaction_type, posted.status) == ("transfer", "posted")
    assert (posted.amount, posted.currency) == (1250, "USD")
    assert (posted.from_account_id, posted.to_account_id, posted.memo, posted.branch_id) == (A, B, "rent", "brn_1")
    assert (bank.account(A).balance, bank.account(A).spent, bank.account(B).balance) == (8750, 1250, 1750)
    label = Label.find(*Label.key(A, posted.id))
    assert label
    assert (label.category, label.tags, label.updated_by) == ("home", ["x"], "usr_teller")
    assert Label.find(*Label.key(B, posted.id)) is None


def test_transfer_takes_one_read_and_one_write(
    bank: SmallBank, request_: TransferRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The policies of approvals and the thresholds of risk are cached. The profiles are read with the accounts."""
    monkeypatch.setenv("REFERENCE_CACHE_SECONDS", "86400")
    in_force.policy_of("transfer")
    screening.stops_anything()
    before = len(bank.dynamodb.sent)
    transfer_steps.post(request_)
    assert [operation for operation, _ in bank.dynamodb.sent[before:]] == [BATCH_GET, WRITE]


def test_outcome_is_read_from_a_result(bank: SmallBank, request_: TransferRequest) -> None:
    first = outcome_of(through_json(transfer_steps.post(request_)))
    assert (first.sides, first.replayed) == ((A,), False)
    again = replace(request_, caller=customer(request_id="req_2"))
    second = outcome_of(through_json(transfer_steps.post(again)))
    assert (second.transaction.id, second.sides, second.replayed) == (first.transaction.id, None, True)


def test_refused_transfer_is_decided_and_recorded(bank: SmallBank) -> None:
    result = through_json(transfer_steps.post(transfer(bank, amount="100.01")))
    assert result["status"] == "decided"
    assert outcome_of(result).transaction.failure["code"] == "insufficient_funds"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"from_account_id": "acc_1"}, NotFound),
        ({"to_account_id": "gl.equity.USD"}, NotFound),
        ({"to_account_id": C}, NotFound),
        ({"from_account_id": C}, NotFound),
        ({"to_account_id": A}, SameAccount),
        ({"caller": customer(9)}, NotFound),
        ({"caller": customer(3)}, Forbidden),
        ({"currency": "EUR"}, CurrencyMismatch),
        ({"amount": "1.234"}, ValidationFailed),
    ],
)
def test_wrong_request_is_rejected_and_nothing_is_recorded(
    bank: SmallBank, fields: dict[str, Any], error: type[Exception]
) -> None:
    result = through_json(transfer_steps.post(transfer(bank, **fields)))
    assert result["status"] == "rejected"
    with pytest.raises(error):
        outcome_of(result)
    assert bank.dynamodb.count(WRITE) == 0


def test_id_that_cannot_be_an_account_is_not_looked_up(bank: SmallBank) -> None:
    transfer_steps.post(transfer(bank, from_account_id="acc_1"))
    transfer_steps.post(transfer(bank, to_account_id="acc_1"))
    transfer_steps.post(transfer(bank, to_account_id=A))
    assert bank.dynamodb.sent == []


def test_payee_in_another_currency_is_rejected(bank: SmallBank) -> None:
    bank.open(C, 0, currency="EUR")
    for currency, other, asked in ((None, "EUR", "USD"), ("USD", "EUR", "USD"), ("EUR", "USD", "EUR")):
        result = through_json(transfer_steps.post(transfer(bank, to_account_id=C, currency=currency)))
        assert result["code"] == "currency_mismatch"
        assert result["detail"] == f"An account is in {other}, the transfer in {asked}."


def test_rejection_says_what_the_error_said(bank: SmallBank, monkeypatch: pytest.MonkeyPatch) -> None:
    result = through_json(transfer_steps.post(transfer(bank, amount="1.234")))
    with pytest.raises(ValidationFailed) as wrong:
        outcome_of(result)
    assert [error.field for error in wrong.value.errors] == ["amount"]
    assert wrong.value.detail == f"amount: {wrong.value.errors[0].message}"
    monkeypatch.setattr(transact, "ATTEMPTS_MAX", 2)
    bank.dynamodb.from_now_on(WRITE, conflict(0))
    with pytest.raises(Contention) as busy:
        outcome_of(through_json(transfer_steps.post(transfer(bank))))
    assert (busy.value.retry_after_seconds, busy.value.errors) == (1, ())


def test_error_that_is_no_refusal_of_the_bank_is_a_bug(bank: SmallBank, request_: TransferRequest) -> None:
    bank.dynamodb.next(WRITE, conflict(1, code="ItemCollectionSizeLimitExceeded"))
    with pytest.raises(transact.Cancelled):
        transfer_steps.post(request_)


def test_key_of_another_request_is_rejected(bank: SmallBank, request_: TransferRequest) -> None:
    transfer_steps.post(request_)
    key = request_.idempotency_key
    other = replace(request_, idempotency_key=type(key)(key.transaction_id, "another fingerprint"))
    for step in (transfer_steps.post, transfer_steps.hold):
        with pytest.raises(IdempotencyKeyReused):
            outcome_of(through_json(step(other)))


@pytest.mark.parametrize("step", [transfer_steps.post, transfer_steps.hold])
def test_transfer_without_a_pin_from_an_account_with_one_moves_and_counts_nothing(bank: SmallBank, step: Any) -> None:
    pin = Pin.new(A, "hash").stamp(staff(), NOON_TEXT)
    bank.put(pin)
    result = through_json(step(transfer(bank, asks_pin=True)))
    assert (result["status"], result["code"]) == ("rejected", "pin_required")
    assert through_json(step(transfer(bank, customer(9), asks_pin=True)))["code"] == "not_found", (
        "others learn of no PIN"
    )
    assert bank.dynamodb.count(WRITE) == 0
    assert through_json(step(transfer(bank)))["status"] == "decided", "a PIN that was sent is proved before"


def test_transfer_from_an_account_whose_pin_was_reset_needs_none(bank: SmallBank) -> None:
    assert through_json(transfer_steps.post(transfer(bank, asks_pin=True)))["status"] == "decided"


def test_refusal_does_not_replace_what_was_posted_by_now(bank: SmallBank) -> None:
    """Between what is read and the record of the refusal, another request under the key has posted it."""
    request = transfer(bank, amount="100.01")

    def posted_meanwhile() -> None:
        other = bank.request({A: -100, B: 100}, customer(request_id="req_2"), key=request.idempotency_key)
        ledger.post(other)

    bank.dynamodb.next(BATCH_GET, served, lambda answer, _: (posted_meanwhile(), answer())[1])  # type: ignore[func-returns-value]
    assert outcome_of(through_json(transfer_steps.post(request))).transaction.status == "posted"


def test_refusal_of_a_frozen_account_is_raised_from_the_result(bank: SmallBank, request_: TransferRequest) -> None:
    bank.dynamodb.table("bank").items[f"ACCOUNT#{A}", "ACCOUNT"]["status"] = {"S": "frozen"}
    outcome = outcome_of(through_json(transfer_steps.post(request_)))
    with pytest.raises(AccountFrozen):
        outcome.raise_refusal()


def test_transfer_that_is_only_tried_ends_at_its_first_change(bank: SmallBank, request_: TransferRequest) -> None:
    with trial.trial(), pytest.raises(trial.WouldChange):
        transfer_steps.execute(request_)
    assert (bank.account(A).balance, bank.dynamodb.count(WRITE)) == (10_000, 0)


def test_transfer_that_is_only_tried_is_answered_with_what_its_key_has_led_to(
    bank: SmallBank, request_: TransferRequest
) -> None:
    transfer_steps.post(request_)
    with trial.trial():
        found = transfer_steps.execute(replace(request_, caller=customer(request_id="req_2")))
    assert (found.transaction.id, found.replayed) == (request_.idempotency_key.transaction_id, True)


def test_refusal_of_an_order_that_is_tried_again_is_not_recorded(bank: SmallBank) -> None:
    for tried_again, recorded in (("insufficient_funds", False), ("limit_exceeded", True)):
        request = transfer(bank, amount="100.01", ordered=occurrence(tried_again=tried_again))
        if recorded:
            assert transfer_steps.execute(request).transaction.failure["code"] == "insufficient_funds"
        else:
            with pytest.raises(InsufficientFunds):
                transfer_steps.execute(request)
            assert Transaction.by_id(request.idempotency_key.transaction_id) is None


@pytest.mark.parametrize("fields", [{"guards": (ENDED,)}, {"ordered": occurrence(ENDED)}])
def test_transfer_whose_conditions_do_not_hold_moves_nothing(bank: SmallBank, fields: dict[str, Any]) -> None:
    for step in (transfer_steps.post, transfer_steps.hold):
        result = through_json(step(transfer(bank, **fields)))
        assert (result["status"], result["detail"]) == ("rejected", "The order has ended.")
    assert (bank.account(A).balance, bank.account(A).held) == (10_000, 0)


def test_pin_is_read_with_the_account_only_if_none_was_sent(bank: SmallBank) -> None:
    for asks_pin in (False, True):
        bank.dynamodb.sent.clear()
        transfer_steps.post(transfer(bank, asks_pin=asks_pin))
        assert ("'PIN'" in str(bank.dynamodb.sent)) is asks_pin


@pytest.mark.parametrize("traceparent", [None, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"])
def test_request_has_only_fields_that_an_older_version_of_the_task_knows_unless_they_are_used(
    bank: SmallBank, traceparent: str | None
) -> None:
    caller = replace(customer(), traceparent=traceparent)
    request = transfer(bank, caller)
    assert ("traceparent" in request.to_json()["caller"]) is (traceparent is not None)
    assert TransferRequest.from_json(request.to_json()) == request
    for batch_id in (None, "pfb_1"):
        sent = Outgoing("standard", "cus_1", "v1.AAAA", "v1.BBBB", None, None, batch_id=batch_id)
        paid = replace(request, outgoing=sent)
        assert ("batch_id" in paid.to_json()["outgoing"]) is (batch_id is not None)
        assert TransferRequest.from_json(paid.to_json()) == paid


def test_staff_pay_nothing_to_an_account_of_their_own(bank: SmallBank) -> None:
    for step in (transfer_steps.post, transfer_steps.hold):
        result = through_json(step(transfer(bank, replace(staff("teller"), own_customer_id="cus_2"))))
        assert (result["status"], result["code"]) == ("rejected", "conflict_of_interest")


@pytest.mark.parametrize("fields", [{"from_account_id": "acc_1"}, {"to_account_id": "acc_1"}])
def test_id_that_could_not_be_one_is_no_account(bank: SmallBank, fields: dict[str, Any]) -> None:
    result = through_json(transfer_steps.post(transfer(bank, **fields)))
    assert (result["code"], "no account acc_1" in result["detail"]) == ("not_found", True)
