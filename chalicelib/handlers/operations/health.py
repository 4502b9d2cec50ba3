"""What the API says of itself."""

import json
from typing import Any, Literal

from pydantic import ConfigDict

from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.http.schemas import View

CACHED = {"Cache-Control": "public, max-age=300"}


class Health(View):
    status: Literal["ok"]


class OpenApi(View):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(extra="allow")

    openapi: Literal["3.1.0"]


@describe("Is the API up?", answer=Health)
def health(request: Request[None, None]) -> Health:
    """It answers without touching the tables."""
    return Health(status="ok")


@describe("Describe the API", answer=OpenApi)
def openapi(request: Request[None, None]) -> Answer:
    """This document."""
    return Answer(json.dumps(_document()), headers=CACHED)


@describe("Read the API's description")
def docs(request: Request[None, None]) -> Answer:
    """A page for people."""
    from chalicelib.handlers.http.docs_page import page

    policy = "default-src 'none'; style-src 'unsafe-inline'"
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    return Answer(page(_document()), headers=CACHED | headers)


def _document() -> dict[str, Any]:
    from chalicelib.handlers.http.openapi import document

    return document()
