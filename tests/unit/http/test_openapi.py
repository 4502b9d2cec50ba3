"""The description is generated, complete, and the one that is committed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import TypeAdapter

from chalicelib.handlers.http import docs_page
from chalicelib.handlers.http.openapi import document
from chalicelib.handlers.http.openapi_problems import codes
from chalicelib.handlers.http.operation import Operation, operations

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"
DOCUMENT = json.loads(json.dumps(document()))


OPERATIONS = operations()


def described(operation: Operation) -> Any:
    return DOCUMENT["paths"][operation.route.path][operation.route.method.lower()]


def example(body: Any) -> Any:
    return docs_page.example(body, DOCUMENT)


def bodies(operation: Operation) -> dict[str, Any]:
    """Return the request and the successful responses of an operation that are JSON, by `request` or status."""
    told = described(operation)
    found = {"request": told.get("requestBody", {})} | {
        status: body for status, body in told["responses"].items() if status.startswith("2")
    }
    return {part: body for part, body in found.items() if "application/json" in body.get("content", {})}


BODIES = [(operation, part) for operation in OPERATIONS for part in bodies(operation)]
EXAMPLES = {(operation.view.__name__, part): example(bodies(operation)[part]) for operation, part in BODIES}


def parameters(operation: Operation) -> list[Any]:
    """Return an operation's parameters, and for a reference what it refers to."""
    shared = DOCUMENT["components"]["parameters"]
    told = described(operation)["parameters"]
    return [shared[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in told]


def name_of(operation: Operation) -> str:
    return f"{operation.route.method} {operation.route.path}"


def test_the_committed_description_is_the_generated_one() -> None:
    assert json.loads(COMMITTED.read_text()) == DOCUMENT, "run `make openapi` and commit docs/openapi.json"


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_every_operation_says_what_it_takes_and_answers(operation: Operation) -> None:
    told = described(operation)
    assert told["summary"]
    assert told["description"]
    takes = operation.about.body or operation.about.document
    assert ("requestBody" in told) == (takes is not None)
    assert (str(operation.about.status) in bodies(operation)) == (operation.about.answer is not None)
    assert "500" in told["responses"]


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.about.body], ids=name_of)
def test_every_example_of_a_request_is_accepted(operation: Operation) -> None:
    assert operation.about.body is not None
    operation.about.body.model_validate(example(described(operation)["requestBody"]))


@pytest.mark.parametrize(("operation", "part"), BODIES, ids=lambda one: one if isinstance(one, str) else name_of(one))
def test_every_body_has_an_example_that_its_schema_accepts(operation: Operation, part: str) -> None:
    body = bodies(operation)[part]
    found = example(body)
    assert found is not None, "ask it in the capability's test_recorded_examples.py, with RECORD=yes (CONTRIBUTING.md)"
    schema = body["content"]["application/json"]["schema"] | {"components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(schema).validate(found)
    if part == str(operation.about.status):
        TypeAdapter(operation.about.answer).validate_python(found)


def test_an_example_is_told_once() -> None:
    """Responses that several operations have in common are shared; schemas have none of their own."""
    told = [
        json.dumps(body["content"]["application/json"]["example"])
        for operation, part in BODIES
        if part != "request"
        for body in [bodies(operation)[part]]
        if "example" in body["content"]["application/json"]
    ]
    assert len(told) == len(set(told))
    assert not [name for name, schema in DOCUMENT["components"]["schemas"].items() if "examples" in schema]


def test_examples_have_no_secrets() -> None:
    text = json.dumps(list(EXAMPLES.values()))
    assert not re.search(r"eyJ[\w-]*\.", text), "a token"
    assert set(re.findall(r'"(?:access|refresh)_token": "([^"]*)"', text)) == {"ACCESS_TOKEN", "REFRESH_TOKEN"}
    passwords = re.findall(r'password": "([^"]*)"', text)
    assert passwords
    assert all(password.endswith("of-your-own") for password in passwords)
    assert {address.rpartition("@")[2] for address in re.findall(r'"[^" ]+@[^" ]+"', text)} <= {
        'example.com"',
        'florin.example"',
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_every_error_of_an_operation_names_its_codes_and_has_an_example_of_each(operation: Operation) -> None:
    named: set[str] = set()
    for status, response in described(operation)["responses"].items():
        if "$ref" in response:
            shared = DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]]
            examples = shared["content"]["application/problem+json"]["examples"]
            told = set(re.findall(r"`(\w+)`", response["description"]))
            assert told <= set(examples)
            assert {examples[code]["value"]["status"] for code in told} == {int(status)}
            named |= told
    assert named == set(codes(operation))


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
def test_operation_describes_every_parameter_of_its_path_query_and_key(operation: Operation) -> None:
    told = [(one["in"], one["name"]) for one in parameters(operation)]
    in_path = [("path", name) for name in re.findall(r"{(\w+)}", operation.route.path)]
    query = operation.about.query.model_json_schema()["properties"] if operation.about.query else {}
    assert len(told) == len(set(told))
    assert [one for one in told if one[0] != "header"] == [*in_path, *(("query", name) for name in query)]
    assert (("header", "Idempotency-Key") in told) == (operation.key != "ignored")


