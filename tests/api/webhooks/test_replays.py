"""Replays: the same id and body, a new time and signature; once for each key."""

from datetime import timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.request_limits import LIMITS, Limit
from chalicelib.domain.time import timestamp
from chalicelib.services.webhooks import replay
from tests.api.helpers.bank import Json, Reply, User, counted_calls
from tests.api.helpers.webhooks import ENDPOINTS, Hooks


def ask(hooks: Hooks, user: User, endpoint: Json, key: str | None = None, **body: object) -> Reply:
    return hooks.client.post(f"{ENDPOINTS}/{endpoint['id']}/replay", body, token=hooks.token(user), key=key)


def test_replay_sends_the_same_id_and_body_with_a_new_signature(hooks: Hooks, manager: User) -> None:
    made = hooks.made(manager, signature="hmac")
    hooks.happen()
    [delivery] = hooks.deliveries(manager, made)
    hooks.let_pass(timedelta(minutes=10))
    replayed = hooks.client.post(f"/v1/deliveries/{delivery['id']}/replay", token=hooks.token(manager)).ok(202)
    assert replayed["status"] == "pending"
    hooks.queue.work()
    first, second = hooks.receiver.messages
    assert (first.id, first.body) == (second.id, second.body)
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 600
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert second.is_signed_with(made["secret"])
    found = hooks.delivery(manager, delivery)
    assert (found["status"], found["attempt_count"], len(found["attempts"])) == ("succeeded", 2, 2)


def test_replay_twice_under_one_key_sends_once(hooks: Hooks, manager: User) -> None:
    made = hooks.made(manager)
    hooks.happen()
    [delivery] = hooks.deliveries(manager, made)
    path = f"/v1/deliveries/{delivery['id']}/replay"
    first = hooks.client.post(path, token=hooks.token(manager), key="k")
    hooks.queue.work()
    second = hooks.client.post(path, token=hooks.token(manager), key="k")
    hooks.queue.work()
    assert "Idempotent-Replayed" not in first.headers
    assert (second.ok(202)["status"], second.headers["Idempotent-Replayed"]) == ("succeeded", "true")
    assert len(hooks.receiver.messages) == 2
    hooks.client.post(path, token=hooks.token(manager), key="k2").ok(202)
    hooks.queue.work()
    assert len(hooks.receiver.messages) == 3


def test_replayed_delivery_is_retried_from_the_beginning(hooks: Hooks, manager: User) -> None:
    made = hooks.made(manager)
    hooks.receiver.always(500)
    hooks.happen()
    hooks.let_pass(timedelta(hours=90), step=timedelta(hours=1))
    [delivery] = hooks.deliveries(manager, made)
    assert delivery["status"] == "failed"
    assert ask(hooks, manager, made, only_failed=True).ok(202)["queued"] == 1
    hooks.queue.work()
    found = hooks.deliveries(manager, made)[0]
    assert (found["status"], found["attempt_count"]) == ("pending", 11)
    hooks.receiver.always(204)
    hooks.let_pass(timedelta(minutes=1), step=timedelta(seconds=10))
    assert hooks.deliveries(manager, made)[0]["status"] == "succeeded"


def test_range_replays_what_happened_while_the_endpoint_was_disabled(hooks: Hooks, manager: User) -> None:
    made = hooks.made(manager, events=["transaction.*"])
    got = hooks.happen()
    hooks.receiver.always(410)
    refused = hooks.happen()
    missed = hooks.happen()
    hooks.happen("account.frozen")
    hooks.receiver.always(204)
    hooks.receiver.messages.clear()
    ask(hooks, manager, made).refused(409, "conflict")
    hooks.client.post(f"{ENDPOINTS}/{made['id']}/enable", token=hooks.token(manager)).ok()
    assert ask(hooks, manager, made, only_failed=True).ok(202) == {"queued": 2, "next_from": None}
    hooks.queue.work()
    assert sorted(hooks.receiver.ids) == sorted([refused.id, missed.id])
    assert ask(hooks, manager, made).ok(202)["queued"] == 3
    hooks.queue.work()
    assert got.id in hooks.receiver.ids
    assert {one["status"] for one in hooks.deliveries(manager, made)} == {"succeeded"}


