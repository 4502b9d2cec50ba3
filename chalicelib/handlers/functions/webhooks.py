"""The functions that deliver events to webhook endpoints: from the stream, from the queue, and every minute."""

import json

from chalice.app import Blueprint, CloudWatchEvent, DynamoDBEvent, Rate, SQSEvent

from chalicelib.handlers.functions.stream import STREAM_PLACEHOLDER

QUEUE_PLACEHOLDER = "arn:aws:sqs:us-east-1:000000000000:overridden-by-infra"
blueprint = Blueprint(__name__)


@blueprint.on_dynamodb_record(stream_arn=STREAM_PLACEHOLDER, batch_size=100, name="publish_events")
def publish_events(event: DynamoDBEvent) -> None:
    """Make the deliveries of a batch of events. If it raises, the stream sends the batch again."""
    from chalicelib.services.webhooks.publish import publish

    publish(event.to_dict()["Records"])


@blueprint.on_sqs_message(queue_arn=QUEUE_PLACEHOLDER, batch_size=1, name="deliver_webhook")
def deliver_webhook(event: SQSEvent) -> None:
    """Make one attempt of one delivery. If it raises, the queue sends the message again."""
    from chalicelib.services.webhooks.deliver import deliver

    for record in event:
        deliver(**json.loads(record.body))


@blueprint.schedule(Rate(1, unit=Rate.MINUTES), name="sweep_webhooks")
def sweep_webhooks(event: CloudWatchEvent) -> dict[str, int]:
    """Queue the deliveries whose time has come, and look whether the bus has rules; return how many were queued."""
    from chalicelib.services.webhooks import bus
    from chalicelib.services.webhooks.sweep import sweep

    queued = sweep()
    bus.look_for_rules()
    return {"queued": queued}
