"""Announcements of the bank on the overview."""

import uuid
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.stack import eventually
from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen

CACHE_SECONDS = 30
"""For so long may a process of the bank answer with what it read before the announcement."""


def test_an_announcement_is_shown_until_it_is_read(screen: "Screen", admin: Client, customer: Client) -> None:
    title = f"Closed on Monday {uuid.uuid4().hex[:8]}"  # the bank is shared: other tests announce things, too
    told = {"title": title, "message": "Our branches are closed on Monday."}
    assert admin.post("/v1/announcements", told).status == 201
    screen.log_in(customer)
    notices = screen.page.get_by_role("region", name="Announcements")
    read = notices.get_by_role("button", name=f"Mark as read {title}")

    def is_shown() -> bool:
        _reload(screen)
        return read.count() == 1

    eventually(is_shown, deadline_seconds=CACHE_SECONDS + 10)
    read.click()
    expect(read).to_have_count(0)
    _reload(screen)
    assert read.count() == 0


def _reload(screen: "Screen") -> None:
    """Load the page as a new session does: announcements are kept for ten minutes of one."""
    screen.page.evaluate("sessionStorage.removeItem('florin.read-once')")
    screen.page.reload()
    screen.page.get_by_text("You have no account yet.").wait_for()
    screen.settle()


def test_a_teller_publishes_changes_and_withdraws(screen: "Screen", teller: Client) -> None:
    title = f"New opening hours {uuid.uuid4().hex[:8]}"
    screen.log_in(teller, "#/announcements")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_role("button", name="Publish").click()
    dialog.get_by_label("Title").fill(title)
    dialog.get_by_label("Message").fill("From Monday on we open at eight.")
    dialog.get_by_label("For").select_option("staff")
    dialog.get_by_role("button", name="Publish").dblclick()
    dialog.get_by_role("button", name="Close").click()
    card = page.locator(".card").filter(has_text=title)
    card.get_by_text("Published").wait_for()
    card.get_by_role("button", name="Change").click()
    dialog.get_by_label("Message").fill("From Tuesday on we open at eight.")
    dialog.get_by_role("button", name="Change").click()
    dialog.get_by_role("button", name="Close").click()
    card.get_by_text("From Tuesday on").wait_for()
    card.get_by_role("button", name="Withdraw").click()
    dialog.get_by_role("button", name="Withdraw").click()
    card.get_by_text("Withdrawn").wait_for()
    assert card.get_by_role("button").count() == 0
