"""Deliveries: signed, retried, recorded, and never to anybody whose right has ended."""

import json
import threading
from datetime import datetime, timedelta

import pytest

from chalicelib import clock
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.traceparent import TraceParent
from chalicelib.models.events.event_row import EventRow, put_all
from chalicelib.models.webhooks import slots
from chalicelib.models.webhooks.delivery import Delivery
from chalicelib.services.webhooks import deliver, publish, sweep
from tests.api.helpers.bank import User, counted_calls
from tests.api.helpers.mailbox import Mailbox
from tests.api.helpers.webhooks import ENDPOINTS, Hooks, Received, open_receiver, record_of

HOURS = timedelta(hours=1)


def test_event_reaches_the_endpoint_signed(hooks: Hooks, manager: User) -> None:
    made = hooks.made(manager, signature="hmac", events=["transaction.*"])
    event = hooks.happen()
    hooks.happen("account.frozen")
    [message] = hooks.receiver.messages
    assert message.json == {
        "id": event.id,
        "type": "transaction.posted",
        "timestamp": event.timestamp,
        "subject": event.subject,
        "sequence": event.sequence,
        "data": {"id": "acc_1"},
    }
    assert message.id == event.id
    assert message.headers["content-type"] == "application/json"
    assert message.is_signed_with(made["secret"])
    [delivery] = hooks.deliveries(manager, made)
    assert (delivery["event_id"], delivery["status"], delivery["attempt_count"]) == (event.id, "succeeded", 1)
    [attempt] = hooks.delivery(manager, delivery)["attempts"]
    assert (attempt["status"], attempt["error"]) == (204, None)


def test_cloudevents_is_the_same_event_in_another_form(hooks: Hooks, manager: User) -> None:
    hooks.made(manager, format="cloudevents")
    event = hooks.happen()
    [message] = hooks.receiver.messages
    assert message.headers["content-type"] == "application/cloudevents+json"
    assert (message.json["specversion"], message.json["id"], message.id) == ("1.0", event.id, event.id)


def test_customer_gets_its_own_view_only_and_the_bank_its_own(
    hooks: Hooks, customer: User, other_customer: User, manager: User
) -> None:
    of_customer, of_other, of_bank = (hooks.made(user) for user in (customer, other_customer, manager))
    event = hooks.happen(recipient=str(customer.customer_id))
    assert [one["event_id"] for one in hooks.deliveries(customer, of_customer)] == [event.id]
    assert hooks.deliveries(other_customer, of_other) == hooks.deliveries(manager, of_bank) == []


def test_receiver_that_fails_for_two_days_has_everything_then(hooks: Hooks, manager: User) -> None:
    made = hooks.made(manager)
    hooks.receiver.always(500, b"down")
    events = [hooks.happen() for _ in range(3)]
    hooks.let_pass(48 * HOURS)
    assert hooks.deliveries(manager, made, "&status=succeeded") == []
    hooks.receiver.messages.clear()
    hooks.receiver.always(200)
    hooks.let_pass(28 * HOURS)
    assert sorted(hooks.receiver.ids) == sorted(one.id for one in events)
    found = hooks.deliveries(manager, made)
    assert [one["status"] for one in found] == ["succeeded"] * 3
    attempts = hooks.delivery(manager, found[0])["attempts"]
    assert [one["status"] for one in attempts] == [500] * (len(attempts) - 1) + [200]
    assert {one["answer"] for one in attempts[:-1]} == {"down"}
    assert len(attempts) == found[0]["attempt_count"] > 6
    times = [one["at"] for one in attempts]
    assert times == sorted(times)
    assert hooks.read(manager, made)["status"] == "enabled"


def test_delivery_fails_after_ten_attempts_in_about_75_hours(hooks: Hooks, manager: User) -> None:
    made = hooks.made(manager)
    hooks.receiver.always(500)
    begun = clock.now()
    hooks.happen()
    hooks.let_pass(90 * HOURS)
    [delivery] = hooks.deliveries(manager, made)
    assert (delivery["status"], delivery["attempt_count"], delivery["next_attempt_at"]) == ("failed", 10, None)
    assert len(hooks.receiver.messages) == 10
    assert len({one.body for one in hooks.receiver.messages}) == len(set(hooks.receiver.ids)) == 1
    assert len({one.headers["webhook-timestamp"] for one in hooks.receiver.messages}) > 8
    assert clock.now() - begun >= 90 * HOURS
    assert hooks.queue.messages == []


