"""A client's traceparent is logged and comes back in problems; a wrong one changes nothing."""

import io
import json
from typing import Any

from tests.api.helpers.bank import Api, User

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADER = f"00-{TRACE}-00f067aa0ba902b7-01"
BAD = "00-zz-1-01"


def ask(client: Api, user: User, header: str, path: str = "/v1/accounts/acc_none") -> Any:
    return client.get(path, token=user.token, headers={"traceparent": header})


def test_problem_has_the_traceparent_of_its_request(client: Api, customer: User) -> None:
    assert ask(client, customer, HEADER).refused(404, "not_found").json["traceparent"] == HEADER
    unknown = client.send("DELETE", "/v1/health", headers={"traceparent": HEADER})
    assert unknown.status == 405


def test_wrong_or_missing_header_is_not_returned(client: Api, customer: User) -> None:
    assert "traceparent" not in ask(client, customer, BAD).refused(404, "not_found").json
    assert "traceparent" not in client.get("/v1/accounts/acc_none", token=customer.token).json


def test_trace_is_in_the_log_of_its_request_only(client: Api, customer: User, log: io.StringIO) -> None:
    ask(client, customer, HEADER, "/v1/accounts")
    ask(client, customer, BAD, "/v1/accounts")
    client.get("/v1/accounts", token=customer.token).ok()
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line.get("trace_id") for line in lines if line["message"] == "request answered"] == [TRACE, None, None]
