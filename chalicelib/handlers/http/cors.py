"""Requests of web pages from other origins (CORS): refused by browsers, unless a setting allows the origin."""

from typing import Any

from chalice.app import Response

from chalicelib import config

HEADERS_ALLOWED = "Account-Pin, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Traceparent"
HEADERS_EXPOSED = "Allow, ETag, Idempotent-Replayed, Location, Retry-After"
PREFLIGHT_SECONDS = 600


def allow(response: Response, raw: Any) -> Response:
    """Let a page of an allowed origin read the response.

    Credentials are never allowed: a page sends the access token itself, and the bank sets no cookie.
    """
    origins = config.cors_origins()
    if not origins:
        return response
    response.headers["Vary"] = "Origin"
    origin = raw.headers.get("origin", "")
    if origin in origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = HEADERS_EXPOSED
    return response


def preflight(raw: Any, methods: list[str]) -> Response | None:
    """Return the response to a browser that asks whether a page may send a request, or None if it may not."""
    is_preflight = raw.method == "OPTIONS" and raw.headers.get("access-control-request-method") in methods
    if not is_preflight or raw.headers.get("origin", "") not in config.cors_origins():
        return None
    headers: dict[str, str | list[str]] = {
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": HEADERS_ALLOWED,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        "Cache-Control": "no-store",
    }
    return Response("", headers, 204)
