"""Files of payments that are being uploaded: put into the bucket of documents by a link, under a prefix of their own.

They are in plaintext there, so they are destroyed once they are confirmed, and by the bucket itself after a day. The
key contains the customer and the hash of the content: a link puts one content at one place.
"""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib import aws, resources
from chalicelib.models import bucket

LINK_SECONDS = 900
KEPT = timedelta(days=1)
MEDIA_TYPE = "application/xml"


class UploadTooLarge(ValueError):
    """An upload with more bytes than are read."""


@dataclass(frozen=True)
class UploadLink:
    """A link to which the content is put, with the headers that it is signed for."""

    url: str
    headers: dict[str, str]


def link(customer_id: str, upload_id: str, size: int, sha256: str) -> UploadLink:
    """Return a link that takes this content only, without a call to S3. `sha256` is in hexadecimal digits."""
    checksum = b64encode(bytes.fromhex(sha256)).decode()
    wanted = {
        "Bucket": resources.statement_bucket_name(),
        "Key": _name(customer_id, upload_id, sha256),
        "ContentLength": size,
        "ContentType": MEDIA_TYPE,
        "ChecksumSHA256": checksum,
    }
    url: str = _client().generate_presigned_url("put_object", Params=wanted, ExpiresIn=LINK_SECONDS)
    headers = {"Content-Type": MEDIA_TYPE, "Content-Length": str(size), "x-amz-checksum-sha256": checksum}
    return UploadLink(url, headers)


def read(customer_id: str, upload_id: str, sha256: str, now: datetime, bytes_max: int) -> bytes | None:
    """Return what was uploaded, or None if nothing was, or more than a day ago. Raises UploadTooLarge, Unavailable."""
    try:
        with aws.translate_read_errors():
            found = _client().get_object(
                Bucket=resources.statement_bucket_name(), Key=_name(customer_id, upload_id, sha256)
            )
            if now - found["LastModified"] > KEPT:
                return None
            if found["ContentLength"] > bytes_max:
                raise UploadTooLarge(f"has {found['ContentLength']} bytes; at most {bytes_max} are accepted")
            return bytes(found["Body"].read())
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
            raise
        return None


def destroy(customer_id: str, upload_id: str = "") -> int:
    """Delete an upload, or all uploads of a customer. Returns how many there were; may be repeated."""
    return bucket.destroy_all(_client(), resources.statement_bucket_name(), _name(customer_id, upload_id))


def _name(customer_id: str, upload_id: str = "", sha256: str = "") -> str:
    return "/".join(filter(None, ("uploads", customer_id, upload_id, sha256)))


def _client() -> Any:
    return aws.client("s3", read_timeout_seconds=10)
