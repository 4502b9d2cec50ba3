"""Health, and the API's own description."""

from chalicelib.handlers.http import description
from chalicelib.handlers.http.operation import Answer, describe
from chalicelib.handlers.http.request import Request
from chalicelib.handlers.operations.health_schemas import Check, Health, OpenApi, Readiness

CACHED = {"Cache-Control": "public, max-age=300"}


@describe("Check the API's health", answer=Health)
def health(request: Request[None, None]) -> Health:
    """Responds without reading the tables."""
    return Health(status="ok")


@describe("Check the bank's health", answer=Readiness)
def ready(request: Request[None, None]) -> Readiness:
    """Looks behind the API: consumers of the stream, dead letters, digests and the gauges themselves. `status` is
    `degraded` if any check fails; the API still serves requests then.
    """
    from chalicelib.services.operations import readiness

    checks = readiness.checks()
    return Readiness(
        status="ok" if all(check.is_good for check in checks) else "degraded",
        checks=[Check(name=check.name, ok=check.is_good, detail=check.detail) for check in checks],
    )


@describe("Get the API description", answer=OpenApi)
def openapi(request: Request[None, None]) -> Answer:
    """Returns this document."""
    return Answer(description.text(), headers=CACHED)


@describe("Read the API description", media_types=("text/html",))
def docs(request: Request[None, None]) -> Answer:
    """Returns this description as a web page."""
    from chalicelib.handlers.http.docs_page import content_policy

    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": content_policy()}
    return Answer(description.page(), headers=CACHED | headers)
