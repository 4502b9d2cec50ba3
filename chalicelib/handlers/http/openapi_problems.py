"""The problems of the API's description: which codes an operation may answer with, and the responses they share."""

from chalicelib.domain.identity.second_factor import WITHOUT_FACTOR
from chalicelib.handlers.http import openapi_examples as samples
from chalicelib.handlers.http.openapi_headers import refer_to
from chalicelib.handlers.http.openapi_schemas import SCHEMAS, Json
from chalicelib.handlers.http.operation import Operation
from chalicelib.handlers.http.problems import ERRORS, STATUS, TYPE

RESPONSES = "#/components/responses/"
ANYWHERE = frozenset({"internal", "unavailable", "validation_failed"})
HEADERS = {409: "Idempotent-Replayed", 422: "Idempotent-Replayed", 429: "Retry-After", 503: "Retry-After"}
"""By status: refusals that are recorded under a key come again with it, and some errors say when to try again."""


def codes(operation: Operation) -> list[str]:
    """Return every error code of an operation, in the order of status.

    `validation_failed` is one of each: no operation ignores an unknown query parameter.
    """
    found, permission = {*operation.about.problems, *ANYWHERE}, operation.route.permission
    if permission:
        found |= {"unauthorized", "forbidden"}
    if permission and permission not in WITHOUT_FACTOR:
        found |= {"mfa_enrolment_required"}
    found |= _codes_of_input(operation)
    if operation.route.method != "GET":
        found |= {"contention", "outcome_unknown"}
    if operation.key != "ignored":
        found |= {"idempotency_key_reused"}
    if operation.about.action:
        found |= {"action_blocked", "no_approver"}
    if operation.about.limit:
        found |= {"too_many_attempts"}
    if operation.is_conditional:
        found |= {"conflict", "contention"}
    if operation.key == "required":
        found |= {"idempotency_key_missing"}
    return sorted(found, key=lambda code: (STATUS[code], code))


def _codes_of_input(operation: Operation) -> set[str]:
    """Return the error codes of the body."""
    found = set[str]()
    if operation.about.body:
        found |= {"malformed_json", "payload_too_large", "unsupported_media_type"}
    if operation.about.document:
        found |= {"payload_too_large", "unsupported_media_type"}
    return found


def problems_of(operation: Operation) -> Json:
    """Refer to the shared response of each status, and name the codes that this operation may answer with."""
    by_status: dict[int, list[str]] = {}
    for code in codes(operation):
        by_status.setdefault(STATUS[code], []).append(f"`{code}`")
    return {
        str(status): {"$ref": f"{RESPONSES}Problem{status}", "description": ", ".join(named)}
        for status, named in by_status.items()
    }


def problem_response(status: int) -> Json:
    """Return the response that all problems of a status share, with an example of each code."""
    examples = {code: {"value": _problem(code)} for code in sorted(STATUS) if STATUS[code] == status}
    content = {"schema": {"$ref": SCHEMAS + "Problem"}, "examples": examples}
    return {
        "description": ", ".join(f"`{code}`" for code in examples),
        "content": {"application/problem+json": content},
    } | refer_to(*([HEADERS[status]] if status in HEADERS else []))


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