def test_redirect_is_not_followed_and_fails(hooks: Hooks, manager: User) -> None:
    made = hooks.made(manager)
    with open_receiver() as elsewhere:
        hooks.receiver.always(307, Location=elsewhere.url)
        hooks.happen()
        assert elsewhere.messages == []
    [delivery] = hooks.deliveries(manager, made)
    assert delivery["status"] == "pending"
    assert hooks.delivery(manager, delivery)["attempts"][0]["status"] == 307


def test_gone_disables_at_once_and_tells_the_one_responsible(hooks: Hooks, customer: User, mailbox: Mailbox) -> None:
    made = hooks.made(customer)
    mailbox.mails.clear()
    hooks.receiver.always(410)
    hooks.happen(recipient=str(customer.customer_id))
    found = hooks.read(customer, made)
    assert (found["status"], found["disabled_reason"]) == ("disabled", "gone")
    assert "replay" in found["banner"]
    [mail] = mailbox.sent_to(customer.email)
    assert "gets nothing more" in mail
    hooks.happen(recipient=str(customer.customer_id))
    hooks.let_pass(HOURS)
    assert len(hooks.receiver.messages) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_receiver_that_asks_to_wait_is_waited_for(hooks: Hooks, manager: User, status: int) -> None:
    hooks.made(manager)
    hooks.receiver.always(status, Retry_After="7200")
    hooks.happen()
    hooks.let_pass(2 * HOURS - timedelta(minutes=1))
    assert len(hooks.receiver.messages) == 1
    hooks.let_pass(timedelta(minutes=16))
    assert len(hooks.receiver.messages) == 2


def test_receiver_cannot_ask_to_wait_for_years(hooks: Hooks, manager: User) -> None:
    hooks.made(manager)
    hooks.receiver.always(503, Retry_After=str(10**9))
    hooks.happen()
    hooks.let_pass(25 * HOURS)
    assert len(hooks.receiver.messages) == 2


def test_five_days_without_a_success_disable_and_an_enabled_one_has_a_new_start(
    hooks: Hooks, manager: User, admin: User, mailbox: Mailbox
) -> None:
    made = hooks.made(manager)
    mailbox.mails.clear()
    hooks.receiver.always(500)
    for _ in range(6):
        hooks.happen()
        hooks.let_pass(23 * HOURS, step=HOURS)
    assert hooks.read(manager, made)["status"] == "disabled"
    assert hooks.read(manager, made)["disabled_reason"] == "failing"
    assert len(mailbox.sent_to(manager.email)) == 1
    hooks.let_pass(80 * HOURS, step=HOURS)
    assert hooks.deliveries(manager, made, "&status=pending") == []
    enabled = hooks.client.post(f"{ENDPOINTS}/{made['id']}/enable", token=hooks.token(admin)).ok()
    assert (enabled["status"], enabled["responsible_id"], enabled["banner"]) == ("enabled", admin.user_id, None)
    hooks.happen()
    assert hooks.read(admin, made)["status"] == "enabled"


def test_nothing_is_sent_for_a_manager_who_was_disabled_after_the_event(
    hooks: Hooks, manager: User, admin: User
) -> None:
    made = hooks.made(manager)
    hooks.publish(hooks.event())
    hooks.client.patch(f"/v1/users/{manager.user_id}", {"status": "disabled"}, token=hooks.token(admin)).ok()
    hooks.queue.work()
    assert hooks.receiver.messages == []
    found = hooks.read(admin, made)
    assert (found["status"], found["disabled_reason"]) == ("disabled", "right_ended")
    [delivery] = hooks.deliveries(admin, made)
    assert (delivery["status"], delivery["attempt_count"]) == ("cancelled", 0)
    hooks.client.post(f"{ENDPOINTS}/{made['id']}/enable", token=hooks.token(admin)).ok()
    hooks.client.post(f"/v1/deliveries/{delivery['id']}/replay", token=hooks.token(admin)).ok(202)
    hooks.queue.work()
    assert hooks.receiver.ids == [delivery["event_id"]]


