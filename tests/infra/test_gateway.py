"""API Gateway's own refusals have the API's problem body."""

import json
import urllib.error
import urllib.request
from dataclasses import replace
from typing import Any

import pytest

from infra.deploy.base_url import bank_url, ensure_base_path
from infra.logs import log_lines
from tests.stack import Stack, eventually


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
    assert headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "detail"} <= set(problem)


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/v1/auth/login", 415), ("DELETE", "/v1/health", 405), ("GET", "/v1/announcements?limit=x", 422)],
)
def test_function_and_client_and_log_have_one_request_id(stack: Stack, method: str, path: str, status: int) -> None:
    """Also if the client sends an id of its own, which MiniStack leaves out and AWS takes."""
    request = urllib.request.Request(
        stack.url + path,
        method=method,
        headers={"X-Amzn-RequestId": "clients"},
        data=b"{" if method == "POST" else None,
    )
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request, timeout=30)
    with raised.value as error:
        problem, request_id = json.load(error), error.headers["x-amzn-requestid"]
    assert (raised.value.code, problem["request_id"]) == (status, request_id)
    assert error.headers.get_all("x-amzn-requestid") == [request_id]
    settings = replace(stack.settings, stage=stack.stage, log_id=request_id)
    eventually(lambda: [line for line in log_lines(stack.cloud, settings) if request_id in line])


def test_a_broken_authorizer_is_a_problem_too(stack: Stack) -> None:
    functions, name = stack.client("lambda"), f"florin-{stack.stage}-authorize"
    handler = functions.get_function_configuration(FunctionName=name)["Handler"]
    functions.update_function_configuration(FunctionName=name, Handler="app.absent")
    try:
        status, headers, problem = _get(stack.url + "/v1/user/profile", "a.token.never-seen-before")
    finally:
        functions.update_function_configuration(FunctionName=name, Handler=handler)
    assert (status, problem["code"]) == (503, "unavailable")
    assert (headers["Retry-After"], problem["retry_after"]) == ("1", 1)


@pytest.mark.embedded
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_base_url_has_no_id(stack: Stack, host: str) -> None:
    assert stack.url == f"http://127.0.0.1:{stack.port}/api"
    with urllib.request.urlopen(f"http://{host}:{stack.port}/api/v1/health", timeout=30) as answer:
        assert answer.status == 200


@pytest.mark.embedded
def test_base_url_leads_to_the_api_that_the_stack_has_now(stack: Stack) -> None:
    gateway, base_path = stack.client("apigateway"), {"domainName": "127.0.0.1", "basePath": "api"}
    gateway.create_base_path_mapping(**base_path, restApiId="replaced", stage="api")
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(stack.url + "/v1/health", timeout=30)
    ensure_base_path(stack.cloud, stack.settings)
    with urllib.request.urlopen(stack.url + "/v1/health", timeout=30) as answer:
        assert answer.status == 200
    dev = replace(stack.settings, stage="dev")
    assert bank_url(stack.cloud, dev) == f"http://127.0.0.1:{stack.port}/api-dev"


@pytest.mark.embedded
@pytest.mark.parametrize(("accept", "kind"), [("*/*", "text/plain"), ("text/html,*/*;q=0.8", "text/html")])
def test_address_says_where_the_bank_is(stack: Stack, accept: str, kind: str) -> None:
    request = urllib.request.Request(f"http://localhost:{stack.port}/", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith(kind)
        assert f"{stack.url}/v1/docs" in answer.read().decode()
    assert stack.client("s3").list_buckets()["Buckets"]


def _get(url: str, token: str | None) -> tuple[int, Any, dict[str, Any]]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request, timeout=30)
    with raised.value as error:
        return error.code, error.headers, json.load(error)
