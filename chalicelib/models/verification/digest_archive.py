"""The archive of digests: a bucket under Object Lock, in which nothing can be replaced or deleted before its time."""

from collections import Counter
from typing import Any

from botocore.exceptions import ClientError

from chalicelib import aws, resources
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.ledger.hash_chain import text_hash
from chalicelib.domain.verification.checks import require

DIGESTS = "digests/"
CONFLICTS_MAX = 5


def digest_key(number: int) -> str:
    """Return the archive's name of a digest."""
    return f"{DIGESTS}{number:012d}.json"


def keep_node(text: str) -> str:
    """Keep what a digest was made of under its own hash, and return the name. What nobody refers to does no harm."""
    name = _node_name(text)
    keep_once(name, text)
    return name


def _node_name(text: str) -> str:
    return f"nodes/{text_hash(text)}.json"


def keep_once(name: str, text: str) -> str:
    """Keep a text unless there is one of that name, and return the one that is there then.

    The condition is S3's own (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). Two that put at
    once may both be told of a conflict, and are to try again.
    """
    for _ in range(CONFLICTS_MAX):
        try:
            _put(name, text)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ConditionalRequestConflict":
                continue
            if code != "PreconditionFailed":
                raise
            return read(name)
        return text
    raise Unavailable(f"{name} is being written by others at the same time. Retry.", retry_after_seconds=1)


def _put(name: str, text: str) -> None:
    _client().put_object(
        Bucket=resources.digest_bucket_name(),
        Key=name,
        Body=text.encode(),
        ContentType="application/json",
        ChecksumAlgorithm="SHA256",  # Object Lock asks for one
        IfNoneMatch="*",
    )


def find(name: str) -> str | None:
    """Read the text of that name, or return None."""
    try:
        return read(name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return None


def read(name: str) -> str:
    answer = _client().get_object(Bucket=resources.digest_bucket_name(), Key=name)
    body: bytes = answer["Body"].read()
    return body.decode()


def read_node(name: str) -> str:
    """Read a node that `keep_node` has stored. Raises Broken if the content does not match its name."""
    text = read(name)
    require(f"the archive's {name}", name, _node_name(text))
    return text


def versions(prefix: str) -> Counter[str]:
    """Count the versions of every object in the archive, including delete markers: an untouched object has one.

    The lock keeps what was put, but not from being hidden behind another version of the same name.
    """
    found: Counter[str] = Counter()
    pages = _client().get_paginator("list_object_versions")
    for page in pages.paginate(Bucket=resources.digest_bucket_name(), Prefix=prefix):
        found.update(one["Key"] for kind in ("Versions", "DeleteMarkers") for one in page.get(kind, []))
    return found


def _client() -> Any:
    return aws.client("s3", read_timeout_seconds=10)
