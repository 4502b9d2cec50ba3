"""The client's x-amzn-requestid is the problem's `request_id` and is in the log; no client chooses what items carry."""

import io
import json
from collections.abc import Iterator

import pytest

from app import app
from chalicelib.observability import logger
from tests.api.helpers.bank import Api, Json

CLIENTS, GATEWAYS = "chosen-by-the-client", "made-by-the-gateway="


class _Context:
    """What Lambda passes beside the event."""

    function_name, memory_limit_in_mb, aws_request_id = "api", 128, "lambdas-own"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:api"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, client: Api) -> Iterator[list[Json]]:
    """What is logged, once the block has ended."""
    log, found = io.StringIO(), list[Json]()
    monkeypatch.setattr(logger.registered_handler, "stream", log)
    yield found
    logger.clear_state()


def answer(method: str, path: str, lines: list[Json], **context: str) -> Json:
    event = {
        "httpMethod": method,
        "path": path,
        "resource": path,
        "headers": {},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {
            "httpMethod": method,
            "resourcePath": path,
            "identity": {"sourceIp": "127.0.0.1"},
            **context,
        },
    }
    body = json.loads(app(event, _Context())["body"])
    lines += map(json.loads, logger.registered_handler.stream.getvalue().splitlines())  # type: ignore[attr-defined]
    return dict(body)


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [("GET", "/v1/user/profile", "unauthorized"), ("DELETE", "/v1/health", "method_not_allowed")],
)
def test_problem_and_log_have_the_id_of_the_header(lines: list[Json], method: str, path: str, code: str) -> None:
    problem = answer(method, path, lines, requestId=CLIENTS, extendedRequestId=GATEWAYS)
    assert (problem["code"], problem["request_id"]) == (code, CLIENTS)
    assert [line["request_id"] for line in lines if line.get("code") == code] == [CLIENTS]


def test_log_has_the_id_that_items_and_audit_carry(lines: list[Json]) -> None:
    answer("GET", "/v1/user/profile", lines, requestId=CLIENTS, extendedRequestId=GATEWAYS)
    assert {(line["request_id"], line["gateway_id"]) for line in lines} == {(CLIENTS, GATEWAYS)}


def test_gateway_without_another_id_has_one(lines: list[Json]) -> None:
    problem = answer("GET", "/v1/user/profile", lines, requestId=CLIENTS)
    assert problem["request_id"] == CLIENTS
    assert {(line["request_id"], line.get("gateway_id")) for line in lines} == {(CLIENTS, None)}
