"""What starts workflows and functions, and what it makes of every answer of AWS."""

import io
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib import aws, workflows
from chalicelib.domain.errors import OutcomeUnknown, Unavailable
from chalicelib.domain.permissions import system
from chalicelib.models.reports.report_export import Export
from chalicelib.services import long_jobs

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:florin-test-run"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:florin-test-run:2026-10"
GIVEN = {"period": "2026-10", "attempt": 1}
EXISTS = "ExecutionAlreadyExists"
TIMEOUT = ReadTimeoutError(endpoint_url="https://states")

Json = dict[str, Any]


class Cloud:
    """Answers each operation with what `answers` has for it: a body, the code of an error, or what is raised."""

    def __init__(self) -> None:
        self.answers: dict[str, Json | str | Exception] = {}
        self.calls: list[tuple[str, Json]] = []

    def answer(self, model: Any, params: Json, **_: object) -> tuple[Any, Json]:
        self.calls.append((model.name, params))
        answer = self.answers[model.name]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, str):
            metadata = {"HTTPStatusCode": 503 if answer == "ServiceException" else 400}
            return SimpleNamespace(status_code=400), {"Error": {"Code": answer}, "ResponseMetadata": metadata}
        return SimpleNamespace(status_code=200), answer

    def bodies(self, operation: str) -> list[Json]:
        """What was sent, as JSON."""
        return [json.loads(params["body"]) for name, params in self.calls if name == operation]


@pytest.fixture(scope="module")
def clients() -> Iterator[list[Any]]:
    """Make each client that `workflows` asks for once: to make one costs as much as a hundred of these tests."""
    aws.client.cache_clear()
    yield [
        aws.client("stepfunctions"),
        aws.client("stepfunctions", read_timeout_seconds=24, attempts_max=1),
        aws.client("lambda"),
        aws.client("lambda", read_timeout_seconds=20, attempts_max=1),
    ]
    aws.client.cache_clear()


@pytest.fixture
def cloud(clients: list[Any]) -> Iterator[Cloud]:
    made = Cloud()
    for client in clients:
        client.meta.events.register("before-call", made.answer)
    yield made
    for client in clients:
        client.meta.events.unregister("before-call", made.answer)


def start() -> None:
    workflows.start(MACHINE, "2026-10", GIVEN, detail="The run is open.")


def test_start_names_the_execution_and_hands_over_its_input(cloud: Cloud) -> None:
    cloud.answers["StartExecution"] = {}
    start()
    sent = {"stateMachineArn": MACHINE, "name": "2026-10", "input": '{"period": "2026-10", "attempt": 1}'}
    assert cloud.bodies("StartExecution") == [sent]
    assert len(cloud.calls) == 1


def test_repeated_start_with_the_same_input_is_no_error(cloud: Cloud) -> None:
    cloud.answers = {"StartExecution": EXISTS, "DescribeExecution": {"input": '{"attempt":1,"period":"2026-10"}'}}
    start()
    assert cloud.bodies("DescribeExecution") == [{"executionArn": EXECUTION}]


def test_repeated_start_with_another_input_is_an_error(cloud: Cloud) -> None:
    cloud.answers = {"StartExecution": EXISTS, "DescribeExecution": {"input": '{"period": "2026-10", "attempt": 2}'}}
    with pytest.raises(workflows.NameTaken, match="2026-10"):
        start()


@pytest.mark.parametrize("answer", ["AccessDeniedException", "ExecutionDoesNotExist", TIMEOUT])
def test_repeated_start_whose_execution_cannot_be_described_is_no_error(cloud: Cloud, answer: str | Exception) -> None:
    cloud.answers = {"StartExecution": EXISTS, "DescribeExecution": answer}
    start()
    assert len(cloud.calls) == 2


@pytest.mark.parametrize("answer", ["ServiceException", "StateMachineDeleting", TIMEOUT])
def test_unanswered_start_is_an_unknown_outcome(cloud: Cloud, answer: str | Exception) -> None:
    cloud.answers["StartExecution"] = answer
    with pytest.raises(OutcomeUnknown) as unknown:
        start()
    assert (unknown.value.detail, unknown.value.retry_after_seconds) == ("The run is open.", 2)


@pytest.mark.parametrize("known_input", ['{"user_id": "usr_1", "export_id": "exp_1"}', '{"user_id": "usr_2"}'])
def test_batch_of_the_stream_goes_on_where_its_export_was_started_before(
    cloud: Cloud, known_input: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPORT_STATE_MACHINE_ARN", MACHINE)
    cloud.answers = {"StartExecution": EXISTS, "DescribeExecution": {"input": known_input}}
    long_jobs.start(Export(id="exp_1", user_id="usr_1", role="admin", request_id=system("x").request_id))
    assert len(cloud.calls) == 2


def run() -> Json | None:
    return workflows.run(MACHINE, {"a": 1}, seconds_max=24)


def test_run_returns_what_the_execution_put_out(cloud: Cloud) -> None:
    cloud.answers["StartSyncExecution"] = {"status": "SUCCEEDED", "output": '{"status": "decided"}'}
    assert run() == {"status": "decided"}
    assert cloud.bodies("StartSyncExecution") == [{"stateMachineArn": MACHINE, "input": '{"a": 1}'}]


@pytest.mark.parametrize(
    "answer", [TIMEOUT, "ServiceException", {"status": "FAILED", "error": "x"}, {"status": "TIMED_OUT"}]
)
def test_run_without_a_result_returns_none_and_is_sent_once(cloud: Cloud, answer: Json | str | Exception) -> None:
    cloud.answers["StartSyncExecution"] = answer
    assert run() is None
    assert len(cloud.calls) == 1


def call() -> Json | None:
    return workflows.call("florin-test-statement-task", {"step": "render"}, seconds_max=20)


def test_call_returns_what_the_function_answers(cloud: Cloud) -> None:
    cloud.answers["Invoke"] = {"Payload": io.BytesIO(b'{"name": "n"}')}
    assert call() == {"name": "n"}
    assert cloud.bodies("Invoke") == [{"step": "render"}]


@pytest.mark.parametrize("answer", [TIMEOUT, "ServiceException"])
def test_call_without_an_answer_returns_none_and_is_sent_once(cloud: Cloud, answer: str | Exception) -> None:
    cloud.answers["Invoke"] = answer
    assert call() is None
    assert len(cloud.calls) == 1


def test_call_of_a_function_that_fails_is_an_error(cloud: Cloud) -> None:
    cloud.answers["Invoke"] = {"FunctionError": "Unhandled", "Payload": io.BytesIO(b"{}")}
    with pytest.raises(RuntimeError, match="florin-test-statement-task has failed"):
        call()


def test_send_waits_for_no_answer_of_the_function(cloud: Cloud) -> None:
    cloud.answers["Invoke"] = {"StatusCode": 202}
    workflows.send("florin-test-mailer", {"to": "usr_1"})
    [(_, params)] = cloud.calls
    assert params["headers"]["X-Amz-Invocation-Type"] == "Event"
    assert params["body"] == b'{"to": "usr_1"}'


@pytest.mark.parametrize("answer", [TIMEOUT, "TooManyRequestsException", "ServiceException"])
def test_send_that_is_not_taken_is_unavailable(cloud: Cloud, answer: str | Exception) -> None:
    cloud.answers["Invoke"] = answer
    with pytest.raises(Unavailable):
        workflows.send("florin-test-mailer", {"to": "usr_1"})
