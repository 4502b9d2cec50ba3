"""A customer has events sent to a receiver, and looks at what was delivered."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.receiver import Receiver
from tests.stack import eventually
from tests.workflow.bank import Client

if TYPE_CHECKING:
    from playwright.sync_api import Route

    from tests.console.screen import Screen

ENDPOINTS = "/v1/webhook-endpoints"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


@pytest.mark.embedded
def test_an_endpoint_is_added_and_its_secret_is_shown_once(
    screen: "Screen", customer: Client, receiver: Receiver
) -> None:
    screen.log_in(customer, "#/webhooks")
    page = screen.page
    page.get_by_role("button", name="Add an endpoint").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("URL").fill(receiver.url)
    dialog.get_by_label("Signature").select_option("hmac")
    dialog.get_by_role("button", name="Add an endpoint").dblclick()
    dialog.get_by_text("Done").wait_for()
    secret = page.locator("#webhook-secret").get_by_text("whsec_").inner_text()
    assert secret not in page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="I have stored it").click()
    page.get_by_role("button", name="Test", exact=True).click()
    dialog.get_by_text("The test arrived").wait_for()
    dialog.get_by_role("button", name="Close").click()
    assert len(customer.get(ENDPOINTS).body["data"]) == 1
    page.get_by_role("button", name="Remove").click()
    dialog.get_by_role("button", name="Remove").click()
    page.get_by_text("There is no endpoint yet.").wait_for()


@pytest.mark.embedded
def test_a_delivery_shows_its_attempts_and_is_sent_again(
    screen: "Screen", customer: Client, receiver: Receiver
) -> None:
    endpoint_id = customer.post(ENDPOINTS, {"url": receiver.url, "events": ["account.*"]}).body["id"]
    customer.open_account()
    eventually(lambda: customer.get(f"{ENDPOINTS}/{endpoint_id}/deliveries?status=succeeded").body["data"])
    screen.log_in(customer, f"#/webhooks/{endpoint_id}")
    page = screen.page
    page.get_by_role("button", name="Attempts").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Status 200").wait_for()
    assert len(screen.calls) <= 3
    dialog.get_by_role("button", name="Close").click()
    sent = len(receiver.messages)
    page.get_by_role("button", name="Send again").first.click()
    dialog.get_by_role("button", name="Send again").click()
    dialog.wait_for(state="detached")
    eventually(lambda: len(receiver.messages) > sent)
    assert len({one.headers["webhook-id"] for one in receiver.messages}) < len(receiver.messages)


@pytest.mark.embedded
def test_list_that_is_read_again_has_the_filter_that_was_chosen_meanwhile(
    screen: "Screen", customer: Client, receiver: Receiver
) -> None:
    endpoint_id = customer.post(ENDPOINTS, {"url": receiver.url, "events": ["account.*"]}).body["id"]
    customer.open_account()
    eventually(lambda: customer.get(f"{ENDPOINTS}/{endpoint_id}/deliveries?status=succeeded").body["data"])
    screen.log_in(customer, f"#/webhooks/{endpoint_id}")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    held: list[Route] = []

    def hold(route: "Route") -> None:
        held.append(route)

    page.route("**/api/v1/deliveries/*/replay", hold)
    page.get_by_role("button", name="Send again").first.click()
    with page.expect_request("**/api/v1/deliveries/*/replay"):
        dialog.get_by_role("button", name="Send again").click()
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_label("Show").select_option("failed")
    page.get_by_text("Nothing was delivered here yet.").wait_for()
    with page.expect_response("**/deliveries*") as read_again:
        held[0].continue_()
    assert "status=failed" in read_again.value.url
    screen.settle()
    page.get_by_text("Nothing was delivered here yet.").wait_for()


@pytest.mark.embedded
def test_an_endpoint_is_edited_and_gets_missed_days(screen: "Screen", customer: Client, receiver: Receiver) -> None:
    hooks = {"url": receiver.url, "events": ["transaction.*"]}
    endpoint_id = customer.post(ENDPOINTS, hooks).body["id"]
    customer.open_account()
    screen.log_in(customer, f"#/webhooks/{endpoint_id}")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_role("button", name="Edit").click()
    dialog.get_by_label("Events").fill("account.*, transaction.*")
    dialog.get_by_label("Description").fill("Bookkeeping")
    dialog.get_by_role("button", name="Edit").click()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("heading", name="Bookkeeping").wait_for()
    assert customer.get(f"{ENDPOINTS}/{endpoint_id}").body["events"] == ["account.*", "transaction.*"]

    assert eventually(
        lambda: [one for one in customer.get("/v1/events").body["data"] if one["type"] == "account.opened"]
    )
    page.get_by_role("button", name="Send days again").click()
    dialog.get_by_role("button", name="Send days again").click()
    dialog.get_by_text("Messages queued: 1").wait_for()
    dialog.get_by_role("button", name="Close").click()
    eventually(lambda: receiver.messages)
