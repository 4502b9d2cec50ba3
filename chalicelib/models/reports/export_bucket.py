"""Files of exports in their bucket, written part by part, so that memory holds one part."""

import hashlib
from typing import Any

from botocore.exceptions import ClientError

from chalicelib import aws, resources
from chalicelib.models import bucket

PART_BYTES_MIN = 5 * 1024 * 1024
"""S3 takes no smaller part, but for the last (docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html)."""
URL_SECONDS = 900


def begin(name: str) -> str:
    """Start an upload and return its id. The bucket's rules remove an upload that is never completed."""
    begun = _client().create_multipart_upload(
        Bucket=resources.export_bucket_name(), Key=name, ContentType="text/csv; charset=utf-8"
    )
    return str(begun["UploadId"])


def put_part(name: str, upload_id: str, number: int, content: bytes) -> None:
    """Upload a part. A part that exists is replaced."""
    _client().upload_part(
        Bucket=resources.export_bucket_name(), Key=name, UploadId=upload_id, PartNumber=number, Body=content
    )


def set_aside(name: str, content: bytes) -> str:
    """Keep what is too little for a part, and say where. Who else works on the same file has a place of its own."""
    aside = f"{name}.{hashlib.sha256(content).hexdigest()[:16]}"
    _client().put_object(Bucket=resources.export_bucket_name(), Key=aside, Body=content)
    return aside


def fetch(aside: str) -> bytes:
    """Read the rows that were set aside there."""
    found: bytes = _client().get_object(Bucket=resources.export_bucket_name(), Key=aside)["Body"].read()
    return found


def complete(name: str, upload_id: str) -> None:
    """Make a file of the parts; one that was made before is right, too."""
    where = {"Bucket": resources.export_bucket_name(), "Key": name}
    try:
        pages = _client().get_paginator("list_parts").paginate(**where, UploadId=upload_id)
        parts = [
            {"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for page in pages for part in page.get("Parts", [])
        ]
        _client().complete_multipart_upload(**where, UploadId=upload_id, MultipartUpload={"Parts": parts})
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchUpload":
            raise
        _client().head_object(**where)


def destroy(name: str) -> int:
    """Delete a file, and what was set aside for it. Returns how many there were."""
    return bucket.destroy_all(_client(), resources.export_bucket_name(), name)


def destroy_all_of(user_id: str) -> int:
    """Delete all files of a user. Returns how many there were; may be repeated.

    The bucket's rules remove the parts of a file that was not completed; nobody can read those.
    """
    return bucket.destroy_all(_client(), resources.export_bucket_name(), f"{folder_of(user_id)}/")


def folder_of(user_id: str) -> str:
    """Return the prefix of the names of a user's files."""
    return f"exports/{user_id}"


def url(name: str) -> str:
    """Return a link with which anyone may read the file for a while."""
    where = {"Bucket": resources.export_bucket_name(), "Key": name}
    given = where | {"ResponseContentDisposition": f'attachment; filename="{name.rpartition("/")[2]}"'}
    return str(_client().generate_presigned_url("get_object", Params=given, ExpiresIn=URL_SECONDS))


def _client() -> Any:
    return aws.client("s3", read_timeout_seconds=30)
