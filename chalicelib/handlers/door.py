"""The door of a resource: routes that know their own types, and the one way a request goes through them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chalice.app import Blueprint, Chalice, Response
from pydantic import BaseModel

from chalicelib.domain.errors import BankError, Forbidden, MethodNotAllowed
from chalicelib.domain.permissions import PERMISSIONS, Caller, Permission
from chalicelib.handlers import problems
from chalicelib.handlers.authorizer import authorize
from chalicelib.handlers.request import (
    KeyRule,
    Request,
    caller_of,
    claim_of,
    parse_body,
    parse_query,
    request_id_of,
    require_principal,
)
from chalicelib.handlers.shapes import Query, Shape
from chalicelib.observability import logger

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
HEADERS = {"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True)
class Answer:
    """A response whose status or headers are not the route's usual ones."""

    body: BaseModel | str | None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """All that is known of one route: what serves it, what OpenAPI says of it. `problems` are codes of `api.md`."""

    method: str
    path: str
    view: Callable[..., Any]
    summary: str
    permission: Permission | None
    status: int
    body: type[Shape] | None
    query: type[Query] | None
    answer: type[BaseModel] | None
    key: KeyRule
    problems: tuple[str, ...]
    tag: str

    @property
    def description(self) -> str:
        return (self.view.__doc__ or "").strip()


ROUTES: list[Route] = []
"""Every route of the API, in the order of registration."""


class Door:
    """A blueprint whose views take a `Request` and return a view model or an `Answer`."""

    def __init__(self, tag: str):
        self.tag = tag
        self.blueprint = Blueprint(__name__)

    def route(
        self,
        method: str,
        path: str,
        summary: str,
        *,
        permission: Permission | None = None,
        status: int = 200,
        body: type[Shape] | None = None,
        query: type[Query] | None = None,
        answer: type[BaseModel] | None = None,
        key: KeyRule | None = None,
        problems: tuple[str, ...] = (),
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Without a permission the route is public. POST honours an idempotency key unless told otherwise."""

        def register(view: Callable[..., Any]) -> Callable[..., Any]:
            rule: KeyRule = key or ("honoured" if method == "POST" and permission else "ignored")
            route = Route(
                method, path, view, summary, permission, status, body, query, answer, rule, problems, self.tag
            )
            ROUTES.append(route)
            self._serve(route)
            return view

        return register

    def _serve(self, route: Route) -> None:
        blueprint = self.blueprint

        def serve(**path_parameters: str) -> Response:
            return _serve(route, blueprint.current_request, path_parameters)

        serve.__name__ = route.view.__name__
        authorizer = {"authorizer": authorize} if route.permission else {}
        blueprint.route(route.path, methods=[route.method], content_types=[], **authorizer)(serve)


def refuse_other_methods(app: Chalice) -> None:
    """Answer 405 to the methods that a known path does not have; API Gateway by itself would answer 403."""
    for path, methods in list(app.routes.items()):
        allowed = ", ".join(sorted(methods))
        missing = [method for method in METHODS if method not in methods]

        def refuse(allowed: str = allowed, **_: str) -> Response:
            error = MethodNotAllowed(f"Allowed here: {allowed}.")
            response = problems.problem(error, request_id_of(app.current_request))
            response.headers["Allow"] = allowed
            return response

        if missing:
            app.route(path, methods=missing, content_types=[], name="refuse_method")(refuse)


def _serve(route: Route, raw: Any, path_parameters: dict[str, str]) -> Response:
    caller = caller_of(raw)
    logger.append_keys(request_id=caller.request_id, principal_id=caller.user_id, route=f"{route.method} {route.path}")
    try:
        response = _response(route, _answer(route, raw, caller, path_parameters))
    except BankError as error:
        response = problems.problem(error, caller.request_id)
        logger.info("request refused", status=response.status_code, code=error.code)
        return response
    except Exception as error:  # noqa: BLE001 — the last door: a bug becomes a 500 that is logged
        return problems.internal(error, caller.request_id)
    logger.info("request answered", status=response.status_code)
    return response


def _answer(route: Route, raw: Any, caller: Caller, path_parameters: dict[str, str]) -> Any:
    if route.permission:
        require_principal(caller)
        if caller.role not in PERMISSIONS[route.permission]:
            raise Forbidden(f"The role {caller.role} may not do this ({route.permission}).")
    query = parse_query(raw, route.query)
    body = parse_body(raw, route.body)
    operation = f"{route.method} {route.path.format(**path_parameters)}"
    claim = claim_of(raw, route.key, caller, operation, body)
    source_ip = raw.context.get("identity", {}).get("sourceIp", "")
    return route.view(Request(body, query, caller, claim, raw.headers, source_ip), **path_parameters)


def _response(route: Route, answer: Any) -> Response:
    given = answer if isinstance(answer, Answer) else Answer(answer)
    headers: problems.Headers = {**HEADERS, **given.headers}
    status = given.status or route.status
    if given.body is None:
        headers.pop("Content-Type")
        return Response("", headers, status)
    if isinstance(given.body, str):
        return Response(given.body, headers, status)
    return Response(given.body.model_dump_json(), headers, status)