def test_schemas_have_names_of_their_own() -> None:
    """Of two shapes with one name pydantic publishes the paths of their modules, and clients' generators drop both."""
    names = list(DOCUMENT["components"]["schemas"])
    assert not [name for name in names if "__" in name or name.startswith("chalicelib")]
    assert len({re.sub(r"\W|_", "", name).lower() for name in names}) == len(names)
    titles = [schema["title"] for schema in DOCUMENT["components"]["schemas"].values() if "title" in schema]
    assert len(titles) == len(set(titles))


def test_operations_have_names_of_their_own() -> None:
    names = [described(operation)["operationId"] for operation in OPERATIONS]
    assert len(names) == len(set(names))


def test_query_parameters_have_their_bounds_and_are_never_null() -> None:
    told = [one for operation in OPERATIONS for one in parameters(operation)]
    queries = {one["name"]: one["schema"] for one in told if one["in"] == "query"}
    assert (queries["limit"]["minimum"], queries["limit"]["maximum"]) == (1, 100)
    assert (queries["seq"]["minimum"], queries["seq"]["exclusiveMaximum"]) == (1, 10**12)
    assert '"null"' not in json.dumps(queries)


def test_every_tag_is_defined_and_used() -> None:
    used = {one["tags"][0] for path in DOCUMENT["paths"].values() for one in path.values()}
    assert [tag["name"] for tag in DOCUMENT["tags"] if tag["name"] not in used or not tag["description"]] == []
    assert used == {tag["name"] for tag in DOCUMENT["tags"]}


def test_no_field_has_a_default() -> None:
    """Generated clients send a default that is stated, and in TypeScript its field is required."""
    assert '"default": null' not in json.dumps(DOCUMENT)
    schemas = DOCUMENT["components"]["schemas"]
    told = {f"{name}.{field}": one for name, schema in schemas.items() for field, one in fields_of(schema)}
    assert [name for name, one in told.items() if "default" in one] == []
    assert told["Reverse.allow_overdrawn"]["description"].endswith(". By default `false`")
    assert told["LogOut.everywhere"]["description"] == "By default `false`"
    assert told["CreateUser.branch_id"]["description"] == "By default the head office"


def fields_of(schema: Any) -> Any:
    return schema.get("properties", {}).items()


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.route.method == "PATCH"], ids=name_of)
def test_fields_of_an_edit_have_no_default(operation: Operation) -> None:
    """What is left out of an edit stays as it is."""
    assert operation.about.body is not None
    fields = fields_of(operation.about.body.model_json_schema())
    assert [name for name, one in fields if one.get("default") is not None or "By default" in str(one)] == []


def test_answers_have_all_of_their_fields() -> None:
    """But problems: those have what their code says."""
    schemas = DOCUMENT["components"]["schemas"]
    answers = {name: one for name, one in schemas.items() if one.get("additionalProperties") is not False}
    partial = [
        name for name, one in answers.items() if {field for field, _ in fields_of(one)} - {*one.get("required", ())}
    ]
    assert partial == ["Problem"]


def test_examples_of_payments_do_not_contradict_themselves() -> None:
    payments = [one for one in objects(list(EXAMPLES.values())) if {"posted_at", "waiting", "entries"} <= one.keys()]
    assert {one["status"] for one in payments} >= {"posted", "pending"}
    for one in payments:
        signs = {entry["account_id"]: entry["amount"].startswith("-") for entry in one["entries"]}
        assert signs.get(one["from_account_id"]) is not False, "the payer's entry is negative"
        assert signs.get(one["to_account_id"]) is not True, "the payee's entry is positive"
        assert (one["posted_at"] is not None) == (one["status"] == "posted")
        assert (one["waiting"] is not None) <= (one["status"] == "pending")
        assert (one["from_account_id"] is None) <= (one["type"] != "transfer")
    for name, kind in (("deposit", "deposit"), ("withdraw", "withdrawal"), ("transfer", "transfer")):
        assert EXAMPLES[name, "201"]["type"] == kind
    held = EXAMPLES["transfer", "202"]
    assert (held["status"], held["waiting"]["code"]) == ("pending", "risk_review")


def objects(value: Any) -> Iterator[Any]:
    """Yield every object inside a value."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


def test_examples_of_entries_do_not_contradict_themselves() -> None:
    entries = [one for one in objects(list(EXAMPLES.values())) if {"direction", "balance_after"} <= one.keys()]
    assert {(one["type"], one["direction"]) for one in entries} >= {("deposit", "in"), ("withdrawal", "out")}
    assert not [one for one in entries if one["amount"].startswith("-")]
    assert not [one for one in entries if one["type"] == "withdrawal" and one["direction"] == "in"]


def test_examples_are_of_what_the_operation_has_done() -> None:
    assert EXAMPLES["freeze_account", "200"]["status"] == "frozen"
    assert EXAMPLES["unfreeze_account", "200"]["status"] == "active"
    assert EXAMPLES["close_account", "200"]["status"] == "closed"
    assert EXAMPLES["reject_transaction", "200"]["status"] == "voided"
    assert EXAMPLES["erase_customer", "202"]["status"] == "erasing"
    assert EXAMPLES["withdraw_announcement", "200"]["status"] == "withdrawn"
    assert EXAMPLES["edit_ticket", "200"]["status"] == EXAMPLES["edit_ticket", "request"]["status"]
    for (operation, part), asked in EXAMPLES.items():
        if part == "request" and (operation, "201") in EXAMPLES:
            made = EXAMPLES[operation, "201"]
            changed = {name for name in asked.keys() & made.keys() if asked[name] != made[name]}
            assert changed <= {"opening_hours", "published_until", "tags", "category"}, operation
