"""A guarded route is closed without a valid token, whether or not the gateway calls the authorizer."""

import pytest

from tests.stack import Stack
from tests.workflow.bank import Client

pytestmark = pytest.mark.localstack
PROFILE = "/v1/user/profile"


def test_only_a_valid_token_of_a_running_session_is_accepted(stack: Stack, customer: Client) -> None:
    assert customer.get(PROFILE).body["user_id"] == customer.user["user_id"]
    token = str(customer.token)
    header, payload, signature = token.split(".")
    for wrong in (None, "x.y.z", token + "x", f"{header}.{payload}.{signature[::-1]}"):
        assert Client(stack.url, wrong).get(PROFILE).status == 401
    assert customer.get("/v1/users").status == 403
    assert Client(stack.url).get("/v1/health").status == 200
