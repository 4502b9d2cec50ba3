"""The API's description in OpenAPI 3.1, generated from the routes and their schemas."""

import inspect
import json
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chalicelib.domain.events.catalogue import TYPES, EventType
from chalicelib.domain.events.examples import example_of, schema_of_event
from chalicelib.domain.identity.second_factor import WITHOUT_FACTOR
from chalicelib.handlers.approvals.approval_schemas import ApprovalView, DryRunView
from chalicelib.handlers.http import openapi_examples as samples
from chalicelib.handlers.http.operation import DRY_RUN, Operation, operations
from chalicelib.handlers.http.problems import ERRORS, STATUS, TYPE
from chalicelib.handlers.http.schemas import PageQuery, Problem

Json = dict[str, Any]
SCHEMAS = "#/components/schemas/"
RESPONSES = "#/components/responses/"
PARAMETERS = "#/components/parameters/"
REPLAYED = "true if an earlier request with the key had this outcome"
ETAG = "the version of what was read or changed, to send back as `If-Match` or `If-None-Match`"
HELD = "A policy holds the request back: it is done when enough other people have approved it"
TRIED = {"would_wait": True, "reasons": ["policy"], "required": 1, "roles": ["manager", "admin"], "expires_hours": 72}
LOCATION = {"description": "The path of the approval", "schema": {"type": "string"}}
IF_MATCH = "The `ETag` of the version that you have read. If it is outdated, the response is `conflict`"
ACCOUNT_PIN = "The PIN of the paying accounts, if they have one"
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
    schemas = _schemas()
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
            "responses": {f"Problem{status}": _problem_response(status) for status in sorted(set(STATUS.values()))},
            "parameters": _parameters_by_name(),
            "examples": {name: {"value": value} for name, value in samples.common_responses().items()},
            "headers": {
                "Idempotent-Replayed": {"description": REPLAYED, "schema": {"type": "string"}},
                "ETag": {"description": ETAG, "schema": {"type": "string"}},
            },
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


def _schemas() -> Json:
    used = {model for one in operations() for model in (one.about.body, one.about.answer) if model}
    used |= {one.about.accepted[1] for one in operations() if one.about.accepted}
    used |= {one.about.also[2] for one in operations() if one.about.also}
    used |= {DryRunView, Problem}
    ordered = sorted(used, key=lambda model: model.__name__)
    modes = [(model, _mode(model)) for model in ordered]
    _, schema = models_json_schema(modes, ref_template=SCHEMAS + "{model}")
    return {name: _without_defaults(_without_titles(one)) for name, one in sorted(schema["$defs"].items())}


def _without_defaults(schema: Json) -> Json:
    """Move each default into the description of its field.

    Generated clients send a stated default where their user has left the field out, and in TypeScript it is required.
    """
    if "properties" not in schema:
        return schema
    return schema | {"properties": {name: _without_default(field) for name, field in schema["properties"].items()}}


def _without_default(field: Json) -> Json:
    kept = {key: value for key, value in field.items() if key != "default"}
    default, told = field.get("default"), field.get("description", "")
    if default is None or "By default" in told:
        return kept
    value = default if isinstance(default, str) else json.dumps(default)
    return kept | {"description": f"{told}. By default `{value}`".removeprefix(". ")}


def _without_titles(schema: Json) -> Json:
    """Drop the titles that pydantic makes of field names; they say nothing more."""
    if "properties" not in schema:
        return schema
    fields = schema["properties"].items()
    return schema | {
        "properties": {name: {key: value for key, value in field.items() if key != "title"} for name, field in fields}
    }


def _mode(model: type[BaseModel]) -> Any:
    """Return the mode of a schema: requests as they are sent, responses with every field present."""
    return "validation" if any(one.about.body is model for one in operations()) else "serialization"


