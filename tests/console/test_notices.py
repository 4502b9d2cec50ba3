"""Announcements of the bank on the overview."""

from typing import TYPE_CHECKING

from tests.workflow.bank import Client

if TYPE_CHECKING:
    from tests.console.screen import Screen


def test_an_announcement_is_shown_until_it_is_read(screen: "Screen", admin: Client, customer: Client) -> None:
    told = {"title": "Closed on Monday", "message": "Our branches are closed on Monday."}
    assert admin.post("/v1/announcements", told).status == 201
    screen.log_in(customer)
    notices = screen.page.get_by_role("region", name="Announcements")
    notices.get_by_text("Our branches are closed on Monday.").first.wait_for()
    notices.get_by_role("button", name="Read Closed on Monday").first.click()
    screen.page.reload()
    screen.page.get_by_text("You have no account yet.").wait_for()
    screen.settle()
    assert notices.count() == 0
