"""A page of the console in a browser, as a person uses it, and what must never happen there."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, Request, ViewportSize, expect

from tests.workflow.bank import PASSWORD, Client, patiently

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
ANSWERED = "Failed to load resource"
"""Chromium reports each answer that is not a success so; the console shows the API's own on the page."""
SECONDS_MAX = 60
expect.set_options(timeout=SECONDS_MAX * 1000)
OF_THE_SESSION = (
    "POST /v1/auth/login",
    "POST /v1/auth/logout",
    "GET /v1/user/profile",
    "GET /v1/user/announcements?limit=20",
)
DESK: ViewportSize = {"width": 1280, "height": 800}
IS_LOGGED_IN = """async ([address, id]) => {
  const { user } = await import(`${address}shell/session.js`);
  return user.value?.id === id && sessionStorage.getItem("florin.refresh") !== null;
}"""
LOG_OUT = """async address => {
  const session = await import(`${address}shell/session.js`);
  if (session.user.value) session.end("left");
  session.ended.value = "";
  location.hash = "#/log-in";
  while (!document.querySelector(".outside h1")) await new Promise(requestAnimationFrame);
  sessionStorage.clear();
}"""
GO_TO = """hash => new Promise(shown => {
  const before = location.href;
  addEventListener("hashchange", () => queueMicrotask(shown), { once: true });
  location.hash = hash;
  if (location.href === before) shown();
})"""
"""The router has drawn the page by then: what is found afterwards is not of the page before."""
BEGIN_SESSION = """async ([address, tokens, place]) => {
  const session = await import(`${address}shell/session.js`);
  sessionStorage.setItem("florin.return", place);
  session.begin(tokens);
}"""
"""The log-in page leads on to the page that was asked for."""
FORGET = """async address => {
  if (document.documentElement.lang !== "en") {
    const { chooseLanguage } = await import(`${address}shell/language.js`);
    await chooseLanguage("en");
  }
  if (window.waitAsItWas) window.setTimeout = window.waitAsItWas;
  localStorage.clear();
  const others = Object.keys(sessionStorage).filter(name => name !== "florin.refresh");
  others.forEach(name => sessionStorage.removeItem(name));
  location.hash = "#/between-tests";
  return matchMedia("print").matches || matchMedia("(prefers-color-scheme: dark)").matches;
}"""
"""The page that there is not reads nothing. Whether the tab shows another theme, or itself as on paper."""
HURRY = """times => {
  window.waitAsItWas ??= window.setTimeout;
  window.setTimeout = (work, delay = 0, ...given) => window.waitAsItWas(work, delay / times, ...given);
}"""
FORGET_WHAT_WAS_READ = """async address => {
  (await import(`${address}shell/session.js`)).forgetWhatWasRead();
}"""
COUNT_REQUESTS = """(() => {
  const send = window.fetch;
  window.requestsUnderWay = 0;
  window.fetch = (...given) => {
    window.requestsUnderWay += 1;
    return send(...given).finally(() => { window.requestsUnderWay -= 1; });
  };
})()"""
CALM_FRAMES = 3
WAIT_UNTIL_CALM = """async ([frames, seconds]) => {
  const deadline = performance.now() + seconds * 1000;
  const isBusy = () => window.requestsUnderWay > 0 || document.querySelector("[aria-busy=true]") !== null;
  for (let calm = 0; calm < frames; calm = isBusy() ? 0 : calm + 1) {
    if (performance.now() > deadline) throw new Error("the page is still busy: " + document.body.innerText);
    await new Promise(drawn => requestAnimationFrame(() => setTimeout(drawn)));
  }
}"""
"""A request that was answered has changed the page some frames later, or has led to another one."""
NO_AXE = "axe is not in the page"
FAULTS = """async ([rules, missing]) => {
  if (!("axe" in window)) return [missing];
  const options = {resultTypes: ["violations"], preload: false, ...(rules && {runOnly: rules})};
  const { violations } = await axe.run(document, options);
  const faults = violations.map(one => one.id + ": " + one.nodes.map(node => node.target.join(" ")).join(", "));
  return document.documentElement.scrollWidth <= innerWidth ? faults : [...faults, "sideways scroll"];
}"""
"""Preloading is for the rule on sounds that play by themselves, and for rules on rotated screens that are off."""