def _describe_operation(operation: Operation, schemas: Json) -> Json:
    about, permission = operation.about, operation.route.permission
    described: Json = {
        "operationId": operation.view.__name__,
        "tags": [operation.tag],
        "summary": about.summary,
        "description": inspect.cleandoc(operation.view.__doc__ or ""),
        "parameters": [*_path_parameters(operation), *_query_parameters(operation), *_header_parameters(operation)],
        "responses": {
            **_dry_run(operation, {**_also(operation, schemas), str(about.status): _success(operation, schemas)}),
            **_describe_accepted(operation, schemas),
            **_see_other(operation),
            **_not_modified(operation),
            **_problems(operation),
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
    if content:
        response["content"] = content
    headers = _response_headers(operation)
    return response | ({"headers": headers} if headers else {})


def _response_headers(operation: Operation) -> Json:
    about = operation.about
    names = {
        "Idempotent-Replayed": operation.key != "ignored",
        "ETag": about.versioned is not None or about.cache_scope is not None,
    }
    return {name: {"$ref": f"#/components/headers/{name}"} for name, is_sent in names.items() if is_sent}


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
    location = {"headers": {"Location": LOCATION}} if about.action else {}
    return {"202": {"description": ". Or: ".join(meanings), "content": content} | location}


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
    return (
        {"304": {"description": "Not changed since the version that you have"}} if operation.about.cache_scope else {}
    )


def _schema_name(model: type[BaseModel], schemas: Json) -> str:
    return next(key for key, schema in schemas.items() if schema.get("title") == _title(model))


def _content(operation: Operation, part: str, model: type[BaseModel], schemas: Json) -> Json:
    """Refer to the model's schema, with the recorded example: of the request, or of the response with a status."""
    schema = {"$ref": SCHEMAS + _schema_name(model, schemas)}
    return {"application/json": {"schema": schema} | samples.media_example(operation.view.__name__, part)}


def _document_content(operation: Operation) -> Json:
    """Describe a body that is text, with the recorded example."""
    media_types = operation.about.document.media_types if operation.about.document else ()
    example = samples.media_example(operation.view.__name__, "request")
    return {kind: _text_schema(kind) | example for kind in media_types}


def _text_schema(media_type: str) -> Json:
    """Describe a body that is not JSON. XML is binary: it names its own encoding, so clients must not recode it."""
    return {"schema": {"type": "string"} | ({"format": "binary"} if media_type.endswith("/xml") else {})}


def _title(model: type[BaseModel]) -> str:
    return str(model.model_config.get("title") or model.__name__)


def _path_parameters(operation: Operation) -> list[Json]:
    return [_reference(name) for name in _path_names(operation)]


def _path_names(operation: Operation) -> list[str]:
    return [part[1:-1] for part in operation.route.path.split("/") if part.startswith("{")]


def _query_parameters(operation: Operation) -> list[Json]:
    """Describe the query; what pages a list is the same everywhere, and shared."""
    if operation.about.query is None:
        return []
    paging = _query_of(PageQuery)
    described = _query_of(operation.about.query)
    return [_reference(name) if one == paging.get(name) else one for name, one in described.items()]


def _query_of(model: type[BaseModel]) -> Json:
    query = model.model_json_schema(ref_template=SCHEMAS + "{model}")
    required = query.get("required", [])
    return {
        name: {"name": name, "in": "query", "required": name in required, "schema": _never_null(schema)}
        | _example(name)
        for name, schema in _without_titles(query)["properties"].items()
    }


def _never_null(schema: Json) -> Json:
    """Return the schema without null: in a query string an optional field is left out instead."""
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    stated: Json = choices[0]
    return {name: value for name, value in schema.items() if name not in ("anyOf", "default")} | stated


def _header_parameters(operation: Operation) -> list[Json]:
    names = []
    if operation.key != "ignored":
        names.append("Idempotency-Key-Required" if operation.key == "required" else "Idempotency-Key")
    if operation.is_conditional:
        names.append("If-Match")
    if operation.about.cache_scope:
        names.append("If-None-Match")
    if operation.about.document:
        names += operation.about.document.headers
    return [_reference(name) for name in names]


def _reference(parameter: str) -> Json:
    return {"$ref": PARAMETERS + parameter}


def _in_path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}, **_example(name)}


