"""The queue of deliveries that are due within a quarter of an hour."""

import json
from collections.abc import Sequence
from datetime import timedelta

from chalicelib import aws, resources
from chalicelib.domain.webhooks.delivery import QUEUE_REACH
from chalicelib.models.webhooks.delivery import Delivery


def send(delivery: Delivery, delay: timedelta = timedelta(0), *, waits: int = 0) -> None:
    """Queue one turn of a delivery. `waits` counts how often it has waited for a slot."""
    with aws.translate_read_errors():
        aws.client("sqs").send_message(
            QueueUrl=resources.webhook_queue_url(),
            MessageBody=_body(delivery, waits),
            DelaySeconds=_seconds(delay),
        )


def send_all(deliveries: Sequence[Delivery]) -> None:
    """Queue the present turn of each delivery, now. Raises Unavailable where the queue is too busy.

    One call each: IAM knows no action for a batch, but the emulator asks for one.
    """
    for one in deliveries:
        send(one)


def bury(letter: dict[str, str]) -> None:
    """Put what cannot be handled among the dead letters; an alarm rings."""
    with aws.translate_read_errors():
        aws.client("sqs").send_message(QueueUrl=resources.webhook_dead_letters_url(), MessageBody=json.dumps(letter))


def _body(delivery: Delivery, waits: int) -> str:
    return json.dumps({"delivery_id": delivery.id, "turn": delivery.turn, "waits": waits})


def _seconds(delay: timedelta) -> int:
    return max(0, min(int(delay.total_seconds()), int(QUEUE_REACH.total_seconds())))
