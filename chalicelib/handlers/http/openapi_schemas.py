"""The schemas of the API's description, made of the models of requests and responses."""

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chalicelib.handlers.approvals.approval_schemas import DryRunView
from chalicelib.handlers.http.operation import operations
from chalicelib.handlers.http.schemas import Problem
from chalicelib.handlers.statements.statement_schemas import StatementLinkView

Json = dict[str, Any]
SCHEMAS = "#/components/schemas/"


def all_schemas() -> Json:
    """Return the schema of every model that an operation takes or returns, by name."""
    used = {model for one in operations() for model in (one.about.body, one.about.answer) if model}
    used |= {one.about.accepted[1] for one in operations() if one.about.accepted}
    used |= {one.about.also[2] for one in operations() if one.about.also}
    used |= {DryRunView, Problem, StatementLinkView}
    ordered = sorted(used, key=lambda model: model.__name__)
    modes = [(model, _mode(model)) for model in ordered]
    _, schema = models_json_schema(modes, ref_template=SCHEMAS + "{model}")
    return {name: _without_defaults(without_titles(one)) for name, one in sorted(schema["$defs"].items())}


def _without_defaults(schema: Json) -> Json:
    """Move each default into the description of its field.

    Generated clients send a stated default where their user has left the field out, and in TypeScript it is required.
    """
    if "properties" not in schema:
        return schema
    return schema | {"properties": {name: _without_default(field) for name, field in schema["properties"].items()}}


def _without_default(field: Json) -> Json:
    kept = {key: value for key, value in field.items() if key != "default"}
    default, text = field.get("default"), field.get("description", "")
    if default is None or "By default" in text:
        return kept
    value = default if isinstance(default, str) else json.dumps(default)
    return kept | {"description": f"{text}. By default `{value}`".removeprefix(". ")}


def without_titles(schema: Json) -> Json:
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


def schema_name(model: type[BaseModel], schemas: Json) -> str:
    """Return the name under which a model is described."""
    return next(key for key, schema in schemas.items() if schema.get("title") == _title(model))


def _title(model: type[BaseModel]) -> str:
    return str(model.model_config.get("title") or model.__name__)
