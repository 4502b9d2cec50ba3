"""The API's description in OpenAPI 3.1, generated from the routes and their schemas."""

import inspect
from functools import cache

from pydantic import BaseModel

from chalicelib.domain.events.catalogue import TYPES, EventType
from chalicelib.domain.events.examples import example_of, schema_of_event
from chalicelib.handlers.approvals.approval_schemas import ApprovalView, DryRunView
from chalicelib.handlers.http import openapi_examples as samples
from chalicelib.handlers.http.openapi_headers import HEADERS, headers_of_accepted, headers_of_success, refer_to
from chalicelib.handlers.http.openapi_parameters import parameters_by_name, parameters_of
from chalicelib.handlers.http.openapi_problems import problem_response, problems_of
from chalicelib.handlers.http.openapi_schemas import SCHEMAS, Json, all_schemas, schema_name
from chalicelib.handlers.http.operation import DRY_RUN, LINK, Operation, operations
from chalicelib.handlers.http.problems import STATUS
from chalicelib.handlers.statements.statement_schemas import StatementLinkView

HELD = "A policy holds the request back: it is done when enough other people have approved it"
TRIED = {"would_wait": True, "reasons": ["policy"], "required": 1, "roles": ["manager", "admin"], "expires_hours": 72}
VERSION = "0.2.0"
DESCRIPTION = """A retail bank's core. Amounts are decimal strings; timestamps are RFC 3339 in UTC with microseconds;
errors are RFC 9457 problem documents. POSTs that move money need an `Idempotency-Key`: repeating a request with its
key is always safe, and returns the first outcome."""

TAGS = {
    "identity": "Sign-up, log-in, sessions, passwords, second factors and users",
    "customers": "Customers, their addresses and identity reviews",
    "privacy": "What the bank holds about a person, and its erasure",
    "accounts": "Accounts, balances, joint holders and PINs",
    "statements": "Monthly statements and the runs that store them",
    "payments": "Deposits, withdrawals, transfers, approvals and categories",
    "orders": "Saved payees, standing orders, payments on a date, and forecasts",
    "clearing": "Payments at the clearing between the banks: recalls, and routes for staff",
    "webhooks": "Endpoints that receive events, deliveries to them, and replays",
    "approvals": "Requests that wait for a second person, and the policies that say which do",
    "branches": "Branches and their cash",
    "interest": "Rates, accrued interest and the monthly run",
    "support": "Tickets and announcements",
    "risk": "Risk alerts and thresholds",
    "reports": "Summaries, the trial balance and exports",
    "events": "What happened, for those who must learn of it without asking",
    "audit": "Who changed what, and when",
    "verification": "Signed digests, proofs and checks of the ledger",
    "operations": "Health, keys and this description",
}


