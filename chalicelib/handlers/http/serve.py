"""The path of every request: from its route to its view, and from a response or an error to HTTP."""

import time
from dataclasses import replace
from typing import Any

from chalice.app import Chalice, Response

from chalicelib.domain import traceparent
from chalicelib.domain.errors import BankError
from chalicelib.domain.traceparent import TraceParent
from chalicelib.handlers.http import cors, logged_ids, problems
from chalicelib.handlers.http.authorizer import authorize
from chalicelib.handlers.http.caller import ANONYMOUS, caller_of, request_id_of, require, verify_caller
from chalicelib.handlers.http.errors import MethodNotAllowed
from chalicelib.handlers.routes import ROUTES, Route
from chalicelib.observability import logger, measure

MONEY = "/v1/transactions/"
SERVER_ERROR = 500
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


def serve_all(app: Chalice) -> None:
    """Register every route, and for the methods that a path does not have, one that says so.

    API Gateway by itself would answer 403 to those.
    """
    for route in ROUTES:
        _register(app, route)
    for path in dict.fromkeys(route.path for route in ROUTES):
        allowed = sorted(method for route in ROUTES if route.path == path for method in _methods(route))
        _register_refusal(app, path, allowed)


def _methods(route: Route) -> list[str]:
    """Return the methods of a route: HEAD is GET without the body (RFC 9110)."""
    return ["GET", "HEAD"] if route.method == "GET" else [route.method]


def _register(app: Chalice, route: Route) -> None:
    moves_money = route.method == "POST" and route.path.startswith(MONEY)

    def view(**path_parameters: str) -> Response:
        raw: Any = app.current_request
        serve = _serve_money if moves_money else _serve
        response = problems.add_trace(serve(route, raw, path_parameters), raw.headers.get(traceparent.NAME))
        if raw.method == "HEAD":
            response.body = ""
        return cors.allow(response, raw)

    authorizer = {"authorizer": authorize} if route.permission else {}
    app.route(route.path, methods=_methods(route), content_types=[], name=route.view, **authorizer)(view)


def _register_refusal(app: Chalice, path: str, allowed: list[str]) -> None:
    def refuse(**_: str) -> Response:
        raw: Any = app.current_request
        if (agreed := cors.preflight(raw, allowed)) is not None:
            return cors.allow(agreed, raw)
        error = MethodNotAllowed(f"Allowed here: {', '.join(allowed)}.")
        response = problems.problem(error, request_id_of(raw))
        logger.info("request refused", request_id=request_id_of(raw), status=response.status_code, code=error.code)
        response.headers["Allow"] = ", ".join(allowed)
        return cors.allow(response, raw)

    missing = [method for method in METHODS if method not in allowed]
    app.route(path, methods=missing, content_types=[], name="refuse_method")(refuse)


def _serve_money(route: Route, raw: Any, path_parameters: dict[str, str]) -> Response:
    """Serve a request that moves money, and emit the service levels' metrics: whether it failed, how long it took."""
    begun = time.perf_counter()
    response = _serve(route, raw, path_parameters)
    measure(
        MoneyFailures=int(response.status_code >= SERVER_ERROR),
        MoneyMilliseconds=round((time.perf_counter() - begun) * 1000, 1),
    )
    return response


def _serve(route: Route, raw: Any, path_parameters: dict[str, str]) -> Response:
    caller = caller_of(raw)
    request_id = request_id_of(raw)
    logger.append_keys(request_id=request_id, principal_id=caller.user_id, route=f"{route.method} {route.path}")
    if caller.request_id != request_id:
        logger.append_keys(gateway_id=caller.request_id)
    logger.append_keys(**logged_ids.of_request(path_parameters))
    if trace := TraceParent.parse(raw.headers.get(traceparent.NAME)):
        logger.append_keys(trace_id=trace.trace_id)
    try:
        if route.permission is not None and caller.user_id == ANONYMOUS:
            caller = verify_caller(raw)
            logger.append_keys(principal_id=caller.user_id)
        if trace:
            caller = replace(caller, traceparent=str(trace))
        require(caller, route.permission)
        from chalicelib.handlers.http.dispatch import dispatch

        response = dispatch(route, raw, caller, path_parameters)
    except BankError as error:
        response = problems.problem(error, request_id)
        logger.info("request refused", status=response.status_code, code=error.code)
        return response
    except Exception as error:  # noqa: BLE001 — the last door: a bug becomes a 500 that is logged
        return problems.internal(error, request_id)
    logger.append_keys(**logged_ids.of_response(response.headers))
    logger.info("request answered", status=response.status_code)
    return response
