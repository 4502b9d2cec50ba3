"""The description is generated, complete, and the one that is committed."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import TypeAdapter

import app  # noqa: F401 — registers every route
from chalicelib.handlers.door import ROUTES, Route
from chalicelib.handlers.openapi import document

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
DOCUMENT = json.loads(json.dumps(document()))


def operation(route: Route) -> Any:
    return DOCUMENT["paths"][route.path][route.method.lower()]


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def test_the_committed_description_is_the_generated_one() -> None:
    assert json.loads(COMMITTED.read_text()) == DOCUMENT, "run `make openapi` and commit docs/openapi.json"


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_every_route_says_what_it_takes_and_answers(route: Route) -> None:
    described = operation(route)
    assert described["summary"]
    assert described["description"]
    if route.body:
        assert described["requestBody"]["content"]["application/json"]["example"]
    if route.answer:
        assert "example" in described["responses"][str(route.status)]["content"]["application/json"]
    assert "500" in described["responses"]


@pytest.mark.parametrize("route", [route for route in ROUTES if route.body], ids=name_of)
def test_every_example_of_a_request_is_accepted(route: Route) -> None:
    example = operation(route)["requestBody"]["content"]["application/json"]["example"]
    assert route.body is not None
    route.body.model_validate(example)


@pytest.mark.parametrize("route", [route for route in ROUTES if route.answer], ids=name_of)
def test_every_example_of_an_answer_matches_its_schema(route: Route) -> None:
    content = operation(route)["responses"][str(route.status)]["content"]["application/json"]
    schema = content["schema"] | {"components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(schema).validate(content["example"])
    TypeAdapter(route.answer).validate_python(content["example"])


def test_operations_have_names_of_their_own() -> None:
    names = [operation(route)["operationId"] for route in ROUTES]
    assert len(names) == len(set(names))