@cache
def document() -> Json:
    """Return the whole description, in the order of the routes."""
    schemas = all_schemas()
    paths: Json = {}
    for operation in operations():
        route = operation.route
        paths.setdefault(route.path, {})[route.method.lower()] = _describe_operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Florin",
            "version": VERSION,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "..", "description": "Where this description is served from"}],
        "security": [{"bearer": []}],
        "tags": [{"name": tag, "description": TAGS[tag]} for tag in dict.fromkeys(one.tag for one in operations())],
        "paths": paths,
        "webhooks": _webhooks(),
        "components": {
            "schemas": schemas,
            "responses": {f"Problem{status}": problem_response(status) for status in sorted(set(STATUS.values()))},
            "parameters": parameters_by_name(),
            "examples": {name: {"value": value} for name, value in samples.common_responses().items()},
            "headers": HEADERS,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _webhooks() -> Json:
    """Return the messages that receivers of events get, by type."""
    return {event_type.name: {"post": _describe_webhook(event_type)} for event_type in TYPES}


def _describe_webhook(event_type: EventType) -> Json:
    content = {"schema": schema_of_event(event_type), "example": example_of(event_type)}
    return {
        "tags": ["events"],
        "summary": event_type.name,
        "description": event_type.description,
        "security": [],
        "requestBody": {"required": True, "content": {"application/json": content}},
        "responses": {"2XX": {"description": "Received. Any other response is a failure"}},
    }


def _describe_operation(operation: Operation, schemas: Json) -> Json:
    about, permission = operation.about, operation.route.permission
    described: Json = {
        "operationId": operation.view.__name__,
        "tags": [operation.tag],
        "summary": about.summary,
        "description": inspect.cleandoc(operation.view.__doc__ or ""),
        "parameters": parameters_of(operation),
        "responses": {
            **_dry_run(operation, {**_also(operation, schemas), str(about.status): _success(operation, schemas)}),
            **_describe_accepted(operation, schemas),
            **_see_other(operation),
            **_not_modified(operation),
            **problems_of(operation),
        },
    }
    if permission:
        described["x-permission"] = permission
    else:
        described["security"] = []
    if about.document:
        described["requestBody"] = {"required": True, "content": _document_content(operation)}
    if about.body:
        described["requestBody"] = {"required": True, "content": _content(operation, "request", about.body, schemas)}
    return described


def _success(operation: Operation, schemas: Json) -> Json:
    response: Json = {"description": operation.about.summary}
    name, media_types = operation.view.__name__, operation.about.media_types
    content: Json = {kind: _text_schema(kind) | samples.media_example(name, kind) for kind in media_types}
    if operation.about.answer:
        content = _content(operation, str(operation.about.status), operation.about.answer, schemas) | content
    if operation.about.see_other:
        link = samples.recordings()[name]["303"]
        content |= {LINK: {"schema": {"$ref": SCHEMAS + StatementLinkView.__name__}, "example": {"href": link}}}
    if content:
        response["content"] = content
    return response | headers_of_success(operation)


def _describe_accepted(operation: Operation, schemas: Json) -> Json:
    """Describe the 202: what the operation itself accepts, the approval that a policy makes of it, or either."""
    about = operation.about
    if about.accepted is None and about.action is None:
        return {}
    meanings, content = [], _approval_content()
    if about.accepted:
        meaning, model = about.accepted
        meanings, own = [meaning], _content(operation, "202", model, schemas)
        content = _either(own, content) if about.action else own
    if about.action:
        meanings.append(HELD)
    return {"202": {"description": ". Or: ".join(meanings), "content": content} | headers_of_accepted(operation)}


def _also(operation: Operation, schemas: Json) -> Json:
    if operation.about.also is None:
        return {}
    status, meaning, model = operation.about.also
    return {str(status): {"description": meaning, "content": _content(operation, str(status), model, schemas)}}


def _dry_run(operation: Operation, success: Json) -> Json:
    """Add the response to `?dry_run=true`, which is a 200 with a media type of its own, to the responses of success."""
    if not operation.has_dry_run:
        return success
    content = {DRY_RUN: {"schema": {"$ref": SCHEMAS + DryRunView.__name__}, "example": TRIED}}
    other = success.get("200", {"description": "With `dry_run`: whether it would wait for approval"})
    return success | {"200": other | {"content": other.get("content", {}) | content}}


def _approval_content() -> Json:
    """Refer to the schema of an approval, with the example that all operations share."""
    schema = {"schema": {"$ref": SCHEMAS + ApprovalView.__name__}}
    return {"application/json": schema | samples.reference_example("get_approval", "200")}


def _either(one: Json, other: Json) -> Json:
    """Return the content with either schema, and the example of the one."""
    schema = {"anyOf": [content["application/json"]["schema"] for content in (one, other)]}
    return {"application/json": one["application/json"] | {"schema": schema}}


def _see_other(operation: Operation) -> Json:
    if operation.about.see_other is None:
        return {}
    link = samples.media_example(operation.view.__name__, "303")
    location = {"schema": {"type": "string", "format": "uri"}} | link
    return {"303": {"description": operation.about.see_other, "headers": {"Location": location}}}


def _not_modified(operation: Operation) -> Json:
    if operation.about.cache_scope is None:
        return {}
    return {"304": {"description": "Not changed since the version that you have"} | refer_to("ETag")}


def _content(operation: Operation, part: str, model: type[BaseModel], schemas: Json) -> Json:
    """Refer to the model's schema, with the recorded example: of the request, or of the response with a status."""
    schema = {"$ref": SCHEMAS + schema_name(model, schemas)}
    return {"application/json": {"schema": schema} | samples.media_example(operation.view.__name__, part)}


def _document_content(operation: Operation) -> Json:
    """Describe a body that is text, with the recorded example."""
    media_types = operation.about.document.media_types if operation.about.document else ()
    example = samples.media_example(operation.view.__name__, "request")
    return {kind: _text_schema(kind) | example for kind in media_types}


def _text_schema(media_type: str) -> Json:
    """Describe a body that is not JSON. XML is binary: it names its own encoding, so clients must not recode it."""
    return {"schema": {"type": "string"} | ({"format": "binary"} if media_type.endswith("/xml") else {})}
