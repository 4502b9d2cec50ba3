"""The one way out to the clearing: a document on its queue. To connect another one, replace what reads the queue."""

from chalicelib import aws, resources


def send(xml: str) -> None:
    """Hand one document of ISO 20022 over. Raises Unavailable when the queue does not take it."""
    with aws.translate_read_errors():
        aws.client("sqs").send_message(QueueUrl=resources.clearing_outbox_url(), MessageBody=xml)
