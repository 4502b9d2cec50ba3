"""A browser, and the console of the deployed bank in it. Each test fails if the browser complained of anything."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.console.files import console_url
from tests.console import browsers
from tests.stack import Stack
from tests.workflow.bank import Client, log_in, make_staff, register

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.console.screen import Screen

HERE = Path(__file__).parent


class OpenBrowser:
    """The browser of this process: all tests of the console use one, each in contexts of its own."""

    def __init__(self, path: str):
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        # Root, as in CI, may not use Chromium's sandbox; the only pages that are opened are the console's own.
        self.browser = self._playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])

    def close(self) -> None:
        self.browser.close()
        self._playwright.stop()


OPEN: list[OpenBrowser] = []
IDLE: list["Screen"] = []
"""Tabs to be used again."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Close the browser after the last test of this folder: until then nothing else in this process can use asyncio."""
    yield
    if nextitem is None or not nextitem.path.is_relative_to(HERE):
        IDLE.clear()
        while OPEN:
            OPEN.pop().close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show in the report of a test that fails what its tab shows: a wait that was in vain does not say what came."""
    report = yield
    screen = getattr(item, "funcargs", {}).get("screen")
    if report.when == "call" and report.failed and screen:
        report.sections.append(("the tab", screen.describe()))
    return report


@pytest.fixture
def browser() -> "Browser":
    """Return the browser, which is started with the first test that needs it."""
    path = browsers.find()
    if path is None:
        pytest.skip(browsers.HOW_TO_GET_ONE)
    if not OPEN:
        OPEN.append(OpenBrowser(path))
    return OPEN[0].browser


@pytest.fixture
def new_screen(browser: "Browser", stack: Stack) -> Iterator[Callable[..., "Screen"]]:
    """Open tabs, each as in a browser of its own, with the settings of Playwright's contexts.

    Without settings it is one that an earlier test has used: a new one takes a second of processor time.
    """
    from tests.console.screen import DESK, Screen

    opened: list[tuple[Screen, bool]] = []

    def open_one(**settings: Any) -> Screen:
        if not settings and IDLE:
            screen = IDLE.pop()
        else:
            context = browser.new_context(
                **({"locale": "en-US", "viewport": DESK, "reduced_motion": "reduce"} | settings)
            )
            screen = Screen(context.new_page(), console_url(stack.cloud, stack.settings))
        opened.append((screen, not settings))
        return screen

    yield open_one
    errors = [error for screen, _ in opened for error in screen.errors]
    for screen, is_shared in reversed(opened):  # so the next test finds in its first tab whom this one left there
        if is_shared and not errors:
            screen.keep()
            IDLE.append(screen)
        else:
            screen.page.context.close()
    assert errors == []


@pytest.fixture
def screen(new_screen: Callable[..., "Screen"]) -> "Screen":
    """A tab that earlier tests have used."""
    return new_screen()


@pytest.fixture
def own_screen(new_screen: Callable[..., "Screen"]) -> "Screen":
    """A tab that no other test uses: for what a tab cannot be rid of, such as another clock."""
    return new_screen(locale="en-US")


@pytest.fixture
def customer(stack: Stack) -> Client:
    return register(stack.url)


@pytest.fixture(scope="session")
def admin(stack: Stack) -> Client:
    return log_in(stack.url, stack.admin.email, stack.admin.password)


@pytest.fixture(scope="session")
def teller(admin: Client) -> Client:
    return make_staff(admin, "teller")


@pytest.fixture(scope="session")
def manager(admin: Client) -> Client:
    return make_staff(admin, "manager")


@pytest.fixture(scope="session")
def second_admin(admin: Client) -> Client:
    """An admin who can log in through the form."""
    return make_staff(admin, "admin")