def _header(name: str, *, required: bool = False, **more: Any) -> Json:
    return {"name": name, "in": "header", "required": required, "schema": {"type": "string"}, **more}


def _parameters_by_name() -> Json:
    key: Json = {
        "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[ -~]+$"},
        "example": "rent-2026-11",
    }
    in_paths = sorted({name for operation in operations() for name in _path_names(operation)})
    return {
        **{name: _in_path(name) for name in in_paths},
        **_query_of(PageQuery),
        "Idempotency-Key": _header("Idempotency-Key", **key),
        "Idempotency-Key-Required": _header("Idempotency-Key", required=True, **key),
        "If-Match": _header("If-Match", description=IF_MATCH, example='"3"'),
        "If-None-Match": _header("If-None-Match"),
        "Account-Pin": _header("Account-Pin", description=ACCOUNT_PIN, example="4711"),
    }


def _example(name: str) -> Json:
    return {"example": samples.SAMPLES[name]} if name in samples.SAMPLES else {}


def codes(operation: Operation) -> list[str]:
    """Return every error code of an operation, in the order of status."""
    found, permission = {*operation.about.problems, "internal", "unavailable"}, operation.route.permission
    if permission:
        found |= {"unauthorized", "forbidden"}
    if permission and permission not in WITHOUT_FACTOR:
        found |= {"mfa_enrolment_required"}
    found |= _codes_of_input(operation)
    if operation.key != "ignored":
        found |= {"idempotency_key_reused", "validation_failed", "contention", "outcome_unknown"}
    if operation.about.action:
        found |= {"action_blocked", "no_approver"}
    if operation.is_conditional:
        found |= {"conflict", "contention"}
    elif operation.route.method != "GET":
        found |= {"validation_failed"}
    if operation.key == "required":
        found |= {"idempotency_key_missing"}
    return sorted(found, key=lambda code: (STATUS[code], code))


def _codes_of_input(operation: Operation) -> set[str]:
    """Return the error codes of what is sent: the body and the query."""
    found = set[str]()
    if operation.about.body:
        found |= {"malformed_json", "validation_failed", "payload_too_large", "unsupported_media_type"}
    if operation.about.document:
        found |= {"validation_failed", "payload_too_large", "unsupported_media_type"}
    if operation.about.query:
        found |= {"validation_failed"}
    return found


def _problems(operation: Operation) -> Json:
    """Refer to the shared response of each status, and name the codes that this operation may answer with."""
    by_status: dict[int, list[str]] = {}
    for code in codes(operation):
        by_status.setdefault(STATUS[code], []).append(f"`{code}`")
    return {
        str(status): {"$ref": f"{RESPONSES}Problem{status}", "description": ", ".join(named)}
        for status, named in by_status.items()
    }


def _problem_response(status: int) -> Json:
    examples = {code: {"value": _problem(code)} for code in sorted(STATUS) if STATUS[code] == status}
    content = {"schema": {"$ref": SCHEMAS + "Problem"}, "examples": examples}
    return {
        "description": ", ".join(f"`{code}`" for code in examples),
        "content": {"application/problem+json": content},
    }


def _problem(code: str) -> Json:
    title = ERRORS[code].title if code in ERRORS else "Internal error"
    errors = [{"field": "amount", "message": "must be greater than zero"}] if code == "validation_failed" else []
    return {
        "type": TYPE + code,
        "title": title,
        "status": STATUS[code],
        "detail": title + ".",
        "code": code,
        "request_id": samples.SAMPLES["request_id"],
        "errors": errors,
    }
