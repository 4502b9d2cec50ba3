"""The consumer that writes the stream of `bank` to the table `audit`."""

from chalice.app import Blueprint, DynamoDBEvent

from chalicelib.handlers.functions.stream import STREAM_PLACEHOLDER

blueprint = Blueprint(__name__)


@blueprint.on_dynamodb_record(stream_arn=STREAM_PLACEHOLDER, batch_size=100, name="audit_trail")
def audit_trail(event: DynamoDBEvent) -> None:
    """Stop at the first record that cannot be written, and raise: the stream sends the batch again."""
    from chalicelib.services.audit.audit_consumer import consume

    consume(event.to_dict()["Records"])
