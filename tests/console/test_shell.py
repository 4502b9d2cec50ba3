"""The frame of the console: log-in, language, session, what the first load costs."""

import re
import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.workflow.bank import PASSWORD, Client

if TYPE_CHECKING:
    from tests.console.screen import Screen

FIRST_LOAD_BYTES_MAX = 120_000
FIRST_LOAD_REQUESTS_MAX = 12


def test_the_first_load_is_small(own_screen: "Screen") -> None:
    own_screen.open("")
    own_screen.settle()
    files = [request for request in own_screen.requests if not request.url.startswith("data:")]
    sizes = {request.url: request.sizes()["responseBodySize"] for request in files}
    assert len(files) <= FIRST_LOAD_REQUESTS_MAX, sorted(sizes)
    assert sum(sizes.values()) < FIRST_LOAD_BYTES_MAX, sizes


def test_a_wrong_password_is_said_in_words_that_take_focus(screen: "Screen", customer: Client) -> None:
    screen.open("#/log-in")
    screen.log_in_by_form(customer.user["email"], "not the password")
    alert = screen.page.get_by_role("alert").filter(has_text="Log-in not accepted")
    expect(alert).to_be_focused()


def test_log_in_returns_to_the_page_that_was_asked_for(screen: "Screen", customer: Client) -> None:
    screen.page.goto(f"{screen.address}#/payees")
    screen.log_in_by_form(customer.user["email"])
    screen.page.get_by_role("heading", name="Payees", exact=True).wait_for()


def test_link_with_a_part_that_is_no_text_leads_to_no_page_and_the_menu_still_works(
    screen: "Screen", customer: Client
) -> None:
    screen.log_in(customer, "#/accounts/%E0%A4%A")
    screen.page.get_by_role("heading", name="There is no such page").wait_for()
    screen.open("#/payees")
    screen.page.get_by_role("heading", name="Payees", exact=True).wait_for()


def test_who_logs_out_is_not_led_back(screen: "Screen", customer: Client) -> None:
    """Somebody else may log in next in this tab."""
    screen.log_in(customer, "#/payees")
    screen.page.get_by_role("heading", name="Payees", exact=True).wait_for()
    screen.page.get_by_role("button", name="Log out").click()
    screen.page.get_by_text("You have logged out.").wait_for()
    assert screen.page.evaluate("sessionStorage.getItem('florin.refresh')") is None
    screen.log_in_by_form(customer.user["email"])
    screen.page.get_by_text("You have no account yet.").wait_for()


def test_a_reload_keeps_the_session_and_the_access_token_out_of_storage(screen: "Screen", customer: Client) -> None:
    screen.log_in(customer)
    screen.requests.clear()
    screen.page.reload()
    screen.page.get_by_role("navigation").wait_for()
    screen.settle()
    asked = {request.url.split("/api/v1/")[1].split("?")[0] for request in screen.requests if "/api/v1/" in request.url}
    assert asked == {"auth/refresh", "accounts"}, "the name and the announcements are kept"
    stored = screen.page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    assert not re.search(r"eyJ[\w-]*\.eyJ", stored), "an access token is stored"
    assert PASSWORD not in stored


def test_ten_minutes_without_activity_end_the_session_after_a_warning(own_screen: "Screen", customer: Client) -> None:
    customer.open_account()
    own_screen.page.clock.install()
    own_screen.log_in(customer, "#/transfer")
    own_screen.page.get_by_label("Amount").fill("12.34")
    own_screen.page.clock.run_for(9 * 60_000 + 5_000)
    own_screen.page.get_by_role("dialog", name="Are you still there?").wait_for()
    own_screen.page.clock.run_for(61_000)
    own_screen.page.get_by_text("logged out after ten minutes").wait_for()
    assert own_screen.page.evaluate("sessionStorage.getItem('florin.refresh')") is None
    own_screen.log_in_by_form(customer.user["email"])
    own_screen.page.get_by_role("heading", name="Transfer", exact=True).wait_for()
    expect(own_screen.page.get_by_label("Amount")).to_have_value("12.34")


def test_a_warning_is_answered_and_the_session_goes_on(own_screen: "Screen", customer: Client) -> None:
    own_screen.page.clock.install()
    own_screen.log_in(customer)
    own_screen.page.clock.run_for(9 * 60_000 + 5_000)
    own_screen.page.get_by_role("button", name="Stay logged in").click()
    own_screen.page.clock.run_for(5 * 60_000)
    own_screen.settle()
    expect(own_screen.page.get_by_role("navigation")).to_be_visible()


def test_two_tabs_of_one_log_in_renew_it_without_ending_it(screen: "Screen", customer: Client) -> None:
    """A refresh token works once: the tab that used it passes the new one on."""
    screen.log_in(customer)
    with screen.page.context.expect_page() as opened:
        screen.page.evaluate("void window.open(location.href)")
    other = opened.value
    other.get_by_role("navigation").wait_for()
    for page in (screen.page, other, screen.page):
        page.reload()
        page.get_by_role("navigation").wait_for()
        page.get_by_text("You have no account yet.").wait_for()


def test_german_is_a_choice_away(own_screen: "Screen") -> None:
    own_screen.open("#/log-in")
    own_screen.page.get_by_label("Language").select_option("de")
    own_screen.page.get_by_role("heading", name="Anmelden").wait_for()
    expect(own_screen.page.locator("html")).to_have_attribute("lang", "de")
    own_screen.page.reload()
    own_screen.page.get_by_role("heading", name="Anmelden").wait_for()


def test_an_unknown_address_is_said_to_be_one(screen: "Screen", customer: Client) -> None:
    screen.log_in(customer)
    screen.page.evaluate("location.hash = '#/nowhere'")
    screen.page.get_by_text("There is no such page").wait_for()


def test_a_dead_api_is_never_an_empty_bank(screen: "Screen", customer: Client) -> None:
    screen.log_in(customer)
    screen.page.route(re.compile(r"/api/v1/accounts"), lambda route: route.abort())
    screen.page.evaluate("location.hash = '#/nowhere'")
    screen.open("#/")
    screen.page.get_by_role("alert").first.get_by_text("The bank does not answer").wait_for()
    screen.expect_none(screen.page.get_by_text("no account yet"))
    screen.page.unroute(re.compile(r"/api/v1/accounts"))
    screen.page.get_by_role("button", name="Try again").first.click()
    screen.page.get_by_text("no account yet").wait_for()


def test_a_slow_api_shows_progress(screen: "Screen", customer: Client) -> None:
    screen.log_in(customer)

    def wait(route: "object") -> None:
        time.sleep(1)
        route.continue_()  # type: ignore[attr-defined]

    screen.page.route(re.compile(r"/api/v1/accounts"), wait)
    screen.page.reload()
    screen.page.locator("main [aria-busy=true]").first.wait_for()
    screen.page.get_by_text("no account yet").wait_for()
