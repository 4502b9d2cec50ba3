"""The table of pages in console/app.js, and which of them each role is shown in the tests."""

import re
from typing import Literal, NamedTuple

from infra.settings import ROOT

Viewer = Literal["nobody", "customer", "manager", "admin"]
ROUTE = re.compile(r'\{ path: "(?P<path>[^"]+)", title: "[^"]+",(?: roles: (?P<roles>\w+|\[[^\]]*\]),)?')
PARAMETER = re.compile(r":(\w+)")
CALLS_MAX = 3
"""Of a view, whether it was opened from another one or loaded by its address."""


class Route(NamedTuple):
    """A line of the table, and the first role that may open it."""

    path: str
    viewer: Viewer

    def place(self, values: dict[str, str]) -> str:
        """Return the page's address, with a value for each parameter."""
        return "#" + PARAMETER.sub(lambda found: values[found[1]], self.path)


def all_routes() -> list[Route]:
    """Return every page of the console. A page for customers and staff comes once for each."""
    table = (ROOT / "console" / "app.js").read_text().split("const PAGES = [", 1)[1].split("\n];", 1)[0]
    lines = [line for line in table.splitlines() if "path:" in line]
    found = [ROUTE.search(line) for line in lines]
    assert all(found), "a line of PAGES is written otherwise"
    return [Route(one["path"], viewer) for one in found if one for viewer in viewers(one["roles"])]


def routes_of(viewer: Viewer) -> list[Route]:
    return [route for route in all_routes() if route.viewer == viewer]


def viewers(roles: str | None) -> list[Viewer]:
    """Return who is to look at a page: a customer, a manager or, where managers may not, an admin."""
    if roles is None:
        return ["nobody"]
    of_staff: Viewer = "manager" if roles == "STAFF" or "...STAFF" in roles or '"manager"' in roles else "admin"
    is_for_staff = roles not in ("CUSTOMER", "[...CUSTOMER]")
    return [*(["customer"] if "CUSTOMER" in roles else []), *([of_staff] if is_for_staff else [])]  # type: ignore[list-item]