class Screen:
    """One tab. `errors` has what the browser complained of, `calls` the requests to the API since the last `open` but
    for those of the session.

    A tab is used by one test after the other, as by people who work all day: see `keep`.
    """

    def __init__(self, page: Page, address: str):
        self.address = address
        self.errors: list[str] = []
        self.calls: list[str] = []
        self.requests: list[Request] = []
        self._page = page
        self._is_kept = False
        page.set_default_timeout(SECONDS_MAX * 1000)
        page.add_init_script(COUNT_REQUESTS)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(f"uncaught: {error}"))
        page.on("request", self._count)

    def describe(self) -> str:
        """Return the address and the text of the page, for a person who looks for the reason of a failure."""
        try:
            return f"{self._page.url}\n{self._page.inner_text('body', timeout=1000)}"
        except Error as error:
            return f"{self._page.url}: {error}"

    @property
    def page(self) -> Page:
        """The tab, in which nobody is logged in before the test does it."""
        if self._is_kept:
            self._log_out()
        return self._page

    def open(self, place: str = "#/") -> None:
        """Open a page by its hash, in the running console if there is one."""
        self.calls.clear()
        if self.page.url.startswith(self.address):
            self.page.evaluate(GO_TO, place)
        else:
            self.page.goto(self.address + place)
        expect(self.page.locator("h1")).to_be_visible()

    def open_anew(self, place: str) -> None:
        """Open a page as its address does in a tab that has read nothing yet, without the second that loading takes."""
        self.page.evaluate(FORGET_WHAT_WAS_READ, self.address)
        self.calls.clear()
        self.page.evaluate(GO_TO, place)
        self.settle()

    def log_in(self, client: Client, place: str = "#/") -> None:
        """Begin a session of this user, unless the tab has one, and wait for the page that was asked for.

        The form of the log-in page takes half as much again: `log_in_by_form` is for tests of it.
        """
        if self._is_kept and self._page.evaluate(IS_LOGGED_IN, [self.address, client.user.get("user_id", "")]):
            self._is_kept = False
            self.open(place)
            self.settle()
            return
        self.open("#/log-in")
        given = {"email": client.user["email"], "password": PASSWORD}
        reply = patiently(lambda: Client(client.url).call("POST", "/v1/auth/login", given))
        assert reply.status == 200, reply
        self.page.evaluate(BEGIN_SESSION, [self.address, reply.body, place])
        expect(self.page.locator("nav")).to_be_attached()  # on a narrow screen the menu is hidden
        self.settle()

    def log_in_by_form(self, email: str, password: str = PASSWORD) -> None:
        """Send the form of the log-in page, which is open."""
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Log in").click()

    def keep(self) -> None:
        """Prepare the tab for the next test: no draft, route, other tab, language or size; it stays logged in."""
        for other in self._page.context.pages:
            if other != self._page:
                other.close()
        self._page.unroute_all(behavior="ignoreErrors")
        if self._page.viewport_size != DESK:  # drawing all anew takes longer than most steps of a test
            self._page.set_viewport_size(DESK)
        if self._page.url.startswith(self.address):
            if self._page.evaluate(FORGET, self.address):
                self._page.emulate_media(media="null", color_scheme="null", reduced_motion="reduce")
            self._is_kept = True
        for noted in (self.errors, self.calls, self.requests):
            noted.clear()

    def _log_out(self) -> None:
        self._is_kept = False
        self._page.evaluate(LOG_OUT, self.address)

    def settle(self) -> None:
        """Wait until everything on the page is read."""
        self.page.evaluate(WAIT_UNTIL_CALM, [CALM_FRAMES, SECONDS_MAX])

    def expect_none(self, *unwanted: Locator) -> None:
        """Check that the page has none of these once it is read; before that, it may not have them yet."""
        self.settle()
        for one in unwanted:
            expect(one).to_have_count(0)

    def hurry(self, times: int = 20) -> None:
        """Shorten what the console waits for before it asks or sends again, until the page is loaded anew."""
        self.page.evaluate(HURRY, times)

    def faults(self, rules: Sequence[str] | None = None, *, is_settled: bool = False) -> list[str]:
        """Return what axe finds wrong with the page when it is read, by all rules or some, and sideways scroll."""
        if not is_settled:
            self.settle()
        found: list[str] = self.page.evaluate(FAULTS, [rules, NO_AXE])
        if found == [NO_AXE]:
            self.page.evaluate(AXE)  # not an inline script: the page's policy does not concern the test's own
            return self.faults(rules, is_settled=True)
        return found

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(ANSWERED):
            self.errors.append(f"{message.type}: {message.text}")

    def _count(self, request: Request) -> None:
        self.requests.append(request)
        if "/api/v1/" in request.url:
            call = f"{request.method} /v1/{request.url.split('/api/v1/')[1]}"
            self.calls += [call.split("?", maxsplit=1)[0]] if call not in OF_THE_SESSION else []


def read_body(request: Request) -> dict[str, Any]:
    """Return the JSON that a request carried."""
    return dict(json.loads(request.post_data or "{}"))
