"""Announcements of the bank on the overview."""

import uuid
from typing import TYPE_CHECKING

from tests.stack import Stack
from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen


def test_an_announcement_is_shown_until_it_is_read(
    screen: "Screen", stack: Stack, admin: Client, customer: Client
) -> None:
    title = f"Closed on Monday {uuid.uuid4().hex[:8]}"  # the bank is shared: other tests announce things, too
    told = {"title": title, "message": "Our branches are closed on Monday."}
    assert admin.post("/v1/announcements", told).status == 201
    notices = screen.page.get_by_role("region", name="Announcements")
    read = notices.get_by_role("button", name=f"Mark as read {title}")
    with stack.configured("api", REFERENCE_CACHE_SECONDS="0"):  # else a process answers for a while with what it knows
        screen.log_in(customer)
        read.click()
        read.wait_for(state="detached")
        _reload(screen)
        screen.expect_none(read)


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
    screen.expect_none(card.get_by_role("button"))
