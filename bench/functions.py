"""The bank's functions, called as Lambda calls them: an event and a context, in this process."""

import io
import json
import logging
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Principal:
    """What the authorizer hands on; all of it text, as API Gateway has it."""

    user_id: str
    role: str
    customer_id: str = ""
    branch_id: str = ""
    session_id: str = ""


@dataclass
class LambdaContext:
    function_name: str = "florin-local-bench"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:florin-local-bench"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def get_remaining_time_in_millis(self) -> int:
        """As much as Lambda gives at most, whenever it is asked: what is measured is the whole work."""
        return 900_000


@dataclass(frozen=True)
class Answer:
    """`body` is what JSON says, or any other text as it is; `text` is what went over the line."""

    status: int
    body: Any
    text: str = ""

    def ok(self) -> Any:
        """The body of a request that must succeed; anything else would be no measurement."""
        if self.status not in (200, 201):
            raise AssertionError(f"{self.status}: {self.body}")
        return self.body


class Functions:
    """The application, imported with what it logs kept apart, for logs are counted too."""

    def __init__(self) -> None:
        self.log = io.StringIO()
        from app import app
        from chalicelib.observability import logger

        for handler in logger.handlers:  # they have kept the standard output that they found
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(self.log)
        self._app = app

    def http(
        self,
        method: str,
        resource: str,
        body: object = None,
        *,
        principal: Principal | None = None,
        key: str | None = None,
        query: Mapping[str, str] | None = None,
        **path_parameters: str,
    ) -> Answer:
        """A request that API Gateway has matched and authorized."""
        event = _gateway_event(method, resource, body, principal, key, path_parameters) | _query(query)
        answer = self._called(self._app, event)
        text = answer["body"]
        return Answer(answer["statusCode"], json.loads(text) if text[:1] in ("{", "[") else text or None, text)

    def invoke(self, name: str, event: dict[str, Any]) -> Any:
        """One of the functions behind no door, by its name in Chalice."""
        return self._called(self._app.handler_map[name], event)

    def _called(self, function: Any, event: dict[str, Any]) -> Any:
        terminal, sys.stdout = sys.stdout, self.log  # metrics are printed
        try:
            return function(event, LambdaContext())
        finally:
            sys.stdout = terminal


def _query(given: Mapping[str, str] | None) -> dict[str, Any]:
    several = {name: [value] for name, value in given.items()} if given else None
    return {"queryStringParameters": given, "multiValueQueryStringParameters": several}


def _gateway_event(
    method: str,
    resource: str,
    body: object,
    principal: Principal | None,
    key: str | None,
    path_parameters: dict[str, str],
) -> dict[str, Any]:
    headers = {"content-type": "application/json", "user-agent": "bench", "accept": "*/*"}
    if key:
        headers["idempotency-key"] = key
    return {
        "resource": resource,
        "path": resource.format(**path_parameters),
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "pathParameters": path_parameters or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "requestId": str(uuid.uuid4()),
            "identity": {"sourceIp": "203.0.113.7", "userAgent": "bench"},
            "authorizer": vars(principal) if principal else None,
        },
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }
