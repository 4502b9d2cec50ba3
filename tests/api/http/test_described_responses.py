"""What the comparison of each response with docs/openapi.json refuses."""

import json
from typing import Any

import pytest

from tests.api.helpers.described import require_described

PROBLEM = {
    "type": "t",
    "title": "t",
    "status": 404,
    "detail": "d",
    "code": "not_found",
    "request_id": "r",
    "errors": [],
}
JSON, PROBLEM_JSON = {"Content-Type": "application/json"}, {"Content-Type": "application/problem+json"}


def compare(path: str, status: int, body: Any, headers: dict[str, str] = JSON) -> None:
    require_described("GET", path, status, headers, json.dumps(body))


def test_described_responses_pass() -> None:
    compare("/v1/health", 200, {"status": "ok"})
    compare("/v1/accounts/acc_1", 404, PROBLEM, PROBLEM_JSON)
    compare("/v1/not-there-yet", 418, {})


@pytest.mark.parametrize(
    ("path", "status", "body", "headers", "reason"),
    [
        ("/v1/health", 201, {"status": "ok"}, JSON, "not described"),
        ("/v1/health", 200, {"status": "ok"}, JSON | {"Location": "/v1/x"}, "Location"),
        ("/v1/health", 200, {"status": "ok"}, {"Content-Type": "text/plain"}, "text/plain"),
        ("/v1/health", 200, {}, JSON, "'status' is a required property"),
        ("/v1/health", 200, {"status": "ok", "more": 1}, JSON, "'more' was unexpected"),
        ("/v1/accounts/acc_1", 404, PROBLEM | {"code": "account_frozen"}, PROBLEM_JSON, "account_frozen"),
    ],
)
def test_other_responses_are_refused(path: str, status: int, body: Any, headers: dict[str, str], reason: str) -> None:
    with pytest.raises(AssertionError, match=reason):
        compare(path, status, body, headers)
