"""Views and what is said of them: the shapes of request and answer, and the problems of each operation."""

import importlib
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from chalice.app import Response
from pydantic import BaseModel

from chalicelib import aws
from chalicelib.domain.approvals.action import ACTIONS, ActionName
from chalicelib.domain.approvals.held import HeldForApproval
from chalicelib.domain.errors import OutcomeUnknown, ValidationFailed
from chalicelib.domain.if_match import IfMatch, etag
from chalicelib.domain.permissions import Caller
from chalicelib.domain.request_limits import LimitName
from chalicelib.handlers.http import caching
from chalicelib.handlers.http.caller import ANONYMOUS, require_session
from chalicelib.handlers.http.problems import REPLAYED, Headers
from chalicelib.handlers.http.request import (
    Document,
    KeyRule,
    Request,
    idempotency_key_of,
    parse_body,
    parse_document,
    parse_path,
    parse_query,
)
from chalicelib.handlers.http.schemas import DryRunQuery, Query, Schema
from chalicelib.handlers.routes import ROUTES, Route
from chalicelib.services.crypto import revealed

HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
View = Callable[..., Any]
DRY_RUN = "application/vnd.florin.dry-run+json"
"""The media type of the response to `?dry_run=true`: a client that does not ask for one never meets it."""


@dataclass(frozen=True)
class Answer:
    """A response whose status or headers are not the operation's usual ones.

    `version` becomes the ETag, for If-Match; `replayed`: an earlier request under the same Idempotency-Key did it.
    """

    body: BaseModel | str | None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    version: int | str | None = None
    replayed: bool = False


@dataclass(frozen=True)
class Description:
    """The inputs and responses of a view. `problems` are codes of errors beyond those that every view has.

    `cache_scope`: "public", "private" or None; sets ETag and Cache-Control. `media_types`: those of the response
    besides JSON, for a query to choose from; without an `answer` the response is never JSON. `see_other`: where a 303
    leads. `accepted`: the meaning and schema of a 202. `action`: what it is to approval policies, one of which may hold
    it back: then the 202 is the approval. `versioned`: the thing whose version is the ETag of the response ("the
    account"): a view that reads it responds with the tag, and a view that changes it passes `Request.if_match` on to
    the service.
    `document`: what the body is instead of JSON. `limit`: as what it counts, for a caller may ask for it only so often.
    `is_posting`: all that it changes is posted by the ledger, which reads the session itself. `also`: the status,
    meaning and schema of another response of success.
    """

    summary: str
    status: int
    body: type[Schema] | None
    query: type[Query] | None
    answer: type[BaseModel] | None
    key: KeyRule | None
    problems: tuple[str, ...]
    cache_scope: caching.CacheScope | None = None
    media_types: tuple[str, ...] = ()
    see_other: str | None = None
    accepted: tuple[str, type[BaseModel]] | None = None
    action: ActionName | None = None
    versioned: str | None = None
    is_posting: bool = False
    also: tuple[int, str, type[BaseModel]] | None = None
    document: Document | None = None
    limit: LimitName | None = None


@dataclass(frozen=True)
class Operation:
    """A route with its view, loaded, and all that is known of it: what serves it and what OpenAPI says of it."""

    route: Route
    view: View
    about: Description

    @property
    def key(self) -> KeyRule:
        """POST honours an idempotency key unless its view says otherwise, or nobody is signed in."""
        honoured = self.route.method == "POST" and self.route.permission is not None
        return self.about.key or ("honoured" if honoured else "ignored")

    @property
    def is_conditional(self) -> bool:
        """Return whether the operation honours If-Match: it changes what has a version."""
        return self.about.versioned is not None and self.route.method != "GET"

    @property
    def has_session_check(self) -> bool:
        """Return whether the session is read before the view is called: for every change that the ledger does not post.

        The authorizer's answer may be a minute old, which is good enough for reading only.
        """
        return self.route.method != "GET" and self.route.permission is not None and not self.about.is_posting

    @property
    def has_dry_run(self) -> bool:
        """Return whether the operation can be tried without being done."""
        return self.about.query is not None and issubclass(self.about.query, DryRunQuery)

    @property
    def tag(self) -> str:
        """Return the capability, which is the first folder of the view."""
        return self.route.view.partition(".")[0]


_DESCRIBED: dict[View, Description] = {}


def describe(
    summary: str,
    *,
    status: int = 200,
    body: type[Schema] | None = None,
    query: type[Query] | None = None,
    answer: type[BaseModel] | None = None,
    key: KeyRule | None = None,
    problems: tuple[str, ...] = (),
    cache_scope: caching.CacheScope | None = None,
    media_types: tuple[str, ...] = (),
    see_other: str | None = None,
    accepted: tuple[str, type[BaseModel]] | None = None,
    action: ActionName | None = None,
    versioned: str | None = None,
    is_posting: bool = False,
    also: tuple[int, str, type[BaseModel]] | None = None,
    document: Document | None = None,
    limit: LimitName | None = None,
) -> Callable[[View], View]:
    """Say what a view takes and answers. It gets a `Request` and returns a view model, None, or an `Answer`.

    An `action` that can be tried without being done has a query for that.
    """
    if action and query is None and ACTIONS[action].executor:
        query = DryRunQuery

    def remember(view: View) -> View:
        _DESCRIBED[view] = Description(
            summary,
            status,
            body,
            query,
            answer,
            key,
            problems,
            cache_scope,
            media_types,
            see_other,
            accepted,
            action,
            versioned,
            is_posting,
            also,
            document,
            limit,
        )
        return view

    return remember


@cache
def operation(route: Route) -> Operation:
    """Return the operation of a route, and import its module."""
    module, _, name = route.view.rpartition(".")
    view = getattr(importlib.import_module(f"chalicelib.handlers.{module}"), name)
    return Operation(route, view, _DESCRIBED[view])


def operations() -> list[Operation]:
    """Return every operation of the API, in the order of the routes."""
    return [operation(route) for route in ROUTES]


def dispatch(route: Route, raw: Any, caller: Caller, path_parameters: dict[str, str]) -> Response:
    """Parse the request into its shapes, call the view, and write its answer."""
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
    # A caller without a session would be the bank itself to the ledger, which reads none then.
    if found.has_session_check or (found.about.is_posting and not caller.session_id):
        require_session(caller)
    if found.about.limit:
        _count(request, found.about.limit)
    try:
        with revealed.collect() as subject_ids:
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
    told = caching.headers(response.body, cache_scope)
    response.headers.update(told)
    if caching.is_known(told["ETag"], request.headers):
        response.headers.pop("Content-Type")
        return Response("", response.headers, 304)
    return response
