"""What buckets of documents have in common."""

from typing import Any

from chalicelib.domain.errors import ServiceRefused

NAMES_AT_ONCE = 1000
"""What S3 deletes in a call."""
PASSING = {"InternalError", "SlowDown", "ServiceUnavailable"}
"""Why S3 leaves single objects of a call that it has taken, and deletes them later."""


def destroy_all(s3: Any, bucket: str, prefix: str) -> int:
    """Delete every object whose name begins so. Returns how many there were; may be repeated.

    Raises ServiceRefused when S3 is too busy for some of them.
    """
    destroyed = 0
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        names = [{"Key": one["Key"]} for one in page.get("Contents", [])]
        for start in range(0, len(names), NAMES_AT_ONCE):
            doomed = {"Objects": names[start : start + NAMES_AT_ONCE], "Quiet": True}
            failed = s3.delete_objects(Bucket=bucket, Delete=doomed).get("Errors", [])
            if failed and failed[0].get("Code") in PASSING:
                raise ServiceRefused("Not everything could be deleted. Retry.", retry_after_seconds=1)
            if failed:
                raise RuntimeError(f"{len(failed)} objects under {prefix} were not deleted: {failed[0].get('Code')}")
        destroyed += len(names)
    return destroyed
