"""Response headers in the API's description."""

from functools import cache

from chalicelib.handlers.http.openapi_schemas import Json
from chalicelib.handlers.http.operation import Operation, operations

CREATED = 201
HEADERS: Json = {
    "Idempotent-Replayed": {
        "description": "true if an earlier request with the key had this outcome",
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "the version of what was read or changed, to send back as `If-Match` or `If-None-Match`",
        "schema": {"type": "string"},
    },
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}},
}


def refer_to(*names: str) -> Json:
    """Return the headers with these names, or nothing if there are none."""
    return {"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names}} if names else {}


def headers_of_success(operation: Operation) -> Json:
    """Return the headers of the operation's usual response."""
    found = refer_to(*_names(operation))
    if operation.about.location and operation.about.accepted is None:
        found = {"headers": {**found.get("headers", {}), **_location(operation.about.location)}}
    return found


def headers_of_accepted(operation: Operation) -> Json:
    """Return the headers of a 202 that is not the operation's usual response."""
    location = operation.about.location or ("the approval" if operation.about.action else None)
    replayed = refer_to(*(["Idempotent-Replayed"] if operation.key != "ignored" else [])).get("headers", {})
    headers = replayed | (_location(location) if location else {})
    return {"headers": headers} if headers else {}


def _location(named: str) -> Json:
    return {"Location": {"description": f"The path of {named}", "schema": {"type": "string"}}}


def _names(operation: Operation) -> list[str]:
    about = operation.about
    is_tagged = about.versioned is not None or about.cache_scope is not None or _creates_versioned(operation)
    sent = {"Idempotent-Replayed": operation.key != "ignored", "ETag": is_tagged}
    return [name for name, is_sent in sent.items() if is_sent]


def _creates_versioned(operation: Operation) -> bool:
    """Return whether what is created can be read at a path below, with its version: the response has that, too."""
    return operation.about.status == CREATED and operation.route.path in _collections_of_versioned()


@cache
def _collections_of_versioned() -> frozenset[str]:
    reads = (one for one in operations() if one.route.method == "GET" and one.about.versioned is not None)
    return frozenset(one.route.path.rpartition("/")[0] for one in reads if one.route.path.endswith("}"))
