"""A page of the console in a browser, as a person uses it, and what must never happen there."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, Request, expect

from tests.workflow.bank import PASSWORD, Client

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
ANSWERED = "Failed to load resource"
"""Chromium reports each answer that is not a success so; the console shows the API's own on the page."""
SECONDS_MAX = 20
expect.set_options(timeout=SECONDS_MAX * 1000)
VIOLATIONS = """rules => axe.run(document, {resultTypes: ["violations"], ...(rules && {runOnly: rules})}).then(
  found => found.violations.map(one => one.id + ": " + one.nodes.map(node => node.target.join(" ")).join(", ")))"""


class Screen:
    """One tab. `errors` has what the browser complained of; `calls` the requests to the API since the last `open`."""

    def __init__(self, page: Page, address: str):
        self.page = page
        self.address = address
        self.errors: list[str] = []
        self.calls: list[str] = []
        self.requests: list[Request] = []
        page.set_default_timeout(SECONDS_MAX * 1000)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        page.on("request", self._count)

    def open(self, place: str = "#/") -> None:
        """Open a page by its hash, in the running console if there is one."""
        self.calls.clear()
        if self.page.url.startswith(self.address):
            self.page.evaluate("hash => { location.hash = hash }", place)
        else:
            self.page.goto(self.address + place)
        expect(self.page.locator("h1")).to_be_visible()

    def log_in(self, client: Client, password: str = PASSWORD) -> None:
        """Log in through the form, and wait for the first page."""
        self.open("#/log-in")
        self.page.get_by_label("E-mail address").fill(client.user["email"])
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Log in").click()
        expect(self.page.locator("nav")).to_be_attached()  # on a narrow screen the menu is hidden
        self.settle()

    def settle(self) -> None:
        """Wait until everything on the page is read."""
        expect(self.page.locator("[aria-busy=true]")).to_have_count(0)
        self.page.wait_for_load_state("networkidle")

    def violations(self, rules: Sequence[str] | None = None) -> list[str]:
        """Return what axe finds wrong with the page as it is now, by all of its rules or some."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE)  # not an inline script: the page's policy does not concern the test's own
        found: list[str] = self.page.evaluate(VIOLATIONS, rules)
        return found

    def has_no_sideways_scroll(self) -> bool:
        """Return whether the page fits its window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(ANSWERED):
            self.errors.append(f"{message.type}: {message.text}")

    def _count(self, request: Request) -> None:
        self.requests.append(request)
        if "/api/v1/" in request.url:
            self.calls.append(f"{request.method} /v1/{request.url.split('/api/v1/')[1].split('?')[0]}")


def read_body(request: Request) -> dict[str, Any]:
    """Return the JSON that a request carried."""
    return dict(json.loads(request.post_data or "{}"))
