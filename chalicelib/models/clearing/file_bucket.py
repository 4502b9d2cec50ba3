"""Files of payments as they were handed in, sealed under their customer's key: in the bucket of documents, under a
prefix of their own."""

from typing import Any

from botocore.exceptions import ClientError

from chalicelib import aws, resources
from chalicelib.models import bucket


def put(customer_id: str, file_id: str, sealed: str) -> None:
    """Keep a file. Raises Unavailable."""
    with aws.translate_read_errors():
        _client().put_object(
            Bucket=resources.statement_bucket_name(), Key=_name(customer_id, file_id), Body=sealed.encode()
        )


def read(customer_id: str, file_id: str) -> str | None:
    """Return a file as it is stored, or None if it was destroyed. Raises Unavailable."""
    try:
        with aws.translate_read_errors():
            found = _client().get_object(Bucket=resources.statement_bucket_name(), Key=_name(customer_id, file_id))
            return str(found["Body"].read().decode())
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
            raise
        return None


def destroy(customer_id: str, file_id: str = "") -> int:
    """Delete a file, or all files of a customer. Returns how many there were; may be repeated."""
    return bucket.destroy_all(_client(), resources.statement_bucket_name(), _name(customer_id, file_id))


def _name(customer_id: str, file_id: str) -> str:
    return f"filed/{customer_id}/{file_id}"


def _client() -> Any:
    return aws.client("s3", read_timeout_seconds=10)
