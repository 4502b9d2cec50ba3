"""The queue of deliveries that are due within a quarter of an hour."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from chalicelib import aws, config
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.webhooks.delivery import QUEUE_REACH
from chalicelib.models.webhooks.delivery import Delivery

BATCH_MAX = 10


def send(delivery: Delivery, delay: timedelta = timedelta(0), *, waits: int = 0) -> None:
    """Queue one turn of a delivery. `waits` counts how often it has waited for a slot."""
    with aws.translate_read_errors():
        aws.client("sqs").send_message(
            QueueUrl=config.webhook_queue_url(),
            MessageBody=_body(delivery, waits),
            DelaySeconds=_seconds(delay),
        )


def send_all(deliveries: Sequence[Delivery]) -> None:
    """Queue the present turn of each delivery, now. Raises Unavailable where the queue has not taken all."""
    for start in range(0, len(deliveries), BATCH_MAX):
        entries: list[dict[str, Any]] = [
            {"Id": str(number), "MessageBody": _body(one, 0)}
            for number, one in enumerate(deliveries[start : start + BATCH_MAX])
        ]
        with aws.translate_read_errors():
            answer = aws.client("sqs").send_message_batch(QueueUrl=config.webhook_queue_url(), Entries=entries)
        if answer.get("Failed"):
            raise Unavailable("The queue is too busy. Retry.", retry_after_seconds=1)


def bury(letter: dict[str, str]) -> None:
    """Put what cannot be handled among the dead letters; an alarm rings."""
    with aws.translate_read_errors():
        aws.client("sqs").send_message(QueueUrl=config.webhook_dead_letters_url(), MessageBody=json.dumps(letter))


def _body(delivery: Delivery, waits: int) -> str:
    return json.dumps({"delivery_id": delivery.id, "turn": delivery.turn, "waits": waits})


def _seconds(delay: timedelta) -> int:
    return max(0, min(int(delay.total_seconds()), int(QUEUE_REACH.total_seconds())))
