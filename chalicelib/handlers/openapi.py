"""The API's description, OpenAPI 3.1, generated from what the routes are made of; nothing is written by hand twice."""

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chalicelib.domain.errors import BY_CODE
from chalicelib.handlers import openapi_samples as samples
from chalicelib.handlers.door import ROUTES, Route
from chalicelib.handlers.problems import STATUS, TYPE
from chalicelib.handlers.shapes import Problem

Json = dict[str, Any]
SCHEMAS = "#/components/schemas/"
EXAMPLES = "#/components/examples/"
VERSION = "1.0.0"
DESCRIPTION = """A retail bank's core. Amounts are decimal strings; timestamps are RFC 3339 in UTC with microseconds;
errors are RFC 9457 problem documents. POSTs that move money need an `Idempotency-Key`: repeating a request with its
key is always safe, and answers what the first one did."""


@cache
def document() -> Json:
    """The whole description, in the order of the routes."""
    schemas = _schemas()
    paths: Json = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Florin",
            "version": VERSION,
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "examples": {code: {"value": _problem(code)} for code in sorted(STATUS)},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _schemas() -> Json:
    used = {model for route in ROUTES for model in (route.body, route.answer) if model} | {Problem}
    ordered = sorted(used, key=lambda model: model.__name__)
    modes = [(model, _mode(model)) for model in ordered]
    _, schema = models_json_schema(modes, ref_template=SCHEMAS + "{model}")
    return dict(sorted(schema["$defs"].items()))


def _mode(model: type[BaseModel]) -> Any:
    """Requests as they are sent, responses as they come: there every field is present."""
    return "validation" if any(route.body is model for route in ROUTES) else "serialization"


def _operation(route: Route, schemas: Json) -> Json:
    operation: Json = {
        "operationId": route.view.__name__,
        "tags": [route.tag],
        "summary": route.summary,
        "description": route.description,
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": {str(route.status): _success(route, schemas), **_problems(route)},
        "security": [{"bearer": []}] if route.permission else [],
    }
    if route.permission:
        operation["x-permission"] = route.permission
    if route.body:
        operation["requestBody"] = {"required": True, "content": _content(route.body, schemas)}
    return operation


def _success(route: Route, schemas: Json) -> Json:
    response: Json = {"description": route.summary}
    if route.answer:
        response["content"] = _content(route.answer, schemas)
    if route.key != "ignored":
        replayed = {"description": "true when an earlier request under the key did it", "schema": {"type": "string"}}
        response["headers"] = {"Idempotent-Replayed": replayed}
    return response


def _content(model: type[BaseModel], schemas: Json) -> Json:
    name = next(key for key, schema in schemas.items() if schema.get("title") == _title(model))
    example = samples.example(schemas[name], schemas)
    return {"application/json": {"schema": {"$ref": SCHEMAS + name}, "example": example}}


def _title(model: type[BaseModel]) -> str:
    return str(model.model_config.get("title") or model.__name__)


def _path_parameters(route: Route) -> list[Json]:
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    schema = {"type": "string"}
    return [{"name": name, "in": "path", "required": True, "schema": schema, **_example(name)} for name in names]


def _query_parameters(route: Route) -> list[Json]:
    if route.query is None:
        return []
    properties = route.query.model_json_schema(ref_template=SCHEMAS + "{model}")["properties"]
    return [
        {"name": name, "in": "query", "required": False, "schema": schema, **_example(name)}
        for name, schema in properties.items()
    ]


def _header_parameters(route: Route) -> list[Json]:
    headers = []
    if route.key != "ignored":
        schema = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[ -~]+$"}
        required = route.key == "required"
        headers.append(
            {"name": "Idempotency-Key", "in": "header", "required": required, "schema": schema}
            | {"example": "rent-2026-11"}
        )
    if route.method == "PATCH" and "conflict" in route.problems:
        headers.append({"name": "If-Match", "in": "header", "required": False, "schema": {"type": "string"}})
    return headers


def _example(name: str) -> Json:
    return {"example": samples.SAMPLES[name]} if name in samples.SAMPLES else {}


def codes(route: Route) -> list[str]:
    """Every problem that a route may answer, in the order of status."""
    found = {*route.problems, "internal", "unavailable"}
    if route.permission:
        found |= {"unauthorized", "forbidden"}
    if route.body:
        found |= {"malformed_json", "validation_failed", "payload_too_large", "unsupported_media_type"}
    if route.query:
        found |= {"validation_failed"}
    if route.key != "ignored":
        found |= {"idempotency_key_reused", "validation_failed", "contention", "outcome_unknown"}
    if route.key == "required":
        found |= {"idempotency_key_missing"}
    return sorted(found, key=lambda code: (STATUS[code], code))


def _problems(route: Route) -> Json:
    responses: Json = {}
    for code in codes(route):
        status = str(STATUS[code])
        response = responses.setdefault(status, {"description": "", "content": {"application/problem+json": {}}})
        response["description"] = ", ".join(filter(None, [response["description"], f"`{code}`"]))
        content = response["content"]["application/problem+json"]
        content["schema"] = {"$ref": SCHEMAS + "Problem"}
        content.setdefault("examples", {})[code] = {"$ref": EXAMPLES + code}
    return responses


def _problem(code: str) -> Json:
    title = BY_CODE[code].title if code in BY_CODE else "Internal error"
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
