"""HEAD is GET without the body, wherever there is a GET."""

import re

import pytest

from chalicelib.handlers.http.operation import Operation, operations
from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Api, User

READS = [one for one in operations() if one.route.method == "GET"]
CHANGING = {"Date"}


def headers(reply: object) -> dict[str, str]:
    """The headers, but for what the second decides in which they were sent."""
    found = {name: text for name, text in reply.headers.items() if name not in CHANGING}  # type: ignore[attr-defined]
    return {name: re.sub(r"max-age=\d+", "max-age=…", text) for name, text in found.items()}


@pytest.mark.parametrize("operation", READS, ids=lambda one: one.route.path)
def test_head_has_status_and_headers_of_get_and_no_body(client: Api, admin: User, operation: Operation) -> None:
    path = re.sub(r"{\w+}", "savings", operation.route.path)
    token = admin.token if operation.route.permission else None
    got, asked = client.get(path, token=token), client.send("HEAD", path, token=token)
    assert (asked.status, asked.text) == (got.status, "")
    assert headers(asked) == headers(got)


def test_head_of_an_account_has_its_tag_and_needs_its_rights(client: Api, customer: User, other_customer: User) -> None:
    path = f"/v1/accounts/{opened(client, customer)['id']}"
    asked = client.send("HEAD", path, token=customer.token)
    assert (asked.status, asked.text) == (200, "")
    assert asked.headers["ETag"] == client.get(path, token=customer.token).headers["ETag"]
    assert client.send("HEAD", path, token=other_customer.token).status == 404
    assert client.send("HEAD", path).status == 401
    assert client.send("HEAD", "/v1/health").status == 200


def test_head_where_there_is_no_get_is_not_allowed(client: Api) -> None:
    refused = client.send("HEAD", "/v1/auth/login")
    assert (refused.status, refused.headers["Allow"]) == (405, "POST")
    assert client.send("POST", "/v1/health").headers["Allow"] == "GET, HEAD"
