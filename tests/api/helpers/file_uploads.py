"""Uploads of files of payments, at a bucket that checks no signature."""

import hashlib
from typing import Any

import boto3

from chalicelib import resources
from tests.api.helpers.bank import Json


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def keys_of(upload: Json) -> list[str]:
    """Return what is there of an upload."""
    found = _s3().list_objects_v2(Bucket=resources.statement_bucket_name(), Prefix="uploads/")
    return [one["Key"] for one in found.get("Contents", []) if upload["id"] in one["Key"]]


def put(upload: Json, content: bytes) -> None:
    """Put something at the place of a link, as whoever has it does where nothing checks its signature."""
    key = "uploads/" + upload["url"].partition("?")[0].partition("/uploads/")[2]
    _s3().put_object(Bucket=resources.statement_bucket_name(), Key=key, Body=content)


def _s3() -> Any:
    return boto3.client("s3")
