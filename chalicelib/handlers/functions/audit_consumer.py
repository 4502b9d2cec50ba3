"""From the stream of `bank` to the table `audit`."""

from chalice.app import Blueprint, DynamoDBEvent

blueprint = Blueprint(__name__)
STREAM_PLACEHOLDER = "arn:aws:dynamodb:us-east-1:000000000000:table/bank/stream/overridden-by-infra"


@blueprint.on_dynamodb_record(stream_arn=STREAM_PLACEHOLDER, batch_size=100, name="audit_trail")
def audit_trail(event: DynamoDBEvent) -> None:
    """Stop at the first record that cannot be written, and raise: the stream sends the batch again."""
    from chalicelib.services.audit.audit_consumer import consume

    consume(event.to_dict()["Records"])
