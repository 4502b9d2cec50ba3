"""The description is generated, complete, and the one that is committed."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import TypeAdapter

from chalicelib.handlers.http.openapi import document
from chalicelib.handlers.http.operation import Operation, operations

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"
DOCUMENT = json.loads(json.dumps(document()))


OPERATIONS = operations()


def described(operation: Operation) -> Any:
    return DOCUMENT["paths"][operation.route.path][operation.route.method.lower()]


def name_of(operation: Operation) -> str:
    return f"{operation.route.method} {operation.route.path}"


def test_the_committed_description_is_the_generated_one() -> None:
    assert json.loads(COMMITTED.read_text()) == DOCUMENT, "run `make openapi` and commit docs/openapi.json"


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_every_operation_says_what_it_takes_and_answers(operation: Operation) -> None:
    told = described(operation)
    assert told["summary"]
    assert told["description"]
    if operation.about.body:
        assert told["requestBody"]["content"]["application/json"]["example"]
    if operation.about.answer:
        assert "example" in told["responses"][str(operation.about.status)]["content"]["application/json"]
    assert "500" in told["responses"]


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.about.body], ids=name_of)
def test_every_example_of_a_request_is_accepted(operation: Operation) -> None:
    example = described(operation)["requestBody"]["content"]["application/json"]["example"]
    assert operation.about.body is not None
    operation.about.body.model_validate(example)


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.about.answer], ids=name_of)
def test_every_example_of_an_answer_matches_its_schema(operation: Operation) -> None:
    content = described(operation)["responses"][str(operation.about.status)]["content"]["application/json"]
    schema = content["schema"] | {"components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(schema).validate(content["example"])
    TypeAdapter(operation.about.answer).validate_python(content["example"])


def test_operations_have_names_of_their_own() -> None:
    names = [described(operation)["operationId"] for operation in OPERATIONS]
    assert len(names) == len(set(names))


def test_query_parameters_have_their_bounds_and_are_never_null() -> None:
    told = [
        one for path in DOCUMENT["paths"].values() for operation in path.values() for one in operation["parameters"]
    ]
    queries = {one["name"]: one["schema"] for one in told if one["in"] == "query"}
    assert (queries["limit"]["minimum"], queries["limit"]["maximum"]) == (1, 100)
    assert (queries["seq"]["minimum"], queries["seq"]["exclusiveMaximum"]) == (1, 10**12)
    assert '"null"' not in json.dumps(queries)
