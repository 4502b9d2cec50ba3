"""Asking for a transfer: the workflow is run once, and when its answer is lost the transaction is asked."""

import json
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib import aws, trial
from chalicelib.domain.errors import (
    Forbidden,
    NotFound,
    OutcomeUnknown,
    PinIncorrect,
    PinRequired,
)
from chalicelib.models.accounts.pin import Pin
from chalicelib.services.crypto.passwords import hash_secret
from chalicelib.services.payments import transfer_steps, transfers
from chalicelib.services.payments.labels import Annotations
from chalicelib.services.payments.transfer_request import TransferRequest
from infra.settings import ROOT
from tests.fake_dynamodb.wire import GET, lost
from tests.small_bank import NOON_TEXT, A, B, SmallBank, customer, staff

ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:transfer"
Json = dict[str, Any]


class Workflow:
    """Step Functions with one answer; it posts the transfer first, if `posts`. `inputs` are what it was given."""

    def __init__(self) -> None:
        self.answer: Json | Exception = ReadTimeoutError(endpoint_url="https://states")
        self.posts = False
        self.inputs: list[Json] = []
        self.arns: list[str] = []

    def serve(self, params: Json, **_: Any) -> tuple[Any, Json]:
        told = json.loads(params["body"])
        self.inputs.append(json.loads(told["input"]))
        self.arns.append(told["stateMachineArn"])
        if self.posts:
            transfer_steps.post(TransferRequest.from_json(self.inputs[-1]))
        if isinstance(self.answer, Exception):
            raise self.answer
        return SimpleNamespace(status_code=200), self.answer


@pytest.fixture
def workflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Workflow]:
    monkeypatch.setenv("TRANSFER_STATE_MACHINE_ARN", ARN)
    made = Workflow()
    events = aws.client(
        "stepfunctions", read_timeout_seconds=transfers.WORKFLOW_SECONDS_MAX, attempts_max=1
    ).meta.events
    events.register("before-call.sfn.StartSyncExecution", made.serve)
    yield made
    events.unregister("before-call.sfn.StartSyncExecution", made.serve)


@pytest.fixture
def request_(bank: SmallBank) -> TransferRequest:
    bank.open(A, 10_000)
    bank.open(B, 0, owner=2)
    caller = customer()
    return TransferRequest(A, B, "12.50", None, Annotations("rent"), caller, bank.key(caller))


def succeeded(result: Json) -> Json:
    return {"executionArn": "arn", "startDate": 0, "stopDate": 0, "status": "SUCCEEDED", "output": json.dumps(result)}


def test_workflow_is_given_the_request_once_and_its_result_is_the_outcome(
    bank: SmallBank, workflow: Workflow, request_: TransferRequest
) -> None:
    workflow.answer = succeeded(transfer_steps.post(request_))
    outcome = transfers.transfer(request_, None)
    assert (outcome.transaction.id, outcome.sides) == (request_.idempotency_key.transaction_id, (A,))
    assert [TransferRequest.from_json(given) for given in workflow.inputs] == [replace(request_, asks_pin=True)]
    assert workflow.arns == [ARN]
    assert bank.dynamodb.count(GET) == 0


def test_rejection_by_the_workflow_is_raised(bank: SmallBank, workflow: Workflow, request_: TransferRequest) -> None:
    wrong = TransferRequest(**{**vars(request_), "to_account_id": "acc_1"})
    workflow.answer = succeeded(transfer_steps.post(wrong))
    with pytest.raises(NotFound):
        transfers.transfer(request_, None)


FAILED = {"executionArn": "arn", "startDate": 0, "stopDate": 0, "status": "FAILED"}


@pytest.mark.parametrize(
    "answer",
    [
        ReadTimeoutError(endpoint_url="https://states"),
        FAILED,
        succeeded({"status": "outcome_unknown"}),
    ],
)
def test_transfer_whose_answer_is_lost_is_found_by_its_key(
    bank: SmallBank, workflow: Workflow, request_: TransferRequest, answer: Json | Exception
) -> None:
    workflow.answer, workflow.posts = answer, True
    outcome = transfers.transfer(request_, None)
    assert (outcome.transaction.status, outcome.replayed, outcome.sides) == ("posted", False, None)
    assert len(workflow.inputs) == 1


def test_transfer_whose_answer_is_lost_and_that_is_not_there_may_still_land(
    bank: SmallBank, workflow: Workflow, request_: TransferRequest
) -> None:
    with pytest.raises(OutcomeUnknown):
        transfers.transfer(request_, None)


def test_transfer_of_which_nothing_can_be_read_leaves_the_outcome_open(
    bank: SmallBank, workflow: Workflow, request_: TransferRequest
) -> None:
    workflow.posts = True
    bank.dynamodb.next(GET, lost, lost)
    with pytest.raises(OutcomeUnknown):
        transfers.transfer(request_, None)


def test_answer_is_awaited_longer_than_the_workflow_takes_and_shorter_than_the_function() -> None:
    machine = json.loads((ROOT / "statemachines/transfer.asl.json").read_text())
    functions = json.loads((ROOT / ".chalice/config.json").read_text())["lambda_functions"]
    function_seconds = functions["api_handler"]["lambda_timeout"]
    assert machine["TimeoutSeconds"] < transfers.WORKFLOW_SECONDS_MAX < function_seconds


def test_customer_without_a_verified_address_transfers_nothing(
    bank: SmallBank, workflow: Workflow, request_: TransferRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_VERIFICATION", "on")
    with pytest.raises(Forbidden, match="Verify your e-mail address"):
        transfers.transfer(request_, None)
    assert workflow.inputs == []


def test_transfer_from_an_account_with_a_pin_needs_it(
    bank: SmallBank, workflow: Workflow, request_: TransferRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGON2_MEMORY_KIB", "8")
    monkeypatch.setenv("ARGON2_PASSES", "1")
    bank.put(Pin.new(A, hash_secret("1234")).stamp(staff(), NOON_TEXT))
    workflow.answer = succeeded(transfer_steps.post(replace(request_, asks_pin=True)))
    with pytest.raises(PinRequired):
        transfers.transfer(request_, None)
    workflow.inputs.clear()
    with pytest.raises(PinIncorrect):
        transfers.transfer(request_, "4321")
    assert (workflow.inputs, bank.account(A).balance) == ([], 10_000)
    workflow.answer = succeeded(transfer_steps.post(request_))
    assert transfers.transfer(replace(request_, caller=customer(request_id="req_2")), "1234").transaction.amount == 1250


def test_transfer_that_is_only_tried_starts_no_workflow(
    bank: SmallBank, workflow: Workflow, request_: TransferRequest
) -> None:
    with trial.trial(), pytest.raises(trial.WouldChange):
        transfers.transfer(request_, None)
    assert (workflow.inputs, bank.account(A).balance) == ([], 10_000)
