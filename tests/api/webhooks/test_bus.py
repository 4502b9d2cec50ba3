"""The EventBridge bus: it gets the bank's view of every event while it has a rule."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib import aws
from chalicelib.models.webhooks.update import who_listens
from chalicelib.services.webhooks import bus
from tests.api.helpers.bank import Json, User
from tests.api.helpers.webhooks import Hooks


class Bus:
    """`entries` are what was put; while `busy`, the bus takes nothing."""

    def __init__(self) -> None:
        self.entries: list[Json] = []
        self.rules: list[Json] = []
        self.busy = False

    def called(self, model: Any, params: Json, **_: object) -> tuple[Any, Json]:
        given = json.loads(params["body"])
        if model.name == "ListRules":
            assert given["EventBusName"] == "florin-local"
            return SimpleNamespace(status_code=200), {"Rules": self.rules}
        if not self.busy:
            self.entries += given["Entries"]
        return SimpleNamespace(status_code=200), {"FailedEntryCount": len(given["Entries"]) if self.busy else 0}


@pytest.fixture
def stack_bus(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    monkeypatch.setenv("EVENT_BUS_NAME", "florin-local")
    found, events = Bus(), aws.client("events").meta.events
    for name in ("ListRules", "PutEvents"):
        events.register(f"before-call.events.{name}", found.called)
    yield found
    for name in ("ListRules", "PutEvents"):
        events.unregister(f"before-call.events.{name}", found.called)


def test_bus_gets_nothing_before_it_has_a_rule(hooks: Hooks, stack_bus: Bus, manager: User) -> None:
    bus.look_for_rules()
    assert not who_listens().has_bus_rules
    hooks.happen()
    assert stack_bus.entries == []


def test_bus_with_a_rule_gets_the_banks_view_of_each_event(hooks: Hooks, stack_bus: Bus, customer: User) -> None:
    stack_bus.rules = [{"Name": "all"}]
    bus.look_for_rules()
    assert who_listens().has_bus_rules
    found = [hooks.event() for _ in range(12)]
    hooks.publish(*found, hooks.event(recipient=str(customer.customer_id)))
    assert [json.loads(one["Detail"])["id"] for one in stack_bus.entries] == [one.id for one in found]
    first = stack_bus.entries[0]
    assert (first["Source"], first["DetailType"], first["EventBusName"]) == (
        bus.SOURCE,
        "transaction.posted",
        "florin-local",
    )
    stack_bus.rules = []
    bus.look_for_rules()
    hooks.happen()
    assert len(stack_bus.entries) == 12


def test_busy_bus_lets_the_batch_come_again(hooks: Hooks, stack_bus: Bus) -> None:
    stack_bus.rules, stack_bus.busy = [{"Name": "all"}], True
    bus.look_for_rules()
    event = hooks.event()
    with pytest.raises(Exception, match="busy"):
        hooks.publish(event)
    stack_bus.busy = False
    hooks.publish(event)
    assert [json.loads(one["Detail"])["id"] for one in stack_bus.entries] == [event.id]
