"""Views and what is said of them: the schemas of request and answer, and the problems of each operation."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pydantic import BaseModel

from chalicelib.domain.approvals.action import ACTIONS, ActionName
from chalicelib.domain.request_limits import LimitName
from chalicelib.handlers.http import caching
from chalicelib.handlers.http.request import Document, KeyRule
from chalicelib.handlers.http.schemas import DryRunQuery, Query, Schema
from chalicelib.handlers.routes import ROUTES, Route

View = Callable[..., Any]
DRY_RUN = "application/vnd.florin.dry-run+json"
"""The media type of the response to `?dry_run=true`: a client that does not ask for one never meets it."""
LINK = "application/vnd.florin.link+json"
"""What a page in a browser accepts: it may not read another address, but it may lead the browser there."""


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
    meaning and schema of another response of success. `location`: what the `Location` of a 202 is the path of, where
    it is not the approval of an `action`.
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
    location: str | None = None


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
    location: str | None = None,
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
            location,
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
