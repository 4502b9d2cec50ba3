"""Signed digests, checked in the browser: what is right holds, what was changed on its way does not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.deploy.digest_setup import seal_now
from tests.console.pages import CALLS_MAX
from tests.console.test_proofs import answering
from tests.stack import Stack
from tests.workflow.bank import Client, register

if TYPE_CHECKING:
    from tests.console.screen import Screen

Json = dict[str, Any]
DIGESTS = "**/api/v1/audit/digests*"
FORGERIES: tuple[tuple[Callable[[list[Json]], object], str], ...] = (
    (lambda rows: rows[0].update(entries=rows[0]["entries"] + 1), "says something else than the list"),
    (lambda rows: rows[0].update(hash="0" * 64), "hash is not that of its text"),
    (lambda rows: rows[0].update(signature=rows[1]["signature"]), "has not signed the digest"),
    (lambda rows: rows[0].update(key_id="another"), "has not published the key"),
    (lambda rows: rows[0].update(text="{"), "cannot be read"),
    (lambda rows: rows.pop(1), "does not follow from the one before"),
)


@pytest.fixture(scope="module")
def sealed(stack: Stack) -> int:
    """Seal three times, with something new each time. Gives the number of the last digest."""
    with stack.configured("sealer", DIGEST_DELAY_SECONDS="0"):
        number = 0
        for _ in range(3):
            register(stack.url).open_account(initial_deposit="1.00")
            number = seal_now(stack.cloud, stack.settings.stack_name)[-1]
    return number


def on_rows(change: Callable[[list[Json]], object]) -> Callable[[Json], object]:
    """Return the change of an answer that changes its rows."""
    return lambda body: change(body["data"])


def test_an_admin_checks_all_digests_and_keeps_one(screen: "Screen", second_admin: Client, sealed: int) -> None:
    screen.log_in(second_admin, "#/digests")
    page, dialog = screen.page, screen.page.get_by_role("dialog")
    page.get_by_role("button", name="Check all that are shown").click()
    page.get_by_text("digests hold").wait_for()
    page.get_by_text("Signed and linked").nth(1).wait_for()
    assert len(screen.calls) <= CALLS_MAX, screen.calls
    page.get_by_role("button", name=f"Digest {sealed}", exact=True).click()
    with page.expect_download() as saved:
        dialog.get_by_role("button", name="Download the digest").click()
    assert json.loads(Path(saved.value.path()).read_text())["number"] == sealed
    assert screen.faults() == []


def test_what_was_changed_on_its_way_does_not_hold(screen: "Screen", second_admin: Client, sealed: int) -> None:
    screen.log_in(second_admin)
    for change, words in FORGERIES:
        screen.open("#/")
        screen.page.route(DIGESTS, answering(on_rows(change)))
        screen.open("#/digests")
        screen.page.get_by_role("button", name="Check all that are shown").click()
        screen.page.get_by_role("alert").filter(has_text=words).wait_for()
        screen.page.get_by_text("Does not hold").first.wait_for()
        screen.page.unroute(DIGESTS)


def test_tellers_have_no_page_of_digests(screen: "Screen", teller: Client) -> None:
    screen.log_in(teller)
    screen.page.evaluate("location.hash = '#/digests'")
    screen.page.get_by_text("There is no such page").wait_for()
