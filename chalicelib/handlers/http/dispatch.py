"""Takes a request to its view, and makes an HTTP response of what the view returns."""

from contextlib import nullcontext
from typing import Any

from chalice.app import Response

from chalicelib import aws
from chalicelib.domain.approvals.held import HeldForApproval
from chalicelib.domain.errors import OutcomeUnknown, ValidationFailed
from chalicelib.domain.if_match import IfMatch, etag
from chalicelib.domain.permissions import Caller
from chalicelib.domain.request_limits import LimitName
from chalicelib.handlers.http import caching
from chalicelib.handlers.http.caller import ANONYMOUS, require_session
from chalicelib.handlers.http.operation import Answer, Description, Operation, operation
from chalicelib.handlers.http.problems import REPLAYED, Headers
from chalicelib.handlers.http.request import (
    Request,
    idempotency_key_of,
    parse_body,
    parse_document,
    parse_path,
    parse_query,
)
from chalicelib.handlers.routes import Route
from chalicelib.services.crypto import revealed

HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def dispatch(route: Route, raw: Any, caller: Caller, path_parameters: dict[str, str]) -> Response:
    """Parse the request into its schemas, call the view, and write its answer."""
    found = operation(route)
    path = parse_path(path_parameters)
    query = parse_query(raw, found.about.query)
    document = found.about.document
    body = parse_document(raw, document) if document else parse_body(raw, found.about.body)
    name = f"{route.method} {route.path.format(**path)}"
    idempotency_key = idempotency_key_of(raw, found.key, caller, name, body)
    if_match = _if_match_of(raw, found)
    connected = raw.context.get("identity", {}).get("sourceIp", "")
    request = Request(body, query, caller, idempotency_key, raw.headers, connected, if_match)
    with aws.refuse_if_services_fail():
        # A caller without a session would be the bank itself to the ledger, which reads none then.
        if found.has_session_check or (found.about.is_posting and not caller.session_id):
            require_session(caller)
        if found.about.limit:
            _count(request, found.about.limit)
    try:
        with aws.refuse_if_services_fail(is_change=route.method != "GET"), revealed.collect() as subject_ids:
            response = _response(found.about, _view(found, request, path))
        _record_reads(route, caller, subject_ids)
    except OutcomeUnknown as error:
        raise (error if idempotency_key else error.without_key()) from error
    return _add_cache_headers(response, found.about.cache_scope, request) if found.about.cache_scope else response


def _count(request: Request[Any, Any], limit: LimitName) -> None:
    """Count the request against the limit of its caller: the user, or its network where nobody is signed in."""
    from chalicelib.services import request_limits
    from chalicelib.services.crypto import bank_keys

    network = bank_keys.source_hmac(request.source_ip) if request.caller.user_id == ANONYMOUS else None
    request_limits.count(request.caller, limit, network)


def _view(operation: Operation, request: Request[Any, Any], path: dict[str, str]) -> Any:
    """Call the view. Where a policy holds the request back, respond with the approval."""
    try:
        if operation.has_dry_run and request.query.dry_run:
            from chalicelib.handlers.approvals.held import try_out

            return try_out(lambda: operation.view(request, **path))
        return operation.view(request, **path)
    except HeldForApproval as waiting:
        from chalicelib.handlers.approvals.held import answer

        return answer(waiting, request.caller)


def _record_reads(route: Route, caller: Caller, subject_ids: set[str]) -> None:
    """Record whose personal data the response shows to staff. Raises Unavailable: the response must not be sent then.

    After a write, raises OutcomeUnknown.
    """
    if not subject_ids or not caller.sees_everything:
        return
    from chalicelib.services.privacy import reads

    with nullcontext() if route.method == "GET" else aws.unknown_outcome_on_error():
        reads.record(caller, f"{route.method} {route.path}", subject_ids)


def _if_match_of(raw: Any, operation: Operation) -> IfMatch:
    """Return the condition of a change. Raises ValidationFailed where it would be ignored."""
    given = raw.headers.get("if-match")
    if given is not None and operation.route.method != "GET" and not operation.is_conditional:
        raise ValidationFailed.of("If-Match", "is not honoured here; nothing was done. Send the request without it")
    return IfMatch.parse(given)


def _response(about: Description, answer: Any) -> Response:
    given = answer if isinstance(answer, Answer) else Answer(answer)
    headers: Headers = {**HEADERS, **given.headers, **(REPLAYED if given.replayed else {})}
    if given.version is not None:
        headers["ETag"] = etag(given.version)
    status = given.status or about.status
    if given.body is None:
        headers.pop("Content-Type")
        return Response("", headers, status)
    if isinstance(given.body, str):
        return Response(given.body, headers, status)
    return Response(given.body.model_dump_json(by_alias=True), headers, status)


def _add_cache_headers(response: Response, cache_scope: caching.CacheScope, request: Request[Any, Any]) -> Response:
    """Return the response with cache headers, or 304 without a body if the client has this version."""
    headers = caching.headers(response.body, cache_scope)
    response.headers.update(headers)
    if caching.is_known(headers["ETag"], request.headers):
        response.headers.pop("Content-Type")
        return Response("", response.headers, 304)
    return response
