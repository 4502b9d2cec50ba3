"""Examples of webhooks in the API's description: recorded from its responses, and compared with them.

`RECORD=yes` writes them, then run `make openapi`. No message leaves the process.
"""

import pytest

from chalicelib import clock
from chalicelib.services.webhooks import sender
from chalicelib.services.webhooks.sender import Answer
from tests.api.helpers.recorder import Recorder
from tests.api.helpers.webhooks import DEAD_LETTERS_URL, QUEUE_URL, Hooks, Receiver, open_queue

ASKED = {
    "url": "https://hooks.example.com/florin",
    "events": ["transaction.*", "account.frozen"],
    "description": "Our books",
}


def test_examples_of_webhooks_are_answers_of_the_api(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_QUEUE_URL", QUEUE_URL)
    monkeypatch.setenv("WEBHOOK_DEAD_LETTERS_URL", DEAD_LETTERS_URL)
    monkeypatch.setattr(sender, "find_refusal", lambda _: None)
    monkeypatch.setattr(sender, "send", lambda *_: Answer(status=200, milliseconds=42, excerpt="ok"))
    endpoint = recorder.example("create_webhook_endpoint", "customer", ASKED)["id"]
    recorder.example("list_webhook_endpoints", "customer")
    recorder.example("get_webhook_endpoint", "customer", endpoint_id=endpoint)
    recorder.example("edit_webhook_endpoint", "customer", {"events": ["transaction.*"]}, endpoint_id=endpoint)
    recorder.example("test_webhook_endpoint", "customer", endpoint_id=endpoint)
    with open_queue() as queue:
        hooks = Hooks(recorder, queue, Receiver(), clock.now())
        hooks.happen(recipient=str(recorder.person("customer").customer_id))
        found = recorder.example("list_deliveries", "customer", query="status=succeeded", endpoint_id=endpoint)
        delivery = found["data"][0]["id"]
        recorder.example("get_delivery", "customer", delivery_id=delivery)
        recorder.example("replay_delivery", "customer", delivery_id=delivery)
        queue.work()
        asked = {"from": "2026-11-20", "to": "2026-11-21", "only_failed": False}
        recorder.example("replay_events", "customer", asked, endpoint_id=endpoint)
    recorder.example("enable_webhook_endpoint", "customer", endpoint_id=endpoint)
    signed = {**ASKED, "signature": "hmac"}
    other = recorder.ask("create_webhook_endpoint", "customer", signed).ok(201)["id"]
    recorder.example("rotate_webhook_secret", "customer", endpoint_id=other)
    recorder.example("delete_webhook_endpoint", "customer", endpoint_id=endpoint)
    recorder.example("list_webhook_keys", None)
    recorder.compare()
