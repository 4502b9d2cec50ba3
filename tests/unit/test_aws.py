"""What a failing service of AWS means for the request that needs it."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.retries.quota import RetryQuota

from chalicelib import aws, background
from chalicelib.domain.errors import OutcomeUnknown, ServiceRefused
from chalicelib.models import connection, transact
from chalicelib.observability import logger
from tests.fake_dynamodb.wire import GET, WRITE, FakeDynamoDB, conflict, lost, refused, served, throttled, unanswered

URL = "https://a.invalid"


def read() -> None:
    connection.client().get_item(TableName="florin-unit-bank", Key={"pk": {"S": "a"}, "sk": {"S": "x"}})


def write() -> None:
    item = {"pk": {"S": "a"}, "sk": {"S": "x"}}
    transact.write([{"Put": {"TableName": "florin-unit-bank", "Item": item}}])


def ask(*steps: Callable[[], object], is_change: bool = True) -> None:
    """Take the steps of one request, as the path of requests does."""
    with aws.refuse_if_services_fail(is_change=is_change):
        for step in steps:
            step()


def write_in_vain() -> None:
    with suppress(transact.Ambiguous, transact.Cancelled):
        write()


def answer(code: str, status: int = 400) -> ClientError:
    metadata = {"HTTPStatusCode": status}
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": metadata}, "Operation")  # type: ignore[typeddict-item]


@pytest.fixture
def no_resend(dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have botocore give up at once, as it does when its quota of retries is used up."""
    monkeypatch.setattr(RetryQuota, "acquire", lambda *_: False)


@pytest.mark.parametrize(
    "error",
    [
        answer("ThrottlingException"),
        answer("Throttling"),
        answer("SlowDown", 503),
        answer("InternalServerError", 500),
        answer("DisabledException"),
        answer("KMSInvalidStateException"),
        answer("ExpiredTokenException"),
        ReadTimeoutError(endpoint_url=URL),
        ConnectTimeoutError(endpoint_url=URL),
        EndpointConnectionError(endpoint_url=URL),
        IncompleteReadError(actual_bytes=1, expected_bytes=2),
    ],
)
def test_failure_of_a_service_may_pass(error: BotoCoreError | ClientError) -> None:
    assert aws.is_passing(error)


@pytest.mark.parametrize(
    "error",
    [
        answer("AccessDeniedException"),
        answer("ValidationException"),
        answer("ResourceNotFoundException"),
        answer("ConditionalCheckFailedException"),
        ParamValidationError(report="a number is missing"),
        NoCredentialsError(),
    ],
)
def test_mistake_of_the_bank_does_not_pass(error: BotoCoreError | ClientError) -> None:
    assert not aws.is_passing(error)


@pytest.mark.usefixtures("no_resend")
def test_failure_is_logged_with_service_operation_and_code(
    dynamodb: FakeDynamoDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[dict[str, str]] = []
    monkeypatch.setattr(logger, "warning", lambda _, **fields: logged.append(fields))
    dynamodb.next(GET, throttled)
    with pytest.raises(ServiceRefused, match="Nothing was done; retry") as failed:
        ask(read)
    assert logged == [{"call": "dynamodb GetItem", "error": "ThrottlingException"}]
    assert (failed.value.code, failed.value.retry_after_seconds) == ("unavailable", 1)


def test_mistake_goes_up_as_it_is(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(GET, refused("AccessDeniedException"))
    with pytest.raises(ClientError, match="AccessDeniedException"):
        ask(read)


def test_failure_after_a_change_is_an_unknown_outcome(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(GET, lost, lost)
    with pytest.raises(OutcomeUnknown):
        ask(write, read)


def test_failure_after_a_change_in_another_thread_is_an_unknown_outcome(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(GET, lost, lost)
    with pytest.raises(OutcomeUnknown):
        ask(lambda: background.start(write).result(), read)


def test_failure_after_a_change_whose_answer_was_lost_is_an_unknown_outcome(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(WRITE, lost, unanswered)
    dynamodb.next(GET, lost, lost)
    with pytest.raises(OutcomeUnknown):
        ask(write_in_vain, read)


def test_failure_before_any_change_says_that_nothing_was_done(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(GET, served, lost, lost)
    with pytest.raises(ServiceRefused):
        ask(read, read, write)


def test_failure_after_a_change_that_was_cancelled_says_that_nothing_was_done(dynamodb: FakeDynamoDB) -> None:
    dynamodb.next(WRITE, conflict(0))
    dynamodb.next(GET, lost, lost)
    with pytest.raises(ServiceRefused):
        ask(write_in_vain, read)


def test_read_that_fails_after_a_note_of_it_says_that_nothing_was_done(dynamodb: FakeDynamoDB) -> None:
    """A GET may write who has read what: its client sends it again all the same."""
    dynamodb.next(GET, lost, lost)
    with pytest.raises(ServiceRefused):
        ask(write, read, is_change=False)
