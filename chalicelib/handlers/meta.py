"""What the API says of itself."""

import json
from typing import Any, Literal

from pydantic import ConfigDict

from chalicelib.handlers.door import Answer, Door
from chalicelib.handlers.request import Request
from chalicelib.handlers.shapes import View

door = Door("meta")
CACHED = {"Cache-Control": "public, max-age=300"}


class Health(View):
    status: Literal["ok"]


class OpenApi(View):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: Literal["3.1.0"]


@door.route("GET", "/v1/health", "Is the API up?", answer=Health)
def health(request: Request[None, None]) -> Health:
    """It answers without touching the tables."""
    return Health(status="ok")


@door.route("GET", "/v1/openapi.json", "Describe the API", answer=OpenApi)
def openapi(request: Request[None, None]) -> Answer:
    """This document."""
    return Answer(json.dumps(_document()), headers=CACHED)


@door.route("GET", "/v1/docs", "Read the API's description")
def docs(request: Request[None, None]) -> Answer:
    """A page for people."""
    from chalicelib.handlers.docs_page import page

    policy = "default-src 'none'; style-src 'unsafe-inline'"
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    return Answer(page(_document()), headers=CACHED | headers)


def _document() -> dict[str, Any]:
    from chalicelib.handlers.openapi import document

    return document()
