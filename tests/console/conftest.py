"""A browser, and the console of the deployed bank in it. Each test fails if the browser complained of anything."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from infra.console.files import console_url
from tests.console import browsers
from tests.stack import Stack
from tests.workflow.bank import Client, log_in, make_staff, register

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.console.screen import Screen


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A browser for one file of tests: while it runs, nothing else in this process can use asyncio."""
    path = browsers.find()
    if path is None:
        pytest.skip(browsers.HOW_TO_GET_ONE)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Root, as in CI, may not use Chromium's sandbox; the only pages that are opened are the console's own.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def new_screen(browser: "Browser", stack: Stack) -> Iterator[Callable[..., "Screen"]]:
    """Opens tabs, each in a browser of its own, with the settings of Playwright's contexts."""
    from tests.console.screen import Screen

    screens = []

    def open_one(**settings: Any) -> Screen:
        context = browser.new_context(**({"locale": "en-US", "viewport": {"width": 1280, "height": 800}} | settings))
        screens.append(Screen(context.new_page(), console_url(stack.cloud, stack.settings)))
        return screens[-1]

    yield open_one
    for screen in screens:
        screen.page.context.close()
    assert [error for screen in screens for error in screen.errors] == []


@pytest.fixture
def screen(new_screen: Callable[..., "Screen"]) -> "Screen":
    return new_screen()


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
