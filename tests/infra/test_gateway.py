"""API Gateway's own refusals have the API's problem body."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.stack import Stack


@pytest.mark.parametrize(
    ("path", "token", "status", "code"),
    [
        ("/v1/no/such/path", None, 404, "not_found"),
        ("/v1/no/such/path", "x.y.z", 404, "not_found"),
        ("/v1/user/profile", None, 401, "unauthorized"),
        ("/v1/user/profile", "x.y.z", 401, "unauthorized"),
    ],
)
def test_a_refusal_is_a_problem(stack: Stack, path: str, token: str | None, status: int, code: str) -> None:
    answered, headers, problem = _get(stack.url + path, token)
    assert answered == problem["status"] == status
    assert problem["code"] == code
    assert problem["request_id"] == headers["x-amzn-requestid"]
    assert {"type", "title", "detail"} <= set(problem)


def test_a_broken_authorizer_is_a_problem_too(stack: Stack) -> None:
    functions, name = stack.client("lambda"), f"florin-{stack.stage}-authorize"
    handler = functions.get_function_configuration(FunctionName=name)["Handler"]
    functions.update_function_configuration(FunctionName=name, Handler="app.absent")
    try:
        status, headers, problem = _get(stack.url + "/v1/user/profile", "a.token.never-seen-before")
    finally:
        functions.update_function_configuration(FunctionName=name, Handler=handler)
    assert (status, problem["code"]) == (503, "unavailable")
    assert headers["Retry-After"] == "1"


def _get(url: str, token: str | None) -> tuple[int, Any, dict[str, Any]]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request, timeout=30)
    with raised.value as error:
        return error.code, error.headers, json.load(error)
