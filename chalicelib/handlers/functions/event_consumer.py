"""The consumer that starts what follows from changes in `bank`."""

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib.handlers.functions.stream import STREAM_PLACEHOLDER

blueprint = Blueprint(__name__)


@blueprint.on_dynamodb_record(stream_arn=STREAM_PLACEHOLDER, batch_size=100, name="events")
def events(event: DynamoDBEvent) -> None:
    """Stop where something cannot be handled, and raise: the stream sends the batch again."""
    from chalicelib.services.events.event_consumer import consume

    consume(event.to_dict()["Records"])