def test_nothing_is_sent_for_a_manager_who_became_a_teller(hooks: Hooks, manager: User, admin: User) -> None:
    hooks.made(manager)
    hooks.publish(hooks.event())
    hooks.client.patch(f"/v1/users/{manager.user_id}", {"role": "teller"}, token=hooks.token(admin)).ok()
    hooks.queue.work()
    assert hooks.receiver.messages == []


def test_deleted_endpoint_gets_nothing_more(hooks: Hooks, manager: User) -> None:
    made = hooks.made(manager)
    hooks.publish(hooks.event())
    hooks.client.delete(f"{ENDPOINTS}/{made['id']}", token=hooks.token(manager)).ok(204)
    hooks.queue.work()
    hooks.happen()
    assert hooks.receiver.messages == []


def test_batch_that_comes_again_makes_no_second_delivery(hooks: Hooks, manager: User) -> None:
    made = hooks.made(manager)
    event = hooks.event()
    hooks.publish(event)
    hooks.publish(event)
    hooks.queue.work()
    hooks.publish(event)
    hooks.queue.work()
    assert hooks.receiver.ids == [event.id]
    assert len(hooks.deliveries(manager, made)) == 1


def test_message_that_comes_again_sends_nothing_again(hooks: Hooks, manager: User) -> None:
    hooks.made(manager)
    hooks.publish(hooks.event())
    [message] = hooks.queue.messages
    for _ in range(3):
        hooks.queue.invoke(message.body)
    assert len(hooks.receiver.messages) == 1


def test_two_at_once_send_once(hooks: Hooks, manager: User) -> None:
    """The same message is delivered again while its first attempt is under way."""
    hooks.made(manager)
    hooks.publish(hooks.event())
    [message] = hooks.queue.messages

    def deliver_again(_: Received) -> tuple[int, dict[str, str], bytes]:
        hooks.queue.invoke(message.body)
        return 204, {}, b""

    hooks.receiver.answer = deliver_again
    hooks.queue.work()
    assert len(hooks.receiver.messages) == 1


def test_crash_between_sending_and_recording_sends_again_with_the_same_id(
    hooks: Hooks, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = hooks.made(manager)
    event = hooks.event()
    hooks.publish(event)
    [message] = hooks.queue.messages
    with monkeypatch.context() as patch:
        patch.setattr(deliver, "judge", _die)
        with pytest.raises(RuntimeError, match="killed"):
            hooks.queue.work()
    hooks.queue.invoke(message.body)  # too early: the one that died still counts as sending
    assert len(hooks.receiver.messages) == 1
    hooks.let_pass(timedelta(minutes=3))
    hooks.queue.invoke(message.body)
    assert hooks.receiver.ids == [event.id, event.id]
    assert [one["status"] for one in hooks.deliveries(manager, made)] == ["succeeded"]


def test_lost_message_is_queued_again_by_the_sweep(hooks: Hooks, manager: User) -> None:
    hooks.made(manager)
    event = hooks.event()
    hooks.publish(event)
    hooks.queue.messages.clear()
    hooks.let_pass(timedelta(minutes=16), step=timedelta(minutes=1))
    assert hooks.receiver.ids == [event.id]
    assert hooks.queue.messages == []


def test_sweep_that_ends_amid_many_has_queued_those_it_came_to(
    hooks: Hooks, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks.made(manager)
    hooks.publish(hooks.event(), hooks.event())
    hooks.queue.messages.clear()
    later = clock.now() + timedelta(minutes=16)
    clock.set_clock(lambda: later)
    postpone, seen = Delivery.postpone_sweep, list[str]()

    def end_at_the_second(delivery: Delivery, now: datetime) -> bool:
        seen.append(delivery.id)
        if len(seen) == 2:
            raise Unavailable("the line is bad")
        return postpone(delivery, now)

    with monkeypatch.context() as patch:
        patch.setattr(Delivery, "postpone_sweep", end_at_the_second)
        with pytest.raises(Unavailable):
            sweep.sweep()
    assert [json.loads(one.body)["delivery_id"] for one in hooks.queue.messages] == seen[:1]
    assert sweep.sweep() == 1


def test_queue_that_is_busy_lets_the_batch_come_again(hooks: Hooks, manager: User) -> None:
    hooks.made(manager)
    hooks.queue.held = True
    event = hooks.event()
    with pytest.raises(Exception, match="busy"):
        hooks.publish(event)
    hooks.queue.held = False
    hooks.publish(event)
    hooks.queue.work()
    assert hooks.receiver.ids == [event.id]


def test_dead_receiver_delays_nobody(hooks: Hooks, manager: User, customer: User) -> None:
    """While every slot of one endpoint is taken, its other deliveries wait without an attempt."""
    dead, alive = hooks.made(manager), hooks.made(manager, events=["account.*"])
    now = clock.now()
    assert all(slots.take(dead["id"], now, deliver.LEASE) for _ in range(slots.SLOTS_MAX))
    hooks.publish(*(hooks.event("account.frozen") for _ in range(10)))
    hooks.queue.work()
    assert [one["status"] for one in hooks.deliveries(manager, alive)] == ["succeeded"] * 10
    waiting = hooks.deliveries(manager, dead)
    assert {(one["status"], one["attempt_count"]) for one in waiting} == {("pending", 0)}
    hooks.let_pass(timedelta(minutes=5), step=timedelta(seconds=30))  # the leases of those who died are over
    assert [one["status"] for one in hooks.deliveries(manager, dead)] == ["succeeded"] * 10
    assert len(hooks.receiver.messages) == 20


def test_backlog_of_a_slow_receiver_leaves_the_functions_to_others(hooks: Hooks, manager: User) -> None:
    """A receiver that takes 15 s holds five of a hundred functions. What waits for it comes back ever less often."""
    slow, quick = hooks.made(manager), hooks.made(manager, events=["account.*"])
    assert all(slots.take(slow["id"], clock.now(), timedelta(minutes=2)) for _ in range(slots.SLOTS_MAX))
    begun, waiting = clock.now(), 40
    hooks.publish(*(hooks.event() for _ in range(waiting)))
    started = hooks.queue.work()
    assert started == waiting
    while clock.now() - begun < timedelta(seconds=60):
        event = hooks.event("account.frozen")
        hooks.publish(event)
        started += hooks.queue.work()
        assert hooks.receiver.ids[-1] == event.id, "the first attempt of another endpoint is made at once"
        hooks.let_pass(timedelta(seconds=2))
    assert {one["status"] for one in hooks.deliveries(manager, quick)} == {"succeeded"}
    found = hooks.deliveries(manager, slow)
    assert {(one["status"], one["attempt_count"]) for one in found} == {("pending", 0)}
    waits = [json.loads(one.body)["waits"] for one in hooks.queue.messages]
    assert len(waits) == len(found)
    assert max(waits) <= 6, "a message that waits for a minute has started a function six times, each for 20 ms"


def test_delivery_takes_a_fixed_number_of_calls(hooks: Hooks, manager: User) -> None:
    """docs/costs.md counts with them."""
    hooks.made(manager)
    hooks.happen()
    with counted_calls() as calls:
        hooks.happen()
    assert calls == {"BatchWriteItem": 1, "BatchGetItem": 3, "GetItem": 6, "PutItem": 1, "UpdateItem": 4}


def test_endpoint_that_fails_gets_one_message_at_once(hooks: Hooks, manager: User) -> None:
    made, now = hooks.made(manager), clock.now()
    hooks.receiver.always(500)
    hooks.happen()
    assert slots.take(made["id"], now, deliver.LEASE)
    assert slots.take(made["id"], now, deliver.LEASE) is None


def test_slots_are_taken_by_many_at_once_and_never_by_too_many(hooks: Hooks, manager: User) -> None:
    made, now = hooks.made(manager), clock.now()
    taken: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: taken.append(slots.take(made["id"], now, deliver.LEASE))) for _ in range(12)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    found = [one for one in taken if one]
    assert 1 <= len(found) <= slots.SLOTS_MAX
    assert len(set(found)) == len(found)


def test_both_secrets_sign_for_a_day_after_a_rotation(hooks: Hooks, manager: User) -> None:
    made = hooks.made(manager, signature="hmac")
    path = f"{ENDPOINTS}/{made['id']}/rotate-secret"
    rotated = hooks.client.post(path, token=hooks.token(manager)).ok()
    hooks.happen()
    hooks.let_pass(24 * HOURS, step=HOURS)
    hooks.happen()
    during, after = hooks.receiver.messages
    assert during.is_signed_with(made["secret"])
    assert during.is_signed_with(rotated["secret"])
    assert after.is_signed_with(rotated["secret"])
    assert not after.is_signed_with(made["secret"])


def test_what_a_receiver_said_is_sealed(hooks: Hooks, customer: User) -> None:
    made = hooks.made(customer)
    hooks.receiver.always(500, b"ask Ada Lovelace")
    hooks.happen(recipient=str(customer.customer_id))
    [delivery] = hooks.deliveries(customer, made)
    assert hooks.delivery(customer, delivery)["attempts"][0]["answer"] == "ask Ada Lovelace"
    stored = Delivery.by_id(delivery["id"])
    assert stored
    assert "Ada Lovelace" not in f"{stored.attempts}"


def test_event_that_cannot_be_read_is_put_aside_and_the_rest_goes_on(hooks: Hooks, manager: User) -> None:
    hooks.made(manager)
    broken, fine = hooks.event(), hooks.event()
    rows = [EventRow.of(one, ("ACCOUNT#acc_1", "ACCOUNT"), one.sequence, wanted=True) for one in (broken, fine)]
    put_all(rows)
    records = [record_of(row) for row in rows]
    records[0]["dynamodb"]["NewImage"]["sequence"] = {"N": "many"}
    publish.publish(records)
    hooks.queue.work()
    assert hooks.receiver.ids == [fine.id]
    assert [one["event_id"] for one in hooks.queue.dead] == [broken.id]


def test_address_is_checked_again_at_each_attempt(hooks: Hooks, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that was public when the endpoint was made leads inside later."""
    made = hooks.made(manager)
    monkeypatch.setenv("WEBHOOK_LOOPBACK", "off")
    hooks.happen()
    assert hooks.receiver.messages == []
    [delivery] = hooks.deliveries(manager, made)
    [attempt] = hooks.delivery(manager, delivery)["attempts"]
    assert attempt["status"] is None
    assert attempt["error"]


def _die(*_: object) -> None:
    raise RuntimeError("killed")


def test_first_attempt_says_how_long_after_its_event_it_is(
    hooks: Hooks, manager: User, capsys: pytest.CaptureFixture[str]
) -> None:
    """A retry and a replay say nothing: the service level is about the first attempt."""
    hooks.made(manager)
    hooks.receiver.always(500)
    capsys.readouterr()
    hooks.happen()
    hooks.let_pass(2 * HOURS)
    assert len(hooks.receiver.messages) > 1
    lines = capsys.readouterr().out.splitlines()
    [first] = [json.loads(line) for line in lines if "WebhookFirstAttemptMilliseconds" in line]
    assert 0 <= first["WebhookFirstAttemptMilliseconds"] < 10_000


def test_messages_of_an_event_are_spans_of_one_trace(hooks: Hooks, manager: User) -> None:
    hooks.made(manager)
    hooks.receiver.always(500)
    hooks.happen()
    hooks.let_pass(HOURS)
    traces = [TraceParent.parse(one.headers["traceparent"]) for one in hooks.receiver.messages]
    assert len({one.trace_id for one in traces if one}) == 1
    assert len({one.parent_id for one in traces if one}) == len(traces) > 1


def test_messages_go_on_with_the_trace_of_the_request(hooks: Hooks, manager: User) -> None:
    hooks.made(manager)
    hooks.receiver.always(500)
    hooks.happen(trace="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
    hooks.let_pass(HOURS)
    traces = [TraceParent.parse(one.headers["traceparent"]) for one in hooks.receiver.messages]
    assert {(one.trace_id, one.flags) for one in traces if one} == {("4bf92f3577b34da6a3ce929d0e0e4736", "00")}
    spans = {one.parent_id for one in traces if one}
    assert len(spans) == len(traces) > 1
    assert "00f067aa0ba902b7" not in spans
