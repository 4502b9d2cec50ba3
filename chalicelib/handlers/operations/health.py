"""Health, and the API's own description."""

import json
from typing import Any

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.operations.health_schemas import Health, OpenApi

CACHED = {"Cache-Control": "public, max-age=300"}


@describe("Check the API's health", answer=Health)
def health(request: Request[None, None]) -> Health:
    """Responds without reading the tables."""
    return Health(status="ok")


@describe("Get the API description", answer=OpenApi)
def openapi(request: Request[None, None]) -> Answer:
    """Returns this document."""
    return Answer(json.dumps(_document()), headers=CACHED)


@describe("Read the API description")
def docs(request: Request[None, None]) -> Answer:
    """Returns this description as a web page."""
    from chalicelib.handlers.http.docs_page import content_policy, page

    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": content_policy()}
    return Answer(page(_document()), headers=CACHED | headers)


def _document() -> dict[str, Any]:
    from chalicelib.handlers.http.openapi import document

    return document()
