"""Whether the consumers of the stream have caught up, which a sandbox waits for: told by what they leave."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra import catch_up
from infra.consumer_lag import Behind, behind, wait
from infra.demo import background_work
from infra.errors import CommandError
from tests.stack import Stack
from tests.workflow.bank import Client

NOTHING = Behind(0, 0)


@pytest.fixture
def consumers(stack: Stack, at_the_tables: None) -> Iterator[Any]:
    """Switches them, and leaves them on."""

    def switch(*, on: bool) -> None:
        background_work.switch_consumers(stack.cloud, stack.settings, on=on)

    assert wait(30, behind) == NOTHING
    yield switch
    switch(on=True)
    assert wait(30, behind) == NOTHING


def test_they_are_behind_until_they_have_followed_all(customer: Client, consumers: Any) -> None:
    one, two = customer.open_account(initial_deposit="10.00"), customer.open_account()
    assert wait(30, behind) == NOTHING
    consumers(on=False)
    customer.transfer(one["id"], two["id"], "3.00")
    found = wait(0.2, behind)
    assert found.unaudited >= 3, "the transaction and two accounts"
    assert found.unjudged == 2
    consumers(on=True)
    assert wait(30, behind) == NOTHING


def test_a_sandbox_waits_for_them_and_leaves_all_quiet(customer: Client, stack: Stack, consumers: Any) -> None:
    """They were left off, as after an attempt that was killed; payments of just now are followed all the same."""
    consumers(on=False)
    customer.open_account(initial_deposit="10.00")
    assert behind()
    background_work.stop(stack.cloud, stack.settings)
    assert behind() == NOTHING
    customer.open_account(initial_deposit="10.00")
    assert wait(0.5, behind), "nobody follows any more"
    states = {rule["State"] for rule in stack.client("events").list_rules()["Rules"]}
    assert states == {"DISABLED"}
    background_work.switch_schedules(stack.cloud, stack.settings, on=True)
    states = {rule["State"] for rule in stack.client("events").list_rules()["Rules"]}
    assert states == {"ENABLED"}


def test_a_bank_that_does_not_come_to_rest_is_left_as_it_was(
    stack: Stack, consumers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catch_up, "is_caught_up", lambda *arguments: arguments[-1] > 0)
    with pytest.raises(CommandError, match="in use"):
        background_work.stop(stack.cloud, stack.settings)
    mappings = stack.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert {mapping["State"] for mapping in mappings} == {"Enabled"}
    assert {rule["State"] for rule in stack.client("events").list_rules()["Rules"]} == {"ENABLED"}
