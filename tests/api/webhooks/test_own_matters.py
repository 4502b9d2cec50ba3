"""Alerts about a member of staff: no endpoint in which that person has had a hand gets them, and no list shows them."""

from collections.abc import Callable

import pytest

from chalicelib import clock
from chalicelib.domain.events.event import BANK, Event, event_id
from chalicelib.domain.time import timestamp
from chalicelib.services.webhooks import publish
from tests.api.helpers.accounts import opened
from tests.api.helpers.bank import Json, User, items
from tests.api.helpers.links import linked
from tests.api.helpers.risk import raised
from tests.api.helpers.webhooks import ENDPOINTS, Hooks


@pytest.fixture
def oneself(
    hooks: Hooks, admin: User, customer: User, new_staff: Callable[[str], User], log_in: Callable[[str], User]
) -> User:
    """A manager who is the customer, too."""
    return linked(hooks.client, admin, new_staff("manager"), customer, log_in)


@pytest.fixture
def own(hooks: Hooks, customer: User) -> Event:
    return alert_about(customer, opened(hooks.client, customer))


@pytest.fixture
def foreign(hooks: Hooks, other_customer: User) -> Event:
    return alert_about(other_customer, opened(hooks.client, other_customer))


def alert_about(customer: User, account: Json) -> Event:
    """The event of a new alert about a payment of a customer."""
    alert, at = raised(customer, account, "high"), timestamp(clock.now())
    name = event_id((f"ALERT#{alert}", "ALERT"), 1, "risk_alert.raised", at)
    return Event(name, "risk_alert.raised", at, f"reports/risk/{alert}", 1, {"id": alert}, BANK)


def happen(hooks: Hooks, *events: Event) -> list[str]:
    """Let events happen, attempt what is due, and return what was received of it."""
    hooks.receiver.messages.clear()
    hooks.publish(*events)
    hooks.queue.work()
    return hooks.receiver.ids


def test_an_alert_about_the_maker_of_an_endpoint_is_not_sent_there(
    hooks: Hooks, oneself: User, manager: User, own: Event, foreign: Event
) -> None:
    made, other = hooks.made(oneself), hooks.made(manager)
    assert sorted(happen(hooks, own, foreign)) == sorted([own.id, foreign.id, foreign.id])
    assert [one["event_id"] for one in hooks.deliveries(manager, made)] == [foreign.id]
    assert len(hooks.deliveries(manager, other)) == 2


@pytest.mark.parametrize("hand", ["edit", "enable", "rotate"])
def test_whoever_has_had_a_hand_in_an_endpoint_gets_no_alert_about_itself_there(
    hooks: Hooks, oneself: User, manager: User, own: Event, foreign: Event, hand: str
) -> None:
    """Also after a colleague has taken it over, or an address that a colleague has approved."""
    path = f"{ENDPOINTS}/{hooks.made(manager, signature='hmac')['id']}"
    token = hooks.token(oneself)
    if hand == "edit":
        hooks.client.patch(path, {"url": f"{hooks.receiver.url}/mine"}, token=token).ok()
    elif hand == "enable":
        hooks.client.post(f"{path}/enable", token=token).ok()
    else:
        hooks.client.post(f"{path}/rotate-secret", token=token).ok()
    hooks.client.post(f"{path}/enable", token=hooks.token(manager)).ok()
    assert happen(hooks, own, foreign) == [foreign.id]


def test_a_link_that_is_made_after_the_delivery_stops_its_next_attempt(
    hooks: Hooks,
    admin: User,
    customer: User,
    manager: User,
    new_staff: Callable[[str], User],
    log_in: Callable[[str], User],
    own: Event,
) -> None:
    staff = new_staff("manager")
    made = hooks.made(staff)
    hooks.publish(own)
    linked(hooks.client, admin, staff, customer, log_in)
    hooks.queue.work()
    assert hooks.receiver.messages == []
    [delivery] = hooks.deliveries(manager, made)
    assert delivery["status"] == "cancelled"


def test_neither_a_replay_nor_a_repeated_batch_sends_it(
    hooks: Hooks, oneself: User, own: Event, foreign: Event
) -> None:
    made = hooks.made(oneself)
    happen(hooks, own, foreign)
    hooks.receiver.messages.clear()
    path = f"{ENDPOINTS}/{made['id']}/replay"
    replayed = hooks.client.post(path, {}, token=hooks.token(oneself), key="all").ok(202)
    hooks.queue.work()
    assert (replayed["queued"], hooks.receiver.ids) == (1, [foreign.id])


def test_deliveries_of_an_alert_about_oneself_do_not_exist_at_a_colleagues_endpoint_either(
    hooks: Hooks, oneself: User, manager: User, own: Event, foreign: Event
) -> None:
    """The id of an event that one may not read would tell that there is an alert."""
    made = hooks.made(manager)
    happen(hooks, own, foreign)
    [about_oneself] = [one for one in hooks.deliveries(manager, made) if one["event_id"] == own.id]
    assert [one["event_id"] for one in hooks.deliveries(oneself, made)] == [foreign.id]
    path = f"/v1/deliveries/{about_oneself['id']}"
    hooks.client.get(path, token=hooks.token(oneself)).refused(404, "not_found")
    hooks.client.post(f"{path}/replay", token=hooks.token(oneself)).refused(404, "not_found")
    assert hooks.client.get(path, token=hooks.token(manager)).ok()["event_id"] == own.id


def test_other_events_cost_no_read_of_people(hooks: Hooks, oneself: User) -> None:
    hooks.made(oneself)
    event = hooks.happen()
    assert hooks.receiver.ids == [event.id]
    assert publish.publish([]) == 0


def test_whoever_has_had_a_hand_is_in_the_item(hooks: Hooks, manager: User, admin: User) -> None:
    made = hooks.made(manager, signature="hmac")
    for _ in range(2):
        hooks.client.post(f"{ENDPOINTS}/{made['id']}/rotate-secret", token=hooks.token(admin)).ok()
    [stored] = items(type="webhook_endpoint")
    assert stored["handled_by"] == f'["{manager.user_id}","{admin.user_id}"]'
