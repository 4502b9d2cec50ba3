"""Compares each response with what the description of the API says of it, as a generated client would."""

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from infra.settings import ROOT

Json = dict[str, Any]
HEADERS = ("ETag", "Idempotent-Replayed", "Location", "Retry-After")
"""Those of ours that say something of one response; a client finds them in the description."""
HINT = "Describe it at the view (`problems`, `answer`), then run `make openapi`."
CODE = re.compile("`([a-z_]+)`")


def require_described(method: str, path: str, status: int, headers: Mapping[str, str], text: str) -> None:
    """Fail if docs/openapi.json lacks the response, or a header, a field or an error code of it.

    Not compared is a path or method that it does not have yet, and what is recorded: `make openapi` comes after that.
    """
    operation = _operation(method, path.partition("?")[0])
    if operation is None or os.environ.get("RECORD") == "yes":
        return
    where = f"{method} {path} answered {status}"
    assert str(status) in operation["responses"], f"{where}, not described: {text}. {HINT}"
    named = operation["responses"][str(status)]
    described = _resolve(named)
    missing = [name for name in HEADERS if name in headers and name not in described.get("headers", {})]
    assert not missing, f"{where} with {missing}, not described. {HINT}"
    if text:
        _require_body(where, named, described, str(headers["Content-Type"]), text)


def _require_body(where: str, named: Json, described: Json, content_type: str, text: str) -> None:
    media_type = content_type.partition(";")[0]
    content = described.get("content", {})
    assert media_type in content, f"{where} as {media_type}, described are {list(content)}. {HINT}"
    if not media_type.endswith("json"):
        return
    body, schema = json.loads(text), json.dumps(content[media_type].get("schema", {}))
    wrong = [f"{error.json_path}: {error.message}" for error in _validator(schema).iter_errors(body)]
    assert not wrong, f"{where} with a body against its schema: {wrong[:3]}. {HINT}"
    if media_type == "application/problem+json":
        codes = CODE.findall(named["description"])
        assert body["code"] in codes, f"{where} with the code {body['code']}, described are {codes}. {HINT}"


@cache
def _paths() -> list[tuple[re.Pattern[str], Json]]:
    """Return the operations by their paths, those without parameters first."""
    ordered = sorted(_strict()["paths"].items(), key=lambda one: one[0].count("{"))
    return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), operations) for path, operations in ordered]


def _operation(method: str, path: str) -> Json | None:
    found = next((operations for pattern, operations in _paths() if pattern.fullmatch(path)), {})
    operation: Json | None = found.get(method.lower())
    return operation


@cache
def _strict() -> Json:
    """Return the description in which objects have no other fields than those described.

    It is the committed one, which is read in a twentieth of the time that it takes to generate it.
    """
    strict: Json = json.loads((ROOT / "docs/openapi.json").read_text())
    _forbid_other_fields(strict["components"]["schemas"])
    return strict


def _forbid_other_fields(node: Any) -> None:
    if isinstance(node, list):
        for one in node:
            _forbid_other_fields(one)
    elif isinstance(node, dict):
        if "properties" in node and node.get("type") == "object":
            node.setdefault("additionalProperties", False)
        for one in node.values():
            _forbid_other_fields(one)


def _resolve(node: Json) -> Json:
    reference = node.get("$ref")
    if reference is None:
        return node
    found: Any = _strict()
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


@cache
def _validator(schema: str) -> Draft202012Validator:
    """Return what compares a body with a schema that is written as JSON."""
    return Draft202012Validator(json.loads(schema) | {"components": _strict()["components"]})
