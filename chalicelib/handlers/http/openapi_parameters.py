"""The parameters of the API's description: of the path, the query and the headers."""

from typing import Any

from pydantic import BaseModel

from chalicelib.handlers.http import openapi_examples as samples
from chalicelib.handlers.http.openapi_schemas import SCHEMAS, Json, without_titles
from chalicelib.handlers.http.operation import Operation, operations
from chalicelib.handlers.http.schemas import PageQuery

PARAMETERS = "#/components/parameters/"
IF_MATCH = "The `ETag` of the version that you have read. If it is outdated, the response is `conflict`"
ACCOUNT_PIN = "The PIN of the paying accounts, if they have one"


def parameters_of(operation: Operation) -> list[Json]:
    """Return the parameters of an operation."""
    return [*_path_parameters(operation), *_query_parameters(operation), *_header_parameters(operation)]


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
        for name, schema in without_titles(query)["properties"].items()
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


def parameters_by_name() -> Json:
    """Return the parameters that operations refer to."""
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
