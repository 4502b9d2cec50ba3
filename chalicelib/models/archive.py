"""The archive of digests: a bucket under Object Lock, in which nothing can be replaced or deleted before its time."""

from typing import Any

from botocore.exceptions import ClientError

from chalicelib import aws, config
from chalicelib.domain.chain import text_hash


def digest_key(number: int) -> str:
    """The archive's name for a digest."""
    return f"digests/{number:012d}.json"


def keep_node(text: str) -> str:
    """Keep what a digest was made of under its own hash, and return the name. What nobody refers to does no harm."""
    name = f"nodes/{text_hash(text)}.json"
    keep_once(name, text)
    return name


def keep_once(name: str, text: str) -> str:
    """Keep a text unless there is one of that name, and return the one that is there then.

    The condition is S3's own (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
    """
    try:
        _client().put_object(
            Bucket=config.digest_bucket_name(),
            Key=name,
            Body=text.encode(),
            ContentType="application/json",
            ChecksumAlgorithm="SHA256",  # Object Lock asks for one
            IfNoneMatch="*",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "PreconditionFailed":
            raise
        return read(name)
    return text


def find(name: str) -> str | None:
    """The text of that name, if there is one."""
    try:
        return read(name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return None


def read(name: str) -> str:
    answer = _client().get_object(Bucket=config.digest_bucket_name(), Key=name)
    body: bytes = answer["Body"].read()
    return body.decode()


def _client() -> Any:
    return aws.client("s3", read_timeout_seconds=10)