def test_range_under_one_key_replays_once(hooks: Hooks, manager: User) -> None:
    made = hooks.made(manager)
    for _ in range(3):
        hooks.happen()
    assert ask(hooks, manager, made, key="k").ok(202)["queued"] == 3
    hooks.queue.work()
    again = ask(hooks, manager, made, key="k")
    assert (again.ok(202)["queued"], again.headers["Idempotent-Replayed"]) == (0, "true")
    hooks.queue.work()
    assert len(hooks.receiver.messages) == 6
    ask(hooks, manager, made, key="k", only_failed=True).refused(409, "idempotency_key_reused")


def test_range_is_bound_by_its_moments(hooks: Hooks, manager: User) -> None:
    made = hooks.made(manager)
    events = []
    for _ in range(3):
        events.append(hooks.happen())
        hooks.let_pass(timedelta(minutes=1), step=timedelta(minutes=1))
    hooks.receiver.messages.clear()
    second = events[1].timestamp
    body = {"from": second, "to": second}
    assert ask(hooks, manager, made, **body).ok(202)["queued"] == 1
    hooks.queue.work()
    assert hooks.receiver.ids == [events[1].id]
    later = {"from": timestamp(clock.now()), "to": events[0].timestamp}
    assert ask(hooks, manager, made, **later).refused(422, "validation_failed").wrong_fields == ["from"]


def test_long_range_says_where_the_next_request_goes_on(
    hooks: Hooks, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "EVENTS_MAX", 2)
    made = hooks.made(manager)
    events = []
    for _ in range(5):
        events.append(hooks.happen())
        hooks.let_pass(timedelta(minutes=1), step=timedelta(minutes=1))
    hooks.receiver.messages.clear()
    queued, next_from = 0, None
    for _ in range(3):
        found = ask(hooks, manager, made, **({"from": next_from} if next_from else {})).ok(202)
        queued, next_from = queued + found["queued"], found["next_from"]
    assert (queued, next_from) == (5, None)
    hooks.queue.work()
    assert sorted(hooks.receiver.ids) == sorted(one.id for one in events)


def test_customer_replays_its_own_events_only(hooks: Hooks, customer: User, other_customer: User) -> None:
    made = hooks.made(customer)
    own = hooks.event(recipient=str(customer.customer_id))
    hooks.publish(own, hooks.event(recipient=str(other_customer.customer_id)), hooks.event())
    hooks.queue.work()
    hooks.receiver.messages.clear()
    assert ask(hooks, customer, made).ok(202)["queued"] == 1
    hooks.queue.work()
    assert hooks.receiver.ids == [own.id]


def test_range_spans_31_days(hooks: Hooks, manager: User) -> None:
    """Of the bank each day is four queries; a range without an end or a beginning is as long as it may be."""
    made = hooks.made(manager)
    ask(hooks, manager, made, **{"from": "2026-01-01", "to": "2026-02-15"}).refused(422, "validation_failed")
    ask(hooks, manager, made, **{"from": "2020-01-01"}).refused(422, "validation_failed")
    ask(hooks, manager, made, to="0001-01-05").ok(202)
    with counted_calls() as calls:
        assert ask(hooks, manager, made).ok(202)["next_from"] is None
    assert 0 < calls["Query"] <= 4 * 33


def test_replays_of_ranges_and_of_deliveries_count_together_against_the_limit(
    hooks: Hooks, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLER_LIMITS", "on")
    monkeypatch.setitem(LIMITS, "replays", Limit(0, 2))
    made = hooks.made(manager)
    hooks.happen()
    [delivery] = hooks.deliveries(manager, made)
    one = f"/v1/deliveries/{delivery['id']}/replay"
    ask(hooks, manager, made).ok(202)
    hooks.queue.work()
    hooks.client.post(one, token=hooks.token(manager)).ok(202)
    hooks.queue.work()
    hooks.client.post(one, token=hooks.token(manager)).refused(429, "too_many_attempts")
    ask(hooks, manager, made).refused(429, "too_many_attempts")
    hooks.queue.work()
    assert len(hooks.receiver.messages) == 3
